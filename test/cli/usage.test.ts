// Help texts, and every wrong usage: its message, and exit code 2 for what the user typed wrong, 1 for
// what went wrong.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { coppice } from "./run.ts";

let folder: string;
const path = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "coppice-usage-"));
  const rows = Array.from({ length: 60 }, (_, i) => `${i % 7},${i % 5},${["no", "yes"][i % 2]},${i % 3}`);
  writeFileSync(path("a.csv"), `x,y,answer,class\n${rows.join("\n")}\n`);
  writeFileSync(path("no-model.json"), "{}");
  writeFileSync(path("a.svm"), "1 0:1 1:2\n0 0:2\n1 1:3\n0 0:1\n");
  const args = ["--label", "class", "--objective", "multi:softprob", "--ignore", "answer"];
  const { code, err } = await coppice(
    "train",
    "--data",
    path("a.csv"),
    ...args,
    "--rounds",
    "2",
    "--model",
    path("m.json"),
  );
  if (code !== 0) throw new Error(err);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("help", () => {
  it.each([
    [],
    ["train"],
    ["predict"],
    ["batch-predict"],
    ["eval"],
    ["cv"],
    ["inspect"],
    ["convert"],
    ["datasets"],
    ["quickstart"],
    ["serve"],
    ["drift"],
  ])("of coppice %s", async (...command: string[]) => {
    const { code, out, err } = await coppice(...command, "--help");
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toMatchSnapshot();
  });

  it("is what `help` shows as well", async () => {
    expect(await coppice("help", "inspect")).toEqual(await coppice("inspect", "--help"));
  });

  it("goes to standard error, with code 2, when there is no command", async () => {
    const { code, out, err } = await coppice();
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toContain("Usage: coppice");
  });
});

it("--version prints the version of the package", async () => {
  expect(await coppice("--version")).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
  });
});

