// What the commands do, on small generated tables, inside this process.

import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { uniform } from "../../src/core/random.ts";
import { generateForestCover } from "../../src/datasets/forest-cover.ts";
import { loadModel } from "../../src/node/files/model-files.ts";
import { readTable } from "../../src/node/tables/read-table.ts";
import { rootFolder } from "../machine.ts";
import { coppice } from "./run.ts";

let folder: string;
const path = (name: string) => join(folder, name);
const read = (name: string) => readFileSync(path(name));

/** Runs a command that must succeed and gives what it printed. */
async function run(line: string): Promise<string> {
  const args = line.split(" ").map((word) => word.replace(/^@/, `${folder}/`));
  const { code, out, err } = await coppice(...args);
  if (code !== 0) throw new Error(`coppice ${line} ended with ${code}\n${err}`);
  return out;
}

/** The cells of a CSV file without its heading. */
function cellsOf(text: string): string[][] {
  const [, ...lines] = text.trimEnd().split("\n");
  return lines.map((line) => line.split(","));
}

/** A table with numbers, a text column, an empty cell here and there, weights and three labels. */
function writeMixed(name: string, seed: number, rowCount: number): void {
  const lines = ["height,colour,weight,price,kind,sold"];
  for (let row = 0; row < rowCount; row++) {
    const draw = (n: number) => uniform(seed, 1, n, 0, row);
    const height = draw(0) * 10;
    const colour = ["red", "green", "blue"][Math.floor(draw(1) * 3)];
    const score = height + (colour === "red" ? 4 : 0) + 2 * draw(2);
    const kind = score < 5 ? "low" : score < 10 ? "middle" : "high";
    const cell = draw(3) < 0.05 ? "" : height.toFixed(2);
    lines.push(
      [cell, colour, 1 + Math.floor(draw(4) * 3), score.toFixed(3), kind, score > 7 ? "yes" : "no"].join(","),
    );
  }
  writeFileSync(path(name), `${lines.join("\n")}\n`);
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "coppice-commands-"));
  writeMixed("train.csv", 1, 900);
  writeMixed("valid.csv", 2, 300);
  const rest =
    "--objective multi:softprob --ignore price,sold --weight weight --rounds 12 --eta 0.4 --max-depth 4";
  await run(`train --data @train.csv --label kind ${rest} --valid @valid.csv --model @kind.json`);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("train", () => {
  it("prints one JSON object with --json: metrics, seconds, memory, sizes, rounds", async () => {
    const out = await run(
      "train --data @train.csv --label price --ignore kind,sold,weight --rounds 5 --valid-fraction 0.25 --json --model @p.json",
    );
    expect(out.trimEnd().split("\n")).toHaveLength(1);
    const report = JSON.parse(out);
    expect(Object.keys(report)).toEqual(
      "metrics seconds peakRssBytes rows validRows features classes rounds bestIteration".split(" "),
    );
    expect(Object.keys(report.seconds)).toEqual(["read", "cuts", "bin", "train", "evaluate"]);
    expect(report.metrics).toEqual({ "valid-rmse": expect.any(Number) });
    expect(report).toMatchObject({ features: 2, classes: null, rounds: 5, bestIteration: null });
    expect(report.rows + report.validRows).toBe(900);
    expect(report.peakRssBytes).toBeGreaterThan(20e6);
  });

  it("says that a model took the place of an earlier one, and keeps a file that is no model", async () => {
    const base = "train --data @train.csv --label price --ignore kind,sold --rounds 1 --model";
    for (const name of ["again.json", "again.ubj"]) {
      expect(await run(`${base} @${name}`)).not.toContain("in place");
      expect(await run(`${base} @${name}`)).toMatch(/^model .*, in place of an earlier one\)$/m);
    }
    writeFileSync(path("notes.json"), '{"mine": true}');
    await expect(run(`${base} @notes.json`)).rejects.toThrow(
      /notes\.json exists and is no model: name another/,
    );
    expect(read("notes.json").toString()).toBe('{"mine": true}');
    writeFileSync(path("empty.json"), "");
    await run(`${base} @empty.json`);
  });

  it("warns of a word for missing among numbers, as --missing then reads it", async () => {
    writeFileSync(path("na.csv"), "age,y\n31,1\nNA,0\n54,1\n19,0\n");
    const line = [
      "train",
      "--data",
      path("na.csv"),
      "--label",
      "y",
      "--rounds",
      "1",
      "--model",
      path("na.json"),
    ];
    expect((await coppice(...line)).err).toContain('coppice: warning: feature "age" is categorical');
    expect((await coppice(...line, "--missing", "NA")).err).not.toContain("warning");
    const late = Array.from({ length: 1500 }, (_, i) => `${i},${i % 2}`).join("\n");
    writeFileSync(path("na.csv"), `age,y\n${late}\nNA,0\n`);
    expect((await coppice(...line)).err).toContain(
      'na.csv:1502: column "age" must hold numbers, got "NA"; if "NA" means missing, read the table with',
    );
  });

  it("means the same by flags in XGBoost's spelling", async () => {
    const base = "train --data @train.csv --label price --ignore kind,sold";
    await run(`${base} --rounds 4 --max-depth 3 --eta 0.2 --lambda 2 --min-child-weight 3 --model @a.json`);
    await run(
      `${base} --num_boost_round 4 --max_depth=3 --learning_rate 0.2 --reg_lambda 2 --min_child_weight 3 --tree_method hist --model @b.json`,
    );
    expect(read("a.json")).toEqual(read("b.json"));
  });

  it("takes a table without names, and the label's position from the end", async () => {
    const named = "0.5,1,9,0\n1.5,2,8,1\n".repeat(40);
    writeFileSync(path("bare.csv"), named);
    await run(
      "train --data @bare.csv --no-header --label -1 --ignore 2 --objective binary:logistic --rounds 2 --model @bare.json",
    );
    const { model, labelClasses } = await loadModel(path("bare.json"));
    expect(model.featureCount).toBe(2);
    expect(model.featureNames).toEqual([]);
    expect(labelClasses).toEqual([0, 1]);
  });

  it("ends early, notes the best round in the model, and reports the metrics of that round", async () => {
    const report = JSON.parse(
      await run(
        "train --data @train.csv --label kind --objective multi:softprob --ignore price,sold --rounds 200 --eta 1 --early-stopping 3 --valid @valid.csv --model @early.json --json",
      ),
    );
    expect(report.rounds).toBe(report.bestIteration + 4);
    const booster = await loadModel(path("early.json"));
    expect(booster.bestIteration).toBe(report.bestIteration);
    expect(booster.roundCount).toBe(report.rounds);
    const evaluated = JSON.parse(await run("eval --data @valid.csv --model @early.json --label kind --json"));
    expect(evaluated.rounds).toBe(report.bestIteration + 1);
    expect(evaluated.metrics.mlogloss).toBeCloseTo(report.metrics["valid-mlogloss"], 6);
    const all = JSON.parse(
      await run("eval --data @valid.csv --model @early.json --label kind --json --rounds all"),
    );
    expect(all.metrics.mlogloss).toBeGreaterThan(evaluated.metrics.mlogloss);
  });

  it("continues from a model as if it had never stopped", async () => {
    const base = "train --data @train.csv --label price --ignore kind,sold --base-score 5";
    await run(`${base} --rounds 6 --model @whole.json`);
    await run(`${base} --rounds 4 --model @part.json`);
    await run(`${base} --rounds 2 --initial-model @part.json --model @rest.json`);
    const whole = await loadModel(path("whole.json"));
    const rest = await loadModel(path("rest.json"));
    expect(rest.model.trees).toEqual(whole.model.trees);
  });

  it("draws a learning curve", async () => {
    await run(
      "train --data @train.csv --label price --ignore kind,sold --rounds 3 --eval-train --figure @curve.svg --model @c.json",
    );
    expect(read("curve.svg").toString()).toMatch(
      /^<svg [\s\S]*>rmse<[\s\S]*>Learning curve<[\s\S]*<\/svg>\s*$/,
    );
  });

  it("takes libsvm, whose rows begin with their label", async () => {
    writeFileSync(path("a.svm"), "1 0:1 3:2\n0 1:2\n1 0:3 2:1\n0 1:1\n".repeat(20));
    const report = JSON.parse(
      await run(
        "train --data @a.svm --objective binary:logistic --rounds 2 --json --eval-train --model @svm.ubj",
      ),
    );
    expect(report).toMatchObject({ rows: 80, features: 4, classes: [0, 1] });
    expect(report.metrics["train-error"]).toBe(0);
  });
});

