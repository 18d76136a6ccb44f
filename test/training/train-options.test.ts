// The laws of declared options: what training takes either reaches the workers of a Trainer or says that it stays
// with its caller, and each entry tells who reads it what it is.

import { globSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { type Declaration, type Declarations, declarationsThatReach } from "../../src/core/declaration.ts";
import { batchPredictOptions } from "../../src/node/batch/batch-options.ts";
import { serverOptions } from "../../src/node/serve/server-options.ts";
import { trainerOptions } from "../../src/node/trainer/trainer-options.ts";
import { trainRunOptions } from "../../src/run/run-options.ts";
import { crossValidationOptions } from "../../src/training/cross-validation.ts";
import { trainOptions } from "../../src/training/train-options.ts";
import { rootFolder } from "../require.ts";

test.each(Object.entries(trainOptions as Declarations))(
  "%s reaches the workers of a Trainer, or says that it stays behind",
  (name, { type, reach }) => {
    const reachesProcess = (reach ?? "process") === "process" && type !== "function";
    if (reachesProcess) expect(Object.keys(trainerOptions)).toContain(name);
    else expect(reach ?? type).toMatch(/^(caller|thread|function)$/);
  },
);

test("of what stays behind, a Trainer has only what its driver handles", () => {
  const reaching = Object.keys(declarationsThatReach(trainOptions, "process"));
  const others = Object.keys(trainOptions).filter((name) => !reaching.includes(name));
  expect(others.filter((name) => name in trainerOptions)).toEqual([
    "onRound",
    "onWarning",
    "signal",
    "initialModel",
  ]);
});

const TABLE = /^(export )?const \w+(Options|Limits) = \{$/;
const files = globSync("src/**/*.ts", { cwd: rootFolder })
  .filter((path) =>
    readFileSync(rootFolder + path, "utf8")
      .split("\n")
      .some((line) => TABLE.test(line)),
  )
  .filter((path) => !path.startsWith("src/cli/") && !path.startsWith("src/demo/"));

test("what a run may not be resumed with is what changes its model or its history", () => {
  const fixed = Object.entries(trainOptions as Declarations).filter(([, { mayDiffer }]) => !mayDiffer);
  expect(fixed.map(([name]) => name)).toEqual([
    "evals",
    "earlyStopping",
    "initialModel",
    "objective",
    "metrics",
    "cuts",
  ]);
});

test.each(files)("every entry of the tables in %s has a comment, or a line of help", (path) => {
  const lines = readFileSync(rootFolder + path, "utf8").split("\n");
  let isInTable = false;
  let count = 0;
  for (const [i, line] of lines.entries()) {
    if (TABLE.test(line)) isInTable = true;
    if (line.startsWith("}")) isInTable = false;
    if (!isInTable || !/^ {2}\w+: [^,]/.test(line)) continue;
    count++;
    expect(/\*\/$/.test(lines[i - 1]) || line.includes(" doc: "), `${path}: ${line.trim()}`).toBe(true);
  }
  expect(count).toBeGreaterThan(0);
});

test("what is a flag has a line of help, and what is a value of it a placeholder", () => {
  const visit = (table: Declarations): [string, Declaration][] =>
    Object.entries(table).flatMap(([name, entry]) => [
      [name, entry] as [string, Declaration],
      ...visit(entry.options ?? {}),
    ]);
  const tables = [
    trainRunOptions,
    crossValidationOptions,
    trainerOptions,
    batchPredictOptions,
    serverOptions,
  ];
  for (const [name, { type, flag, doc }] of tables.flatMap(visit)) {
    if (flag === undefined) continue;
    expect(doc, name).toBeTruthy();
    expect(/<.+>$/.test(flag), name).toBe(type !== "boolean");
  }
});