/** Arguments (A is the table, M the model, D the folder), exit code, message. */
const wrong: readonly (readonly [string, number, string])[] = [
  ["trian", 2, "unknown command 'trian'\n(Did you mean train?)"],
  ["datasets coverype", 2, "unknown command 'coverype'\n(Did you mean covertype?)"],
  ["train --label x", 2, "--data <file> is needed"],
  ["train --data A", 2, "--label is needed"],
  ["train --data A --label x y", 2, "too many arguments"],
  ["train --data A --label", 2, "option '--label <column>' argument missing"],
  ["train --dta A --label x", 2, "unknown option '--dta'\n(Did you mean one of --data, --eta?)"],
  ["train --data A --label x --max-dept 3", 2, "(Did you mean --max-depth?)"],
  ["train --data A --label x --max_dept 3", 2, "(Did you mean --max-depth?)"],
  ["train --data A --label x --learning_rat 3", 2, "unknown option '--learning-rat'"],
  ["train --data A --label x --max-depth -1", 2, "`--max-depth` must be an integer in [0, infinity), got -1"],
  ["train --data A --label x --max-depth 2.5", 2, "`--max-depth` must be an integer"],
  ["train --data A --label x --eta fast", 2, 'got "fast"'],
  ["train --data A --label x --rounds 0", 2, "It must be an integer in [1, infinity)"],
  ["train --data A --label x --rounds many", 2, "It must be an integer in [1, infinity)"],
  ["train --data A --label x --threads 0", 2, "It must be an integer in [1, 1024]"],
  ["train --data A --label x --seed -1", 2, "`--seed` must be an integer in [0, 4294967295], got -1"],
  ["train --data A --label x --valid-fraction 1", 2, "It must be a number in (0, 1)."],
  ["train --data A --label x --valid A --valid-fraction 0.5", 2, "either --valid or --valid-fraction"],
  ["train --data A --label x --early-stopping 3", 2, "--early-stopping needs rows to validate on"],
  ["train --data A --label x --min-delta 3", 2, "--min-delta needs --early-stopping"],
  ["train --data A --label x --figure D/f.svg", 2, "--figure needs metrics to draw"],
  ["train --data A --label x --figure D/f.png --eval-train", 2, "It must end in .svg."],
  ["train --data A --label x --model m.bin", 2, "It must end in one of .json, .ubj."],
  ["train --data A --label x --format xls", 2, 'It must be one of "csv", "tsv"'],
  ["train --data A --label x --objective multi:sofprob", 2, "did you mean `multi:softprob`?"],
  ["train --data A --label x --objective rank:ndcg", 2, "can be loaded and used here, but not trained"],
  ["train --data A --label x --eval-metric rsme", 2, "did you mean `rmse`?"],
  ["train --data A --label x --tree_method exact", 2, '`tree_method` must be "hist" or "auto"'],
  ["train --data A --label x --model D/none/m.json", 1, "cannot write D/none/m.json: no such folder"],
  ["train --data A --label x --model D", 2, "It must end in one of .json, .ubj."],
  ["train --data D/none.csv --label x", 1, "cannot read D/none.csv: no such file"],
  ["train --data D/none*.csv --label x", 1, "no file matches D/none*.csv"],
  ["train --data A --label z", 1, '`label` must be a column of the table, got "z"'],
  ["train --data A --label 9", 1, '`label` must be a column of the table, got "9"'],
  ["train --data A --label answer", 1, 'must be numeric for `labelKind` "number", got text'],
  [
    "train --data A --label class --objective binary:logistic",
    1,
    "needs labels of two classes, got 3 (0, 1, 2)",
  ],
  ["train --data A --label x --weight answer", 1, "answer"],
  ["train --data A --label x --valid D/none.csv", 1, "cannot read D/none.csv: no such file"],
  ["train --data A --label x --initial-model D/none.json", 1, "cannot read D/none.json: no such file"],
  ["train --data A --label x --initial-model M", 2, "the initial model has"],
  ["predict --data A", 2, "--model <file> is needed"],
  ["predict --model M", 2, "--data <file> is needed"],
  [
    "predict --model M --data A --kind odds",
    2,
    "Allowed choices are value, margin, class, leaf, contributions.",
  ],
  ["predict --model M --data A --output p.txt", 2, "It must end in .csv, .parquet or .arrow."],
  ["predict --model M --data A --rounds 3", 2, "`--rounds` must be at most the 2 rounds of the model, got 3"],
  ["predict --model M --data A --rounds none", 2, 'It must be an integer of at least 1, or "all".'],
  ["predict --model D/no-model.json --data A", 1, "D/no-model.json: "],
  ["predict --model A --data A", 1, "A: "],
  ["eval --model M --data A", 2, "--label is needed"],
  ["eval --data A --label class", 2, "--model <file> is needed"],
  ["eval --model M --data A --label answer", 1, 'column "answer" must hold numbers, got "no"'],
  ["eval --model M --data A --label class --eval-metric mlogloss,acc", 2, "unknown metric `acc`"],
  ["inspect", 2, "missing required argument 'model'"],
  ["inspect D/none.json", 1, "cannot read D/none.json: no such file"],
  ["inspect M --tree 6", 2, "`--tree` must be one of the 6 trees, counted from 0, got 6"],
  ["inspect M --measure size", 2, "Allowed choices are weight, gain, cover, totalGain, totalCover."],
  ["convert M", 2, "missing required argument 'output'"],
  ["convert M D/m.onnx", 2, "It must end in one of .json, .ubj, .txt, .dot."],
  ["convert M D/m.dot --tree 6", 2, "`--tree` must be one of the 6 trees, counted from 0, got 6"],
  ["convert D/none.json D/m.ubj", 1, "cannot read D/none.json: no such file"],
  ["datasets forest-cover", 2, "--out <file> is needed"],
  ["datasets forest-cover --out D/f.parquet --rows 0", 2, "It must be an integer in [1, 10000000]."],
  ["datasets forest-cover --out D/f.txt", 2, "It must end in .csv, .parquet or .arrow."],
  ["datasets covertype --out D/none/f.csv", 1, "cannot write D/none/f.csv: no such folder"],
  ["quickstart --data A", 2, "--data needs --label"],
];

describe("wrong usage", () => {
  it.each(wrong)("coppice %s ends with %i and says why", async (line, expectedCode, message) => {
    const place = (text: string) =>
      text.replace(/\bA\b/g, path("a.csv")).replace(/\bM\b/g, path("m.json")).replace(/\bD\b/g, folder);
    const { code, out, err } = await coppice(...place(line).split(" "));
    expect({ code, out, err }).toEqual({
      code: expectedCode,
      out: "",
      err: expect.stringContaining(place(message)),
    });
    expect(err).toMatch(/^coppice: /);
    expect(err).not.toMatch(/unexpected error|\n\s+at /);
  });

  it("shows the stack only with --verbose", async () => {
    const { err } = await coppice("--verbose", "inspect", path("none.json"));
    expect(err).toMatch(/no such file\n[\s\S]*\n\s+at /);
    expect(err).toContain("caused by Error: ENOENT");
  });
});
