import { expect, test } from "vitest";
import { solo } from "../../src/core/collective.ts";
import { createObjective } from "../../src/objective/registry.ts";
import { inProcessPeers } from "../oracle/in-process-peers.ts";

const rowCount = 101;
const label = Float32Array.from({ length: rowCount }, (_, i) => ((i * 53) % 17) / 3);
const binary = label.map((y) => (y > 2 ? 1 : 0));
const classes = label.map((_, i) => (i * i) % 3);
const weight = Float32Array.from({ length: rowCount }, (_, i) => ((i * 31) % 23) / 7);

const cases: [string, Record<string, unknown>, Float32Array][] = [
  ["reg:squarederror", {}, label],
  ["reg:pseudohubererror", {}, label],
  ["binary:logistic", { scalePosWeight: 3 }, binary],
  ["multi:softprob", { numClass: 3 }, classes],
];

test.each(cases)(
  "the base score of %s does not depend on the number of peers",
  async (name, parameters, y) => {
    const objective = createObjective(name, parameters);
    const alone = await objective.estimateBaseScore({ rowCount, label: y, weight }, solo);
    for (const bounds of [
      [0, 50, 101],
      [0, 1, 1, 99, 101],
    ]) {
      const peers = inProcessPeers(bounds.length - 1);
      const scores = await Promise.all(
        peers.map((peer, rank) => {
          const [begin, end] = [bounds[rank], bounds[rank + 1]];
          const part = {
            rowCount: end - begin,
            label: y.slice(begin, end),
            weight: weight.slice(begin, end),
          };
          return objective.estimateBaseScore(part, peer);
        }),
      );
      for (const score of scores) expect(score).toEqual(alone);
    }
  },
);

test("the base score of labels that are all alike is that label", async () => {
  const labels = { rowCount: 7, label: new Float32Array(7).fill(Math.fround(0.3)) };
  for (const name of ["reg:squarederror", "binary:logistic", "reg:gamma"]) {
    expect((await createObjective(name).estimateBaseScore(labels, solo))[0]).toBeCloseTo(0.3, 6);
  }
});

test("the base scores of classes sum to 0 and order as the classes' weights do", async () => {
  const labels = { rowCount: 6, label: Float32Array.of(0, 1, 1, 2, 2, 2) };
  const scores = await createObjective("multi:softmax", { numClass: 3 }).estimateBaseScore(labels, solo);
  expect(scores[0] + scores[1] + scores[2]).toBeCloseTo(0, 6);
  expect(scores[1] - scores[0]).toBeCloseTo(Math.log(2), 5);
  expect(scores[2] - scores[0]).toBeCloseTo(Math.log(3), 5);
});
