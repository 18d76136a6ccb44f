// Cross-validation beside XGBoost's own, on the same folds: means and deviations of every round.

import { execFileSync } from "node:child_process";
import { expect } from "vitest";
import { uniform } from "../../src/core/random.ts";
import { DMatrix } from "../../src/data/dmatrix.ts";
import { crossValidate } from "../../src/training/cross-validation.ts";
import { python, testNeeding } from "../require.ts";

const program = `
import json, sys, numpy, xgboost
given = json.load(sys.stdin)
rows, label = numpy.array(given["rows"], numpy.float32), numpy.array(given["label"])
folds = [(numpy.setdiff1d(numpy.arange(len(label)), fold), numpy.array(fold)) for fold in given["folds"]]
parameters = {"objective": "binary:logistic", "max_depth": 4, "eval_metric": ["logloss", "auc"]}
print(json.dumps(xgboost.cv(parameters, xgboost.DMatrix(rows, label), 8, folds=folds, as_pandas=False)))`;

testNeeding("xgboost", "gives the means and deviations that xgboost.cv gives on the same folds", async () => {
  const draw = (row: number, column: number) => Math.fround(uniform(8, column, 0, 0, row));
  const rows = Array.from({ length: 900 }, (_, row) => [draw(row, 0), draw(row, 1), draw(row, 2)]);
  const label = rows.map(([a, b, c], row) => (a + b * c + draw(row, 3) / 2 > 0.9 ? 1 : 0));
  const parameters = { objective: "binary:logistic", maxDepth: 4, evalMetric: ["logloss", "auc"] };
  const data = DMatrix.fromRows(rows, { label });
  const { history, folds } = await crossValidate(parameters, data, { rounds: 8, folds: 4, evalTrain: true });
  const input = JSON.stringify({ rows, label, folds: folds.map((fold) => [...fold]) });
  const output = execFileSync(python, ["-c", program], { input, stdio: ["pipe", "pipe", "ignore"] });
  const theirs = JSON.parse(output.toString()) as Record<string, number[]>;
  for (const [set, own] of [
    ["train", "train"],
    ["test", "valid"],
  ]) {
    for (const metric of parameters.evalMetric) {
      for (const part of ["mean", "std"] as const) {
        history[own][metric].forEach((score, round) => {
          expect(score[part]).toBeCloseTo(theirs[`${set}-${metric}-${part}`][round], 9);
        });
      }
    }
  }
});