describe("cv", () => {
  const base =
    "cv --data @train.csv --ignore price,sold,weight --label kind --objective multi:softprob --max-depth 3";

  it("prints mean and deviation of the metrics over the folds", async () => {
    const out = await run(`${base} --rounds 4 --folds 3`);
    expect(out).toContain("data     900 rows × 2 features, 3 classes\n");
    expect(out).toMatch(/^folds {4}3, 4 rounds, /m);
    expect(out).toMatch(/^valid-merror +0\.\d+ +± 0\.\d+$/m);
    expect(out).toMatch(/^valid-mlogloss +\d\.\d+ +± 0\.\d+$/m);
  });

  it("prints one JSON object with --json, the same for the same seed, and draws the means", async () => {
    const line = `${base} --num_boost_round 30 --nfold 4 --early-stopping 2 --eta 1 --seed 3 --eval-train --json`;
    const report = JSON.parse(await run(`${line} --figure @cv.svg`));
    const again = JSON.parse(await run(line));
    expect({ ...again, seconds: 0 }).toEqual({ ...report, seconds: 0 });
    expect(report).toMatchObject({ folds: 4, rows: 900, classes: ["high", "low", "middle"] });
    const { mlogloss } = report.history.valid;
    expect(report.rounds).toBe(report.bestIteration + 3);
    expect(report.metrics["valid-mlogloss"]).toEqual(mlogloss[report.bestIteration]);
    expect(Object.keys(report.history)).toEqual(["train", "valid"]);
    expect(read("cv.svg").toString()).toContain("Mean over the folds");
  });

  it("refuses more folds than rows, and a delta without early stopping", async () => {
    await expect(run(`${base} --folds 901`)).rejects.toThrow("`folds` must be an integer in [2, 900]");
    await expect(run(`${base} --min-delta 1`)).rejects.toThrow("--min-delta needs --early-stopping");
  });
});

