// `npm run bench:ray -- [--runs N] [--rows N] [--out FOLDER]`: coppice on Ray beside Ray Train with XGBoost,
// on one Ray of one node with two CPUs, in turns: 2 workers of 1 CPU, 50 rounds, a checkpoint every 10,
// undisturbed and with a worker killed after 25 rounds. Needs a Python with `ray[train]==2.58.0`, xgboost-cpu
// 3.4.1, pandas and pyarrow: COPPICE_RAY_TRAIN_PYTHON; the Ray beside it is the cluster.

import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { rootFolder } from "../../test/machine.ts";
import { startRay } from "../../test/node/engines/ray/ray-cluster.ts";
import { Scratch } from "../scratch.ts";
import { watchMemory } from "./memory-watch.ts";
import { type RayRun, type RaySystem, toMarkdown } from "./report.ts";
import type { DriverRequest } from "./request.ts";

const { values: flags } = parseArgs({
  options: {
    runs: { type: "string", default: "3" },
    rows: { type: "string", default: "581012" },
    out: { type: "string", default: join(rootFolder, "bench/results") },
  },
});
const python = process.env.COPPICE_RAY_TRAIN_PYTHON ?? "python3";
process.env.COPPICE_RAY ??= join(dirname(python), "ray");
const here = import.meta.dirname;
const ROUNDS = 50;
const KILL_AT = 25;

const scratch = new Scratch(join(rootFolder, "out/bench/ray"));
const table = scratch.table({ kind: "covertype", rows: Number(flags.rows) });
const data = scratch.path("train.parquet");
execFileSync(python, [join(here, "tables.py"), "prepare", table, data], { stdio: "inherit" });
const cluster = await startRay(2);
const results: RayRun[] = [];
try {
  for (let run = 0; run < Number(flags.runs); run++) {
    for (const killAt of [KILL_AT, 0]) {
      for (const system of ["coppice", "ray-train"] as const) {
        results.push(await measure(system, killAt, `${system}-${killAt}-${run}`));
        console.log(JSON.stringify(results.at(-1)));
        keep();
      }
    }
  }
} finally {
  await cluster.close();
  scratch.close();
}
console.log(toMarkdown(results));

async function measure(system: RaySystem, killAt: number, name: string): Promise<RayRun> {
  const request: DriverRequest = {
    data,
    params: { objective: "multi:softprob", num_class: 7, max_depth: 6 },
    rounds: ROUNDS,
    checkpointEvery: 10,
    killAt,
    name,
    storage: scratch.path("runs"),
    log: scratch.path(`${name}.log`),
    model: scratch.path(`${name}.json`),
    dashboard: cluster.address,
    cluster: cluster.gcsAddress,
  };
  mkdirSync(request.storage, { recursive: true });
  const [load] = loadavg();
  const memory = watchMemory();
  const began = Date.now() / 1000;
  await runDriver(system, request);
  const ended = Date.now() / 1000;
  memory.stop();
  const score = execFileSync(python, [join(here, "tables.py"), "score", table, request.model], {
    encoding: "utf8",
  });
  const worker = system === "coppice" ? /cluster-worker-main/ : /^ray::(_?RayTrainWorker|RayWorkerWrapper)/;
  const rest = system === "coppice" ? /JobSupervisor|coppice-driver/ : /TrainController|ray_train\.py/;
  return {
    system,
    killAt,
    seconds: ended - began,
    ...readLog(request, began),
    workerBytes: memory.largest(worker, 2),
    otherBytes: memory.largest(rest, 3),
    ...(JSON.parse(score) as { accuracy: number; rounds: number }),
    loadAverage: load,
    processor: cpus()[0].model,
  };
}

function runDriver(system: RaySystem, request: DriverRequest): Promise<void> {
  const [command, program] =
    system === "coppice" ? [process.execPath, "coppice-driver.ts"] : [python, "ray_train.py"];
  const child = spawn(command, [join(here, program), JSON.stringify(request)], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) =>
      code === 0 ? resolve() : reject(new Error(`${program} ended with exit code ${code}`)),
    );
  });
}

/** What the lines of the rounds tell. */
function readLog(
  { log, rounds, killAt }: DriverRequest,
  began: number,
): Pick<RayRun, "secondsToFirstRound" | "secondsToRecover" | "secondsLost" | "roundsRepeated"> {
  const lines = readFileSync(log, "utf8").trim().split("\n");
  const told = lines.map((line) => line.split(" ").map(Number));
  const struck = existsSync(`${log}.struck`) ? Number(readFileSync(`${log}.struck`, "utf8")) : undefined;
  // The first round that had been there before.
  const again = told.find(([, round], i) => i > 0 && round <= told[i - 1][1]);
  // A round may have ended between the kill and its being noticed.
  const beyond = told.find(
    ([, round], i) => again !== undefined && i > told.indexOf(again) && round > killAt,
  );
  return {
    secondsToFirstRound: told[0][0] - began,
    secondsToRecover: struck === undefined || again === undefined ? null : again[0] - struck,
    secondsLost: struck === undefined || beyond === undefined ? null : beyond[0] - struck,
    roundsRepeated: told.length - rounds,
  };
}

function keep(): void {
  const out = flags.out;
  mkdirSync(out, { recursive: true });
  writeFileSync(join(out, "ray.json"), `${JSON.stringify({ rows: Number(flags.rows), results }, null, 1)}\n`);
  writeFileSync(join(out, "ray.md"), toMarkdown(results));
  rmSync(scratch.path("runs"), { recursive: true, force: true });
}
