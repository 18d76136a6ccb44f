// metrics.jsonl: what a line holds, and how a file is read that a crash or an overtaken writer left.

import fc from "fast-check";
import { expect, test } from "vitest";
import { type MetricsRow, metricsLine, metricsRows, parseMetrics } from "../../src/run/metrics-log.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const row = (round: number): MetricsRow => ({
  round,
  metrics: { "valid-rmse": round / 7, "valid-mae": -round },
});
const text = (rows: readonly MetricsRow[]): string => rows.map(metricsLine).join("");

test("a line holds the round and the metrics in the order of their names", () => {
  expect(metricsLine({ round: 3, metrics: { b: 0.5, a: Number.NaN, c: -0 } })).toBe(
    '{"round":3,"metrics":{"a":"NaN","b":0.5,"c":"-0"}}\n',
  );
});

test("a row is read as it was written, in every bit", () => {
  fc.assert(
    fc.property(
      fc.nat(),
      fc.dictionary(fc.string(), fc.double(), { noNullPrototype: true }),
      (round, metrics) => {
        expect(parseMetrics(bytes(metricsLine({ round, metrics })))).toEqual([{ round, metrics }]);
      },
    ),
    { seed: 6 },
  );
});

test("the rows of a history are those of its rounds, after an initial model's", () => {
  const history = { train: { rmse: [3, 2] }, valid: { rmse: [5, 4], mae: [7, 6] } };
  expect(metricsRows(history, 10, 12)).toEqual([
    { round: 10, metrics: { "train-rmse": 3, "valid-rmse": 5, "valid-mae": 7 } },
    { round: 11, metrics: { "train-rmse": 2, "valid-rmse": 4, "valid-mae": 6 } },
  ]);
  expect(metricsRows({}, 0, 2)).toEqual([
    { round: 0, metrics: {} },
    { round: 1, metrics: {} },
  ]);
});

test("a file that is cut off anywhere gives the rows that are whole", () => {
  const rows = [row(0), row(1), row(2)];
  const whole = text(rows);
  for (let length = 0; length <= whole.length; length++) {
    const wholeRows = whole.slice(0, length).split("\n").length - 1;
    expect(parseMetrics(bytes(whole.slice(0, length)))).toEqual(rows.slice(0, wholeRows));
  }
});

test("a round that stands twice, late or out of order is read once, in order", () => {
  expect(parseMetrics(bytes(text([row(0), row(1), row(2), row(1)])))).toEqual([row(0), row(1), row(2)]);
  expect(parseMetrics(bytes(text([row(0), row(2), row(1), row(2)])))).toEqual([row(0), row(1), row(2)]);
  const torn = `${metricsLine(row(0))}{"round":1,"me${metricsLine(row(2))}${metricsLine(row(1))}`;
  expect(parseMetrics(bytes(torn))).toEqual([row(0), row(1)]);
});
