// The storm: a training, a random process, a random moment, and SIGKILL, SIGSTOP or a cut link. Each run must
// end, by itself or launched again, with the bytes of a run that nothing happened to, within its deadline, and
// leave neither a process nor a file that its manifest does not list.

import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Drive, isAlive, sturdyTraining, temporaryFolder, waitUntil, writeSmallTable } from "./drive.ts";
import type { DriverRequest } from "./driver.ts";
import { Relay } from "./relay.ts";

export interface StormOptions {
  readonly runs: number;
  readonly seed: number;
  /** Told of each run. */
  readonly report?: ((line: string) => void) | undefined;
}

/** What is done to a run. */
type ProcessBlow = "kill" | "stop" | "pause";
/** A cut link or one that is down for a while lies between workers and tracker, the others between two workers. */
type LinkBlow = "cut" | "down" | "cut a link of" | "let packets vanish on a link of";
type Blow = ProcessBlow | LinkBlow;

const ROUNDS = 30;
const DEADLINE_MS = 60_000;

/** Runs the storm. @returns what went wrong, in words; empty when nothing did */
export async function runStorm({ runs, seed, report }: StormOptions): Promise<string[]> {
  const folder = temporaryFolder();
  const problems: string[] = [];
  const draw = drawer(seed);
  try {
    writeSmallTable(join(folder, "table.csv"), 1500);
    const reference = new Drive(requestFor(folder, "reference", 1));
    await reference.ended;
    const digest = reference.done?.digest;
    if (digest === undefined) return [`the run without blows failed: ${reference.error?.message}`];
    const metrics = readFileSync(join(folder, "reference", "metrics.jsonl"), "utf8");
    for (let run = 0; run < runs; run++) {
      const name = `run-${run}`;
      const begin = performance.now();
      const blow = await strikeOne(folder, name, draw);
      const found = [
        ...blow.problems,
        ...(blow.digest === digest ? [] : [`it ended with ${blow.digest ?? "no model"}, not ${digest}`]),
        ...inspectFolder(folder, name, metrics),
      ];
      const seconds = ((performance.now() - begin) / 1000).toFixed(1);
      report?.(`${name}: ${blow.what}; ${seconds} s${found.length > 0 ? `; ${found.join("; ")}` : ""}`);
      for (const problem of found) problems.push(`${name} (seed ${seed}, ${blow.what}): ${problem}`);
      rmSync(join(folder, name), { recursive: true, force: true });
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return problems;
}

function requestFor(
  folder: string,
  name: string,
  workers: number,
  proxy?: DriverRequest["proxy"],
): DriverRequest {
  return { options: { ...sturdyTraining(folder, name, ROUNDS), scaling: { workers } }, proxy };
}

interface Outcome {
  readonly what: string;
  readonly digest: string | undefined;
  readonly problems: string[];
}

async function strikeOne(folder: string, name: string, draw: () => number): Promise<Outcome> {
  const workers = 2 + Math.floor(draw() * 2);
  const target = draw() < 0.25 ? "driver" : Math.floor(draw() * workers);
  const blows: readonly Blow[] =
    target === "driver"
      ? ["kill", "kill", "pause"]
      : ["kill", "kill", "stop", "pause", "cut", "down", "cut a link of", "let packets vanish on a link of"];
  const blow = blows[Math.floor(draw() * blows.length)];
  const delayMs = Math.round(draw() * 2200);
  const what = `${blow} ${target === "driver" ? "the driver" : `worker ${target}`} of ${workers} after ${delayMs} ms`;
  const proxy = isProcessBlow(blow) ? undefined : await Relay.open();
  const request = requestFor(folder, name, workers, proxy?.ports);
  const drives = [new Drive(request)];
  const problems: string[] = [];
  const timer = setTimeout(() => {
    problems.push(`it did not end within ${DEADLINE_MS / 1000} s`);
    for (const drive of drives) {
      drive.child.kill("SIGKILL");
      for (const { processId } of drive.survivors) process.kill(processId, "SIGKILL");
    }
  }, DEADLINE_MS);
  await Promise.race([new Promise((resolve) => setTimeout(resolve, delayMs)), drives[0].ended]);
  await strike(blow, target, drives[0], proxy, draw);
  await drives[0].ended;
  if (drives[0].done === undefined && problems.length === 0) {
    if (target !== "driver") problems.push(`the driver ended: ${drives[0].error?.message}`);
    // A worker of the killed driver may take the run over before it notices; then it is launched once more.
    do {
      drives.push(new Drive(request));
      await drives[drives.length - 1].ended;
    } while (drives[drives.length - 1].error?.code === "ABORTED" && drives.length < 4);
  }
  clearTimeout(timer);
  proxy?.close();
  const all = drives.flatMap((drive) => drive.workers);
  if (!(await waitUntil(() => all.every(({ processId }) => !isAlive(processId)), 11_000))) {
    problems.push("a worker is left");
    for (const { processId } of all) if (isAlive(processId)) process.kill(processId, "SIGKILL");
  }
  const last = drives[drives.length - 1];
  if (last.done === undefined) {
    problems.push(`the last driver ended without a model: ${last.error?.message ?? last.log}`);
  }
  return { what, digest: last.done?.digest, problems };
}

function isProcessBlow(blow: Blow): blow is ProcessBlow {
  return blow === "kill" || blow === "stop" || blow === "pause";
}

async function strike(
  blow: Blow,
  target: "driver" | number,
  drive: Drive,
  proxy: Relay | undefined,
  draw: () => number,
): Promise<void> {
  if (!isProcessBlow(blow)) {
    if (blow === "cut") proxy!.cut();
    else if (blow === "down") proxy!.goDown();
    else proxy!.strikePeers(blow === "cut a link of" ? "cut" : "vanish", draw());
    return;
  }
  const processId = target === "driver" ? drive.child.pid : drive.workerOf(target)?.processId;
  if (processId === undefined || !isAlive(processId)) return;
  process.kill(processId, blow === "kill" ? "SIGKILL" : "SIGSTOP");
  if (blow !== "pause") return;
  await Promise.race([new Promise((resolve) => setTimeout(resolve, 1500)), drive.ended]);
  if (isAlive(processId)) process.kill(processId, "SIGCONT");
}

function inspectFolder(folder: string, name: string, metrics: string): string[] {
  const missing = ["metrics.jsonl", "checkpoints"].filter((file) => !existsSync(join(folder, name, file)));
  if (missing.length > 0) return [`it left no ${missing.join(" and no ")}`];
  const problems: string[] = [];
  const files = readdirSync(join(folder, name)).sort();
  const strays = files.filter((file) => !/^(manifest-\d{6}\.json|metrics\.jsonl|checkpoints)$/.test(file));
  if (strays.length > 0 || files.length !== 3) problems.push(`its folder has ${files.join(", ")}`);
  const checkpoints = readdirSync(join(folder, name, "checkpoints"))
    .sort()
    .join(", ");
  if (checkpoints !== "round-000025, round-000030") problems.push(`it kept ${checkpoints}`);
  if (readFileSync(join(folder, name, "metrics.jsonl"), "utf8") !== metrics) {
    problems.push("its metrics are not those of a run that nothing happened to");
  }
  return problems;
}

/** Numbers in [0, 1), the same for the same seed. */
function drawer(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let word = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    word = Math.imul(word ^ (word >>> 15), 0x735a2d97);
    return ((word ^ (word >>> 15)) >>> 0) / 2 ** 32;
  };
}