describe("predict", () => {
  it("gives the booster's own predictions, float for float", async () => {
    const cells = cellsOf(await run("predict --model @kind.json --data @valid.csv"));
    const booster = await loadModel(path("kind.json"));
    const { featureNames: features, categories } = booster.model;
    const data = await readTable(path("valid.csv"), { features, categories });
    expect(Float32Array.from(cells.flat(), Number)).toEqual(booster.predict(data));
  });

  it("gives the user's own labels back", async () => {
    const out = await run("predict --model @kind.json --data @valid.csv --kind class");
    expect(out.startsWith("class\n")).toBe(true);
    const predicted = cellsOf(out).flat();
    const kinds = cellsOf(read("valid.csv").toString()).map((row) => row[4]);
    const right = predicted.filter((kind, row) => kind === kinds[row]).length;
    expect(new Set(predicted)).toEqual(new Set(["low", "middle", "high"]));
    expect(right / kinds.length).toBeGreaterThan(0.8);
  });

  it("names probabilities by class, in the order of the labels", async () => {
    const out = await run("predict --model @kind.json --data @valid.csv");
    expect(out.split("\n")[0]).toBe("value_high,value_low,value_middle");
    for (const row of cellsOf(out)) expect(row.reduce((sum, p) => sum + Number(p), 0)).toBeCloseTo(1, 5);
  });

  it("writes the same to CSV, Parquet and Arrow", async () => {
    for (const kind of ["margin", "leaf", "contributions"]) {
      const tables = [];
      for (const ending of ["csv", "parquet", "arrow"]) {
        const name = `${kind}.${ending}`;
        await run(`predict --model @kind.json --data @valid.csv --kind ${kind} --output @${name}`);
        const { features, featureNames, rowCount, featureCount } = await readTable(path(name));
        const values = features.readRows(0, rowCount, new Float32Array(rowCount * featureCount)).slice();
        tables.push({ featureNames, rowCount, values });
      }
      expect(tables[1]).toEqual(tables[0]);
      expect(tables[2]).toEqual(tables[0]);
    }
  });

  it("gives contributions by feature that add up to the margin", async () => {
    const out = await run("predict --model @kind.json --data @valid.csv --kind contributions");
    const names = out.split("\n")[0].split(",");
    expect(names.slice(0, 3)).toEqual(["high:height", "high:colour", "high:bias"]);
    const margins = cellsOf(await run("predict --model @kind.json --data @valid.csv --kind margin"));
    cellsOf(out).forEach((row, i) => {
      const high = row.slice(0, 3).reduce((sum, part) => sum + Number(part), 0);
      expect(high).toBeCloseTo(Number(margins[i][0]), 4);
    });
  });

  it("finds the model's features by name, whatever else the table holds", async () => {
    const rows = cellsOf(read("valid.csv").toString());
    const shuffled = rows.map(([height, colour]) => ["x", colour, "7", height].join(","));
    writeFileSync(path("shuffled.csv"), `note,colour,other,height\n${shuffled.join("\n")}\n`);
    const line = "predict --model @kind.json --data";
    expect(await run(`${line} @shuffled.csv`)).toBe(await run(`${line} @valid.csv`));
  });

  it("leaves out a label column that is named, of whatever kind, by name or position", async () => {
    const line = "predict --model @kind.json --data @valid.csv";
    const plain = await run(line);
    for (const label of ["kind", "sold", "4"]) expect(await run(`${line} --label ${label}`)).toBe(plain);
    writeFileSync(
      path("bare.csv"),
      read("valid.csv")
        .toString()
        .replace(/^.*\n/, "")
        .replace(/,(\d),.*$/gm, ",$1"),
    );
    await run(
      "train --data @bare.csv --no-header --label 1 --objective multi:softprob --rounds 2 --model @bare.json",
    );
    const bare = "predict --model @bare.json --data @bare.csv --no-header";
    expect(cellsOf(await run(`${bare} --label 1`))).toHaveLength(300);
  });

  it("uses as many rounds as it is told", async () => {
    const out = await run("predict --model @kind.json --data @valid.csv --kind leaf --rounds 2");
    expect(out.split("\n")[0].split(",")).toHaveLength(6);
  });
});

