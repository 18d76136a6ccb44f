// The storm: a training, a random process, a random moment, and SIGKILL, SIGSTOP or a cut link. Each run must
// end, by itself or launched again, with the bytes of a run that nothing happened to, within its deadline, and
// leave neither a process nor a file that its manifest does not list.

import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { Drive, isAlive, temporaryFolder, waitUntil, writeSmallTable } from "./drive.ts";
import type { DriverRequest } from "./driver.ts";

export interface StormOptions {
  readonly runs: number;
  readonly seed: number;
  /** Told of each run. */
  readonly report?: ((line: string) => void) | undefined;
}

/** What is done to a run. */
type Blow = "kill" | "stop" | "pause" | "cut" | "down";

const ROUNDS = 30;
const DEADLINE_MS = 60_000;

/** Runs the storm. @returns what went wrong, in words; empty when nothing did */
export async function runStorm({ runs, seed, report }: StormOptions): Promise<string[]> {
  const folder = temporaryFolder();
  const problems: string[] = [];
  const draw = drawer(seed);
  try {
    const table = join(folder, "table.csv");
    writeSmallTable(table, 1500);
    const reference = new Drive(requestFor(folder, table, "reference", 1));
    await reference.ended;
    const digest = reference.done?.digest;
    if (digest === undefined) return [`the run without blows failed: ${reference.error?.message}`];
    const metrics = readFileSync(join(folder, "reference", "metrics.jsonl"), "utf8");
    for (let run = 0; run < runs; run++) {
      const name = `run-${run}`;
      const begin = performance.now();
      const blow = await strikeOne(folder, table, name, draw);
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
  table: string,
  name: string,
  workers: number,
  ports?: DriverRequest["proxy"],
): DriverRequest {
  return {
    options: {
      params: { objective: "multi:softprob", maxDepth: 4, subsample: 0.8 },
      totalRounds: ROUNDS,
      datasets: { train: table, valid: table },
      label: "y",
      table: { labelKind: "class" },
      scaling: { workers },
      run: {
        name,
        storage: folder,
        checkpoint: { everyRounds: 5, keep: 2 },
        failure: { maxFailures: 5 },
      },
    },
    ...(ports ? { proxy: ports } : {}),
  };
}

interface Outcome {
  readonly what: string;
  readonly digest: string | undefined;
  readonly problems: string[];
}

async function strikeOne(folder: string, table: string, name: string, draw: () => number): Promise<Outcome> {
  const workers = 2 + Math.floor(draw() * 2);
  const target = draw() < 0.25 ? "driver" : Math.floor(draw() * workers);
  const blows: readonly Blow[] =
    target === "driver" ? ["kill", "kill", "pause"] : ["kill", "kill", "stop", "pause", "cut", "down"];
  const blow = blows[Math.floor(draw() * blows.length)];
  const delayMs = Math.round(draw() * 2200);
  const what = `${blow} ${target === "driver" ? "the driver" : `worker ${target}`} of ${workers} after ${delayMs} ms`;
  const proxy = blow === "cut" || blow === "down" ? await Relay.open() : undefined;
  const request = requestFor(folder, table, name, workers, proxy?.ports);
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
  await strike(blow, target, drives[0], proxy);
  await drives[0].ended;
  if (drives[0].done === undefined && problems.length === 0) {
    if (target !== "driver") problems.push(`the driver ended: ${drives[0].error?.message}`);
    drives.push(new Drive(request));
    await drives[1].ended;
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

async function strike(
  blow: Blow,
  target: "driver" | number,
  drive: Drive,
  proxy: Relay | undefined,
): Promise<void> {
  const processId = target === "driver" ? drive.child.pid : drive.workerOf(target)?.processId;
  if (blow === "cut") proxy?.cut();
  else if (blow === "down") proxy?.goDown();
  if (proxy !== undefined || processId === undefined || !isAlive(processId)) return;
  process.kill(processId, blow === "kill" ? "SIGKILL" : "SIGSTOP");
  if (blow !== "pause") return;
  await Promise.race([new Promise((resolve) => setTimeout(resolve, 1500)), drive.ended]);
  if (isAlive(processId)) process.kill(processId, "SIGCONT");
}

function inspectFolder(folder: string, name: string, metrics: string): string[] {
  if (!existsSync(join(folder, name, "metrics.jsonl"))) return ["it left no run"];
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

/** Stands between the workers and the tracker. */
class Relay {
  readonly ports: { readonly trackerPort: number; readonly proxyPort: number };
  readonly #server: Server;
  readonly #sockets: Set<Socket> = new Set();
  #isDown = false;

  private constructor(server: Server, ports: Relay["ports"]) {
    this.#server = server;
    this.ports = ports;
    server.on("connection", (outer) => this.#forward(outer));
  }

  static async open(): Promise<Relay> {
    const trackerPort = await freePort();
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    return new Relay(server, { trackerPort, proxyPort: port });
  }

  #forward(outer: Socket): void {
    const inner = connect(this.ports.trackerPort, "127.0.0.1");
    for (const [from, to] of [
      [outer, inner],
      [inner, outer],
    ]) {
      this.#sockets.add(from);
      from.on("data", (chunk) => to.write(chunk));
      if (this.#isDown) from.pause();
      from.on("error", () => {});
      from.on("close", () => {
        this.#sockets.delete(from);
        to.destroy();
      });
    }
  }

  /** Every connection breaks. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** The link is down for six seconds: nothing arrives, nobody is told; what was sent arrives afterwards. */
  goDown(): void {
    this.#isDown = true;
    for (const socket of this.#sockets) socket.pause();
    setTimeout(() => {
      this.#isDown = false;
      for (const socket of this.#sockets) socket.resume();
    }, 6000).unref();
  }

  close(): void {
    this.cut();
    this.#server.close();
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
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
