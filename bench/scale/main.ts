// `node bench/scale/main.ts`: predicted time and bytes of a round for 1 to 1,024 workers of one thread, and
// processor time to hold against real runs. Kernel figures are of one core of the machine on which the kernels
// were developed, from a profile of whole rounds; the network is assumed.

import { type Exchange, type KernelFigures, type Network, roundCost, type Workload } from "./model.ts";

const KERNELS: KernelFigures = {
  histogram: 0.372,
  gradient: 4,
  partition: 0.81,
  margin: 1,
  split: 4.5,
  node: 7000,
  exchange: 2.2,
};
const NETWORK: Network = { bytesPerSecond: 1.25e9, latencySeconds: 50e-6 };
const COVERTYPE: Workload = {
  name: "Covertype",
  rowCount: 464_809,
  columnCount: 12,
  slotCount: 2285,
  groupCount: 7,
  depth: 6,
};
const WORKLOADS: readonly Workload[] = [
  { ...COVERTYPE, name: "Covertype x 1,000", rowCount: 464_809_000 },
  {
    name: "Criteo-like, 1.7e9 x 67",
    rowCount: 1.7e9,
    columnCount: 67,
    slotCount: 67 * 256,
    groupCount: 1,
    depth: 8,
  },
];
const EXCHANGES: readonly Exchange[] = ["pairwise", "ring", "tree"];

for (const workload of WORKLOADS) {
  console.log(`\n${workload.name}, depth ${workload.depth}: seconds a round (MB sent by a worker)`);
  console.log(["workers", ...EXCHANGES, "efficiency"].map((text) => text.padStart(18)).join(""));
  const alone = secondsOf(workload, 1, "pairwise").seconds;
  for (let workers = 1; workers <= 1024; workers *= 2) {
    const cells = EXCHANGES.map((exchange) => secondsOf(workload, workers, exchange));
    const texts = cells.map(({ seconds, bytes }) => `${seconds.toFixed(3)} (${(bytes / 1e6).toFixed(1)})`);
    const efficiency = `${((100 * alone) / (workers * cells[0].seconds)).toFixed(0)} %`;
    console.log([String(workers), ...texts, efficiency].map((text) => text.padStart(18)).join(""));
  }
}

console.log(
  "\nCovertype, processor time of a worker a round, in ms (MB sent), trees and empty slots as there",
);
for (const workers of [1, 2, 4]) {
  const cost = roundCost(
    { ...COVERTYPE, nodeShare: 0.69, emptyShare: 0.55 },
    workers,
    "pairwise",
    KERNELS,
    NETWORK,
  );
  console.log(`${workers}: ${(1000 * cost.computeSeconds).toFixed(0)} (${(cost.bytes / 1e6).toFixed(1)})`);
}

function secondsOf(workload: Workload, workers: number, exchange: Exchange) {
  const cost = roundCost(workload, workers, exchange, KERNELS, NETWORK);
  return { seconds: cost.computeSeconds + cost.networkSeconds, bytes: cost.bytes };
}
