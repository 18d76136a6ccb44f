// `coppice train` reads a plain file as bins and a packed one as values: the same model and metrics either way.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { uniform } from "../../src/core/random.ts";
import { coppice } from "./run.ts";

let folder: string;
const path = (name: string) => join(folder, name);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "coppice-bins-"));
  const lines = ["height,colour,gap,weight,label"];
  for (let row = 0; row < 1500; row++) {
    const draw = (stream: number) => uniform(9, stream, 0, 0, row);
    const gap = draw(2) < 0.4 ? "" : draw(3);
    const colour = ["red", "green", "blue"][Math.floor(draw(1) * 3)];
    lines.push([draw(0), colour, gap, Math.floor(draw(4) * 5), draw(0) + draw(5) > 1 ? "yes" : "no"].join());
  }
  writeFileSync(path("t.csv"), `${lines.join("\n")}\n`);
  writeFileSync(path("t.csv.gz"), gzipSync(readFileSync(path("t.csv"))));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function train(data: string, ...flags: string[]) {
  const model = path(`${data}.json`);
  const common = [
    "--objective",
    "binary:logistic",
    "--label",
    "label",
    "--weight",
    "weight",
    "--rounds",
    "6",
  ];
  const { code, out, err } = await coppice(
    ...["train", "--data", path(data), ...common, ...flags, "--json", "--model", model],
  );
  expect([code, err]).toEqual([0, ""]);
  const { metrics, rows, classes } = JSON.parse(out) as Record<string, unknown>;
  return { metrics, rows, classes, model: readFileSync(model, "utf8") };
}

test.each([
  [[]],
  [["--eval-train", "--valid-fraction", "0.3", "--seed", "5", "--max-bin", "16"]],
  [["--no-profile", "--early-stopping", "2", "--valid-fraction", "0.2"]],
])("with %j", async (flags: string[]) => {
  expect(await train("t.csv", ...flags)).toEqual(await train("t.csv.gz", ...flags));
});

test("a model to continue from predicts for the values of a plain file too", async () => {
  const { model } = await train("t.csv");
  writeFileSync(path("first.json"), model);
  const flags = ["--initial-model", path("first.json"), "--max-bin", "7"];
  expect(await train("t.csv", ...flags)).toEqual(await train("t.csv.gz", ...flags));
});