describe("eval", () => {
  it("prints metrics, the confusion matrix and the rates of each class", async () => {
    const out = await run("eval --model @kind.json --data @valid.csv --label kind");
    for (const text of [/^rows +300$/m, /^mlogloss +0\.\d+$/m, /^accuracy +0\.\d+$/m])
      expect(out).toMatch(text);
    expect(out).toMatch(/^true \\ predicted +high +low +middle$/m);
    expect(out).toMatch(/^class +precision +recall +F1 +rows$/m);
  });

  it("says with --json what --kind class says row by row", async () => {
    const { metrics, confusion, rows } = JSON.parse(
      await run("eval --model @kind.json --data @valid.csv --label kind --json"),
    );
    const predicted = cellsOf(await run("predict --model @kind.json --data @valid.csv --kind class")).flat();
    const kinds = cellsOf(read("valid.csv").toString()).map((row) => row[4]);
    confusion.classes.forEach((truth: string, t: number) => {
      confusion.classes.forEach((guess: string, g: number) => {
        const count = kinds.filter((kind, row) => kind === truth && predicted[row] === guess).length;
        expect(confusion.matrix[t][g]).toBe(count);
      });
    });
    expect(metrics.accuracy).toBe(kinds.filter((kind, row) => kind === predicted[row]).length / rows);
    expect(metrics.merror).toBeCloseTo(1 - metrics.accuracy, 6);
  });

  it("computes other metrics and draws the matrix", async () => {
    const line =
      "eval --model @kind.json --data @valid.csv --label kind --eval-metric auc,merror --figure @c.svg --json";
    expect(Object.keys(JSON.parse(await run(line)).metrics)).toEqual(["auc", "merror", "accuracy"]);
    expect(read("c.svg").toString()).toContain("Predicted class");
  });

  it("evaluates regression without a matrix", async () => {
    await run("train --data @train.csv --label price --ignore kind,sold --rounds 5 --model @price.json");
    const out = await run("eval --model @price.json --data @valid.csv --label price --eval-metric rmse,mae");
    expect(out).toMatch(/^rows +300\nrmse +\S+\nmae +\S+\n$/);
  });

  it("reads labels of a binary classifier by its own coding", async () => {
    await run(
      "train --data @train.csv --label sold --ignore kind,price --objective binary:logistic --rounds 9 --model @sold.ubj",
    );
    const { confusion, metrics } = JSON.parse(
      await run("eval --model @sold.ubj --data @valid.csv --label sold --json"),
    );
    expect(confusion.classes).toEqual(["no", "yes"]);
    expect(metrics.accuracy).toBeGreaterThan(0.8);
    const values = cellsOf(await run("predict --model @sold.ubj --data @valid.csv"))
      .flat()
      .map(Number);
    const classes = cellsOf(await run("predict --model @sold.ubj --data @valid.csv --kind class")).flat();
    classes.forEach((name, row) => {
      expect(name).toBe(values[row] > 0.5 ? "yes" : "no");
    });
  });
});

