// Real rows: 50 rounds of softprob on 86,228 rows of Covertype grow the 350 trees that XGBoost grows.

import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { dataPath } from "../require.ts";
import { compareTrees } from "./cases/compare.ts";
import { toDMatrix, trainHere } from "./cases/train-both.ts";
import { describeWithXGBoost, type Table } from "./xgboost.ts";
import { readXGBoostModel } from "./xgboost-model.ts";

const file = "covtype_107786.data.gz";
const columns = 54;
const trainRows = 86_228;
const rounds = 50;
const params = { objective: "multi:softprob", num_class: 7, max_depth: 6, eta: 0.3 };

describeWithXGBoost(["xgboost", `data:${file}`], "Covertype against XGBoost", (xgboost) => {
  test("350 trees are equal in every bit, so is the file, and accuracies agree to four digits", {
    timeout: 600_000,
  }, async () => {
    const { training, test: held } = readCovertype();
    const theirs = await xgboost().train(training, params, rounds, ["json"]);
    const ours = await trainHere(training, params, rounds);

    const { trees, roundOffsets } = readXGBoostModel(theirs.json!);
    const comparison = compareTrees(ours.model.trees, trees, roundOffsets);
    const { value } = await xgboost().predict(theirs.json!, held, ["value"]);
    const accuracies = [ours.predict(toDMatrix(held)), value!].map((p) => accuracyOf(p, held.label!));
    const { leaves, statistics } = comparison;
    const isSameFile = Buffer.from(ours.toBytes("json")).equals(theirs.json!);
    console.info(JSON.stringify({ trees: trees.length, leaves, statistics, accuracies, isSameFile }));

    expect(trees.length).toBe(7 * rounds);
    expect(comparison.hasSameStructure, comparison.difference?.text).toBe(true);
    expect(leaves.equal).toBe(leaves.count);
    expect(isSameFile, "the model files are the same bytes").toBe(true);
    expect(accuracies[0].toFixed(4)).toBe(accuracies[1].toFixed(4));
  });
});

/** The first rows to train on, the rest to test; labels from 0. */
function readCovertype(): { training: Table; test: Table } {
  const lines = gunzipSync(readFileSync(dataPath(file)))
    .toString()
    .trim()
    .split("\n");
  const data = new Float32Array(lines.length * columns);
  const label = new Float32Array(lines.length);
  lines.forEach((line, row) => {
    const cells = line.split(",");
    expect(cells.length).toBe(columns + 1);
    for (let f = 0; f < columns; f++) data[row * columns + f] = Number(cells[f]);
    label[row] = Number(cells[columns]) - 1;
  });
  const part = (begin: number, end: number): Table => ({
    rows: end - begin,
    columns,
    data: data.subarray(begin * columns, end * columns),
    label: label.subarray(begin, end),
  });
  return { training: part(0, trainRows), test: part(trainRows, lines.length) };
}

/** The share of rows whose most probable class is the label. */
function accuracyOf(probabilities: Float32Array, label: Float32Array): number {
  const classCount = probabilities.length / label.length;
  let right = 0;
  label.forEach((wanted, row) => {
    const own = probabilities.subarray(row * classCount, (row + 1) * classCount);
    if (own.indexOf(own.reduce((most, p) => Math.max(most, p), 0)) === wanted) right++;
  });
  return right / label.length;
}
