// Misspelt options at every public call that takes options: refused before any work, with the nearest name.

import { expect, test } from "vitest";
import { DMatrix } from "../../src/data/dmatrix.ts";
import { readSources } from "../../src/input/read-table.ts";
import { bytesSource } from "../../src/input/table/bytes.ts";
import {
  batchPredict,
  readQuantileTable,
  readQuantileTableSplit,
  readTable,
  readTableSplit,
  Trainer,
  train,
} from "../../src/node/index.ts";
import { startServer } from "../../src/node/serve/server.ts";
import { connect } from "../../src/serve/client/remote-booster.ts";
import { createHandler } from "../../src/serve/http/handler.ts";
import { MemoryStorage } from "../oracle/memory-storage.ts";

const data = DMatrix.fromRows([[1], [2], [3], [4]], { label: [0, 1, 0, 1] });
const { booster } = await train({}, data, { rounds: 1 });
const trainer = { params: {}, totalRounds: 1, datasets: { train: "no-such-file.csv" } };
const run = { name: "r", storage: new MemoryStorage() };

const misspelt: readonly [string, (options: never) => unknown, object, string][] = [
  ["train", (o) => train({}, data, o), { rounds: 1, earlyStoppingRounds: 5 }, "`earlyStopping`"],
  ["train with a run", (o) => train({}, data, o), { rounds: 1, run, eval: {} }, "`evals`"],
  ["run", (o) => train({}, data, o), { rounds: 1, run: { ...run, chekpoint: {} } }, "`checkpoint`"],
  [
    "run.checkpoint",
    (o) => train({}, data, o),
    { rounds: 1, run: { ...run, checkpoint: { keeep: 1 } } },
    "`keep`",
  ],
  [
    "earlyStopping",
    (o) => train({}, data, o),
    { rounds: 1, earlyStopping: { rounds: 1, min_delta: 1 } },
    "`minDelta`",
  ],
  ["DMatrix.fromRows", (o) => DMatrix.fromRows([[1]], o), { lable: [1] }, "known: label,"],
  [
    "DMatrix.fromDense",
    (o) => DMatrix.fromDense([1], o),
    { rowCount: 1, featureCount: 1, labels: [1] },
    "known: label,",
  ],
  ["DMatrix.fromCSR", (o) => DMatrix.fromCSR([0], [], [], o), { featurecount: 1 }, "known: label,"],
  ["predict", (o) => booster.predict(data, o), { kinds: "margin" }, "`kind`"],
  [
    "predict of contributions",
    (o) => booster.predict(data, o),
    { kind: "contributions", round: [0, 1] },
    "`rounds`",
  ],
  ["readTable", (o) => readTable("no-such-file.csv", o), { lable: "y" }, "`label`"],
  ["readTableSplit", (o) => readTableSplit("no-such-file.csv", o), { validFractoin: 0.2 }, "`validFraction`"],
  ["readQuantileTable", (o) => readQuantileTable("no-such-file.csv", o), { maxBins: 9 }, "`maxBin`"],
  [
    "readQuantileTableSplit",
    (o) => readQuantileTableSplit("no-such-file.csv", o),
    { bufferByte: 9 },
    "`bufferBytes`",
  ],
  ["readSources", (o) => readSources([bytesSource("a.csv", "a\n1\n")], o), { weights: "w" }, "`weight`"],
  ["Trainer", (o) => new Trainer(o), { ...trainer, totalRound: 3 }, "`totalRounds`"],
  [
    "Trainer's scaling",
    (o) => new Trainer(o),
    { ...trainer, scaling: { workers: 1, worker: 2 } },
    "`workers`",
  ],
  ["Trainer's failure", (o) => new Trainer(o), { ...trainer, failure: { maxFailure: 2 } }, "`maxFailures`"],
  [
    "Trainer's run",
    (o) => new Trainer(o),
    { ...trainer, run: { name: "r", storage: "s", keep: 1 } },
    "known: storage, name",
  ],
  ["Trainer's table", (o) => new Trainer(o), { ...trainer, table: { delimeter: ";" } }, "`delimiter`"],
  ["batchPredict", (o) => batchPredict(o), { model: "m", data: "d", output: "o", ouput: "o" }, "`output`"],
  ["connect", (o) => connect("http://127.0.0.1:9", o), { tokens: "t" }, "`token`"],
  ["startServer", (o) => startServer(o), { models: [], prot: 1 }, "`port`"],
  ["startServer's limits", (o) => createHandler(o), { limits: { maxRow: 1 } }, "`maxRows`"],
];

test.each(misspelt)("%s", async (_where, call, options, hint) => {
  const error = await new Promise((resolve) => {
    const attempt = async () => call(options as never);
    attempt().then(resolve, resolve);
  });
  expect(error).toMatchObject({
    code: "INVALID_PARAMETER",
    message: expect.stringMatching(/^unknown option `/),
  });
  expect((error as Error).message).toContain(hint);
});

test("a number for `earlyStopping` is refused with the object that it means, before tables are looked at", async () => {
  const wrong = { rounds: 1, earlyStopping: 5 } as never;
  const message = "`earlyStopping` must be an object such as { rounds: 5 }, got 5";
  await expect(train({}, DMatrix.fromRows([]), wrong)).rejects.toThrow(message);
  expect(() => new Trainer({ ...trainer, earlyStopping: 5 } as never)).toThrow(message);
});

test("no options at all are refused by name", async () => {
  await expect(train({}, data, undefined as never)).rejects.toThrow(
    "the options of train() must be an object",
  );
  expect(() => DMatrix.fromDense([1], undefined as never)).toThrow("must be an object, got undefined");
});