describe("inspect", () => {
  it("shows objective, classes, rounds, trees, importance and a tree", async () => {
    const out = await run("inspect @kind.json --tree 2");
    for (const text of [/^objective +multi:softprob$/m, /^classes +high, low, middle$/m, /^rounds +12$/m]) {
      expect(out).toMatch(text);
    }
    expect(out).toMatch(/^trees +36, \d+ leaves, depth up to 4$/m);
    expect(out).toMatch(/^features +2, 1 of them categorical$/m);
    expect(out).toMatch(/^feature +splits +gain +total gain +cover\nheight /m);
    expect(out).toMatch(/^tree 2\n0:\[/m);
  });

  it("gives the same as JSON, and draws the importance", async () => {
    const report = JSON.parse(await run("inspect @kind.json --json --measure weight --figure @imp.svg"));
    const booster = await loadModel(path("kind.json"));
    expect(report).toMatchObject({
      objective: "multi:softprob",
      rounds: 12,
      trees: 36,
      maxDepth: 4,
      features: 2,
    });
    expect(report.importance.map((row: { feature: string }) => row.feature).sort()).toEqual([
      "colour",
      "height",
    ]);
    for (const row of report.importance) expect(row.weight).toBe(booster.importance("weight")[row.feature]);
    expect(read("imp.svg").toString()).toContain("Number of splits on the feature");
  });
});

describe("inspect of XGBoost's files", () => {
  const fixture = (name: string) => `${rootFolder}fixtures/xgboost-3.4.1/${name}`;

  it("shows the coefficients of a linear model", async () => {
    const out = await run(`inspect ${fixture("gblinear.json")} --figure @linear.svg`);
    expect(out).toMatch(/^booster +gblinear$/m);
    expect(out).toMatch(/^feature +coefficient$/m);
    expect(read("linear.svg").toString()).toContain("Magnitude of the coefficient");
  });

  it.each(["dart.json", "categorical.ubj", "ranking.ubj", "single-leaf.json"])("reads %s", async (name) => {
    expect(await run(`inspect ${fixture(name)}`)).toMatch(/^objective +\S+$/m);
    expect(JSON.parse(await run(`inspect ${fixture(name)} --json`)).rounds).toBeGreaterThan(0);
  });
});

describe("convert", () => {
  it("to UBJSON and back gives the same bytes", async () => {
    await run("convert @kind.json @kind.ubj");
    await run("convert @kind.ubj @again.json");
    expect(read("again.json")).toEqual(read("kind.json"));
    expect(statSync(path("kind.ubj")).size).toBeLessThan(statSync(path("kind.json")).size);
  });

  it("dumps all trees as text and one as a graph", async () => {
    const booster = await loadModel(path("kind.json"));
    await run("convert @kind.json @kind.txt --with-stats");
    const trees = read("kind.txt")
      .toString()
      .split(/^booster\[\d+\]:\n/m)
      .slice(1);
    expect(trees.map((tree) => tree.trimEnd())).toEqual(
      booster.dump("text", { withStats: true }).map((tree) => tree.trimEnd()),
    );
    await run("convert @kind.json @kind.dot --tree 3");
    expect(read("kind.dot").toString().trimEnd()).toBe(booster.dump("dot")[3].trimEnd());
  });
});

describe("datasets forest-cover", () => {
  it("writes the generated rows and says that they are synthetic", async () => {
    const out = await run("datasets forest-cover --rows 300 --seed 5 --out @f.parquet");
    expect(out).toContain("300 rows × 54 features and the label Cover_Type");
    expect(out).toContain("synthetic, seed 5");
    await run("datasets forest-cover --rows 300 --seed 5 --out @f.csv");
    const { columns, names } = generateForestCover({ rows: 300, seed: 5 });
    for (const name of ["f.parquet", "f.csv"]) {
      const data = await readTable(path(name), { label: "Cover_Type" });
      const values = data.features.readRows(0, 300, new Float32Array(300 * 54));
      expect(data.featureNames).toEqual(names.slice(0, 54));
      expect(data.label).toEqual(Float32Array.from(columns[54]));
      for (let f = 0; f < 54; f++) expect(values[7 * 54 + f]).toBe(columns[f][7]);
    }
  });
});

describe("quickstart", () => {
  it("trains on the synthetic table and writes table, model, predictions and figures", async () => {
    const out = await run("quickstart --rows 4000 --rounds 10 --out @out");
    expect(out).toContain("synthetic, seed 0");
    const accuracy = Number(/accuracy (0\.\d+)/.exec(out)?.[1]);
    expect(accuracy).toBeGreaterThan(0.75);
    expect(accuracy).toBeLessThan(0.95);
    const booster = await loadModel(path("out/model.json"));
    expect(booster.labelClasses).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(read("out/predictions.csv").toString()).toMatch(/^class,value_1,.*,value_7\n[1-7],0/);
    for (const figure of ["importance", "confusion"]) {
      expect(read(`out/${figure}.svg`).toString()).toMatch(/^<svg /);
    }
  });

  it("takes the user's table and objective", async () => {
    const out = await run(
      "quickstart --data @train.csv --label price --objective reg:squarederror --ignore kind,sold --out @own",
    );
    expect(out).toMatch(/rmse \d/);
    expect(out).not.toContain("confusion");
  });
});
