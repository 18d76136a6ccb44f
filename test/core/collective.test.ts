import { expect, test } from "vitest";
import { solo } from "../../src/core/collective.ts";
import { countAllRows } from "../../src/core/exact-sum.ts";
import { inProcessPeers } from "../oracle/in-process-peers.ts";

test("alone every operation leaves the values as they are and is done at once", () => {
  const values = Float64Array.of(1, -2, Number.NaN);
  expect(solo.allReduceSum(values)).toBeUndefined();
  expect(solo.allReduceMax(values)).toBeUndefined();
  expect(Array.from(values)).toEqual([1, -2, Number.NaN]);
  expect([solo.rank, solo.worldSize]).toEqual([0, 1]);
});

test("rows are counted over all peers", async () => {
  expect(countAllRows(7, solo)).toBe(7);
  const counts = await Promise.all(inProcessPeers(3).map((peer) => countAllRows(10 + peer.rank, peer)));
  expect(counts).toEqual([33, 33, 33]);
});
