// The driver of coppice on Ray, for bench/ray/main.ts: `node coppice-driver.ts REQUEST`, the request as JSON.
// Runs the last build.

import { appendFileSync, globSync, readFileSync, writeFileSync } from "node:fs";
import { rootFolder } from "../../test/machine.ts";
import type { DriverRequest } from "./request.ts";

const { ray, saveModel, Trainer } = (await import(
  `${rootFolder}dist/node/index.js`
)) as typeof import("../../src/node/index.ts");

const request = JSON.parse(process.argv[2]) as DriverRequest;
const seconds = () => Date.now() / 1000;
let isStruck = false;

const { booster } = await new Trainer({
  params: {
    objective: "multi:softprob",
    numClass: request.params.num_class,
    maxDepth: request.params.max_depth,
  },
  totalRounds: request.rounds,
  datasets: { train: request.data },
  label: "label",
  table: { labelKind: "class" },
  scaling: { workers: 2 },
  run: {
    name: request.name,
    storage: request.storage,
    checkpoint: { everyRounds: request.checkpointEvery, keep: 2 },
    failure: { maxFailures: 2 },
  },
  engine: ray({ address: request.dashboard, node: process.execPath }),
  onRound: ({ round }) => {
    appendFileSync(request.log, `${seconds()} ${round + 1}\n`);
    if (round + 1 !== request.killAt || isStruck) return;
    isStruck = true;
    writeFileSync(`${request.log}.struck`, String(seconds()));
    process.kill(youngestWorker(), "SIGKILL");
  },
}).fit();
await saveModel(booster, request.model);

/** The worker that started last: of rank 0 or 1, as it happens. */
function youngestWorker(): number {
  const ids = globSync("/proc/[0-9]*/cmdline").filter((path) => {
    try {
      return /^\S*node\0\S*cluster-worker-main/.test(readFileSync(path, "utf8"));
    } catch {
      return false;
    }
  });
  return Math.max(...ids.map((path) => Number(path.split("/")[2])));
}
