// Peers of one process: each all-reduce waits until every peer has called it, then combines the values in
// the order of arrival. For tests of what runs on several peers, without threads or sockets.

import type { Collective } from "../../src/core/collective.ts";

interface Arrival {
  readonly values: Float64Array;
  readonly resolve: () => void;
}

/** `worldSize` peers that reduce with one another. */
export function inProcessPeers(worldSize: number): Collective[] {
  let arrivals: Arrival[] = [];
  const reduce = (values: Float64Array, combine: (a: number, b: number) => number) =>
    new Promise<void>((resolve) => {
      arrivals.push({ values, resolve });
      if (arrivals.length < worldSize) return;
      const all = arrivals;
      arrivals = [];
      const result = all[0].values.map((_, i) => all.map((arrival) => arrival.values[i]).reduce(combine));
      for (const arrival of all) {
        arrival.values.set(result);
        arrival.resolve();
      }
    });
  return Array.from({ length: worldSize }, (_, rank) => ({
    rank,
    worldSize,
    allReduceSum: (values) => reduce(values, (a, b) => a + b),
    allReduceMax: (values) => reduce(values, (a, b) => Math.max(a, b)),
  }));
}
