// Starts a driver process (driver.ts) and follows it: its workers' process ids, its rounds, its end.

import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { rootFolder } from "../../machine.ts";
import type { DriverLine, DriverRequest } from "./driver.ts";

export interface WorkerProcess {
  readonly rank: number;
  readonly attempt: number;
  readonly processId: number;
}

/** A driver that runs. */
export class Drive {
  readonly child: ChildProcess;
  /** Every worker that was started, the last attempt's at the end. */
  readonly workers: WorkerProcess[] = [];
  readonly lines: DriverLine[] = [];
  /** Fulfilled when the process has ended. */
  readonly ended: Promise<void>;
  readonly #listeners: Set<(line: DriverLine) => void> = new Set();
  log = "";

  constructor(request: DriverRequest) {
    this.child = spawn(
      process.execPath,
      [`${rootFolder}test/node/trainer/driver.ts`, JSON.stringify(request)],
      {
        stdio: ["ignore", "pipe", "pipe"],
      },
    );
    const lines = createInterface({ input: this.child.stdout! });
    lines.on("line", (text) => this.#take(JSON.parse(text) as DriverLine));
    this.child.stderr!.on("data", (text) => {
      this.log += text;
    });
    this.ended = new Promise((resolve) => this.child.once("close", () => resolve()));
  }

  #take(line: DriverLine): void {
    this.lines.push(line);
    if (line.type === "worker") this.workers.push(line);
    for (const listener of this.#listeners) listener(line);
  }

  /** The first line, past ones included, that `isWanted`; undefined when the driver ended before. */
  async line<T extends DriverLine>(isWanted: (line: DriverLine) => line is T): Promise<T | undefined> {
    const past = this.lines.find(isWanted);
    if (past !== undefined) return past;
    return new Promise((resolve) => {
      const listener = (line: DriverLine) => {
        if (isWanted(line)) resolve(line);
      };
      this.#listeners.add(listener);
      void this.ended.then(() => resolve(undefined));
    });
  }

  /** Fulfilled once that round was told of. */
  async reachRound(round: number): Promise<void> {
    await this.line(
      (line): line is DriverLine & { type: "round" } => line.type === "round" && line.round >= round,
    );
  }

  /** The end of a training; undefined when the driver was killed. */
  get done(): (DriverLine & { type: "done" }) | undefined {
    return this.lines.find((line) => line.type === "done");
  }

  get error(): (DriverLine & { type: "error" }) | undefined {
    return this.lines.find((line) => line.type === "error");
  }

  /** The process of a rank in the newest attempt. */
  workerOf(rank: number): WorkerProcess | undefined {
    return this.workers.findLast((worker) => worker.rank === rank);
  }

  /** Workers that still run. */
  get survivors(): WorkerProcess[] {
    return this.workers.filter(({ processId }) => isAlive(processId));
  }
}

/** A training of two workers on the `table.csv` of a folder, which is also its storage; it goes on after failures. */
export function sturdyTraining(
  folder: string,
  name: string,
  totalRounds: number,
): DriverRequest["options"] & { readonly run: object } {
  const table = join(folder, "table.csv");
  return {
    params: { objective: "multi:softprob", maxDepth: 4, subsample: 0.8 },
    totalRounds,
    datasets: { train: table, valid: table },
    label: "y",
    table: { labelKind: "class" },
    scaling: { workers: 2 },
    run: { name, storage: folder, checkpoint: { everyRounds: 5, keep: 2 }, failure: { maxFailures: 5 } },
  };
}

/** Whether a process runs; one that has ended and that nobody has asked about yet does not. */
export function isAlive(processId: number): boolean {
  try {
    process.kill(processId, 0);
  } catch {
    return false;
  }
  try {
    return !/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${processId}/stat`, "utf8"));
  } catch {
    // No Linux, or it has gone meanwhile.
    return process.platform !== "linux";
  }
}

/** Waits until `isTrue` or the time is up; says whether it is true. */
export async function waitUntil(isTrue: () => boolean, timeoutMs: number): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  while (!isTrue()) {
    if (performance.now() > deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return true;
}

/** The arguments with which `coppice` trains on a small table. */
export function trainingOn(table: string, rounds: number): string[] {
  return ["train", "--data", table, "--label", "y", "--objective", "multi:softprob", "--rounds", `${rounds}`];
}

/** A small table with numbers, gaps, texts and three classes, as CSV; the same for the same seed. */
export function writeSmallTable(path: string, rowCount: number, seed = 7): void {
  let state = seed;
  const draw = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const lines = ["a,b,c,y"];
  for (let row = 0; row < rowCount; row++) {
    const [a, b] = [draw(), draw()];
    const c = ["pine", "fir", "willow", "aspen"][Math.floor(draw() * 4)];
    const score = a + b + (c === "fir" ? 0.5 : 0) + 0.3 * draw();
    const y = ["low", "middle", "high"][Math.min(2, Math.floor(score * 1.3))];
    lines.push(`${a.toFixed(4)},${draw() < 0.1 ? "" : b.toFixed(3)},${c},${y}`);
  }
  writeFileSync(path, `${lines.join("\n")}\n`);
}

export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), "coppice-distributed-"));
}
