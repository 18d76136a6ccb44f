// `npm run ray-nodes -- [--rows N] [--rounds N] [--json FILE]`: a training of Covertype on a real Ray of a head
// without CPUs and two nodes in network namespaces, undisturbed, and with a worker killed, a link cut and a
// raylet killed half-way; then a batch prediction. Prints how long each took to be noticed and to be training
// again, and fails when a model is not the one of this machine or something is left. Needs root, `ip` and Ray.

import { writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Scratch } from "../bench/scratch.ts";
import type { TrainerOptions } from "../src/node/trainer/trainer-options.ts";
import { rootFolder } from "../test/machine.ts";
import {
  type Blow,
  coppice,
  engineOn,
  findLeftovers,
  type Struck,
  strike,
} from "../test/node/engines/ray/ray-blows.ts";
import { RayNodes, whyNoNamespaces } from "../test/node/engines/ray/ray-nodes.ts";

const { values: flags } = parseArgs({
  options: {
    rows: { type: "string", default: "581012" },
    rounds: { type: "string", default: "50" },
    json: { type: "string" },
  },
});
const rounds = Number(flags.rounds);
const obstacle = whyNoNamespaces();
if (obstacle !== "") throw new Error(`no network namespaces here: ${obstacle}`);

const scratch = new Scratch(join(rootFolder, "out/ray-nodes"));
const csv = scratch.table({ kind: "covertype", rows: Number(flags.rows) }, "csv");
await coppice.shardTable(csv, scratch.path("parts"), { rowsPerFile: Math.ceil(Number(flags.rows) / 5) });
const table = scratch.path("parts/*.parquet");
const local = await new coppice.Trainer({ ...optionsFor("local"), run: undefined }).fit();
const bytes = local.booster.toBytes();
console.log(`one process: ${local.workers[0].rowCount} rows, ${rounds} rounds`);
const model = scratch.path("model.json");
await coppice.saveModel(local.booster, model);
const cluster = await RayNodes.open({ nodes: 2, cpusPerNode: 1 });
const problems: string[] = [];
const report: Record<string, unknown>[] = [];
try {
  await run("none");
  await run("kill");
  await predict();
  await run("cut");
  for (const node of [1, 2]) cluster.healLink(node);
  await expectAllFree("the link that is back");
  await run("raylet");
} finally {
  await cluster.close();
  scratch.close();
}
if (flags.json !== undefined) writeFileSync(flags.json, `${JSON.stringify(report, null, 1)}\n`);
for (const problem of problems) console.log(problem);
process.exitCode = problems.length > 0 ? 1 : 0;

function optionsFor(name: string): TrainerOptions {
  return {
    params: { objective: "multi:softprob", numClass: 7, maxDepth: 6 },
    totalRounds: rounds,
    datasets: { train: table },
    label: "label",
    table: { labelKind: "class" },
    scaling: { workers: name === "local" ? 1 : [1, 2] },
    run: {
      name,
      storage: scratch.path("runs"),
      checkpoint: { everyRounds: 10 },
      failure: { maxFailures: 2 },
    },
  };
}

async function run(blow: Blow): Promise<void> {
  const [loadAverage] = loadavg();
  const struck = await strike(cluster, blow, Math.floor(rounds / 2), optionsFor(blow));
  tell(blow, struck, loadAverage);
  if (Buffer.compare(struck.result.booster.toBytes(), bytes) !== 0) problems.push(`${blow}: another model`);
  if (blow === "none" || blow === "kill") await expectAllFree(blow);
}

function tell(blow: Blow, struck: Struck, loadAverage: number): void {
  const { result, ...times } = struck;
  const { failures, workers, resumedFrom } = result;
  const line = {
    blow,
    ...times,
    workers: workers.length,
    failures: failures.length,
    resumedFrom,
    loadAverage,
  };
  report.push(line);
  console.log(JSON.stringify(line));
}

/** On the nodes, against the same on this machine. */
async function predict(): Promise<void> {
  const batch = { model, data: table, table: { label: "label" }, evaluate: true, workers: 2 };
  const here = await coppice.batchPredict({ ...batch, output: scratch.path("here") });
  const there = await coppice.batchPredict({
    ...batch,
    output: scratch.path("there"),
    engine: engineOn(cluster),
  });
  console.log(`batch: ${there.rowCount} rows, ${JSON.stringify(there.metrics)}`);
  if (JSON.stringify(there.metrics) !== JSON.stringify(here.metrics)) problems.push("batch: other metrics");
  await expectAllFree("batch");
}

/** Ray tells some seconds late that something is free, and of a machine that was cut off even later. */
async function expectAllFree(after: string): Promise<void> {
  const deadline = performance.now() + 90_000;
  let left = await findLeftovers(cluster);
  while (left.length > 0 && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 1000));
    left = await findLeftovers(cluster);
  }
  problems.push(...left.map((what) => `after ${after}: ${what}`));
}
