// Workers as jobs of a Ray cluster that exists, through its dashboard's REST API: this package travels as a
// zip archive, each worker is a job with CPUs of its own, a job that has ended is deleted. Ray starts jobs
// one by one, whatever others need: so free CPUs are counted first, and the tracker's rendezvous has a deadline.
// A worker of this package that has a job of its own leaves it to the next one, see ray-places.ts.

import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { CoppiceError, showValue } from "../../../core/errors.ts";
import type { Engine, WorkerEnd, WorkerHandle, WorkerSpec } from "../../../distributed/hub/engine.ts";
import { RENDEZVOUS_MS } from "../../../distributed/link/patience.ts";
import { tlsFilesOf } from "../../attempt/launch.ts";
import { MAKES_ROOM } from "../../workers/place-client.ts";
import { addressTowards } from "../own-address.ts";
import { httpTransport, parseAddress } from "./http-transport.ts";
import { type ModulePackage, packModule } from "./module-package.ts";
import { groupEntrypoint, RayJobGroup, repeatEntrypoint, shellQuote } from "./ray-job-group.ts";
import { RayJobs } from "./ray-jobs.ts";
import { type RayPlace, RayPlaces } from "./ray-places.ts";

export interface RayOptions {
  /** Of Ray's dashboard, for example "http://head:8265". */
  readonly address: string;
  /** Of clusters that ask for one; sent as a bearer token. */
  readonly token?: string | undefined;
  /** Under what name or address of this machine workers reach the tracker; by default told from `address`. */
  readonly driverHost?: string | undefined;
  /** The command of Node 22.12 or later on the cluster's machines, "node" by default. */
  readonly node?: string | undefined;
  /** A command on the cluster's machines that runs a worker (`coppice worker`); then nothing is uploaded. */
  readonly command?: readonly string[] | undefined;
  /** Workers in one job; by default 1, or as many as keep the jobs below 30. */
  readonly workersPerJob?: number | undefined;
  /** Memory that Ray keeps free for each worker. */
  readonly memoryBytesPerWorker?: number | undefined;
  /** Custom resources of each worker, by name. */
  readonly resources?: Readonly<Record<string, number>> | undefined;
  /** Further variables of the workers' environment. */
  readonly environment?: Readonly<Record<string, string>> | undefined;
  /** The cluster grows with demand: ask for CPUs that are not there yet. */
  readonly isAutoscaling?: boolean | undefined;
  /** How long to wait for free CPUs, 10,000 by default. */
  readonly freeCpusMs?: number | undefined;
  /** How long workers may take to come together, 60,000 by default. */
  readonly rendezvousMs?: number | undefined;
}

const MAX_JOBS = 30;
const POLL_MS = 500;
const RETURN_POLL_MS = 100;
/** How long a cluster that has answered before may not answer: its dashboard may be started again. */
const AWAY_MS = 30_000;
/** When a machine was lost, a run that can go on with fewer workers waits no longer for others. */
const LOSS_MS = 1000;
/** SIGKILL comes three seconds after a stop. */
const STOP_MS = 6000;
const REMOVE_MS = 1000;
/** How long the end of a run waits for the deletion of its jobs. */
const CLOSE_MS = 8000;

/**
 * An engine that runs workers as jobs of a Ray cluster. Data and storage must be reachable from the
 * cluster's machines under the same paths.
 *
 * @example new Trainer({ ..., engine: ray({ address: "http://head:8265" }) })
 * @throws {CoppiceError} INVALID_PARAMETER when `address` is none
 */
export function ray(options: RayOptions): Engine {
  return new RayEngine(options);
}

/** Workers of one job, until all of them have been asked for. */
interface PendingGroup {
  readonly specs: WorkerSpec[];
  readonly started: Promise<RayJobGroup>;
  readonly resolve: (group: RayJobGroup) => void;
  readonly reject: (error: unknown) => void;
}

function openGroup(): PendingGroup {
  let settle: Pick<PendingGroup, "resolve" | "reject"> | undefined;
  const started = new Promise<RayJobGroup>((resolve, reject) => {
    settle = { resolve, reject };
  });
  // Whoever holds a handle learns of a failure there.
  started.catch(() => {});
  return { specs: [], started, ...settle! };
}

class RayEngine implements Engine {
  readonly name = "ray";
  readonly trackerHost: string;
  readonly rendezvousMs: number;
  readonly #options: RayOptions;
  readonly #jobs: RayJobs;
  #command: Promise<{ command: string; workingDir: string | undefined }> | undefined;
  /** Groups whose workers have not all been asked for. */
  readonly #pending: Map<string, PendingGroup> = new Map();
  readonly #running: Set<RayJobGroup> = new Set();
  /** By node: workers of earlier attempts whose CPUs must be free again. */
  readonly #freed: Map<string, number> = new Map();
  #wasReached = false;
  #places: Promise<RayPlaces> | undefined;

  constructor(options: RayOptions) {
    this.#options = options;
    this.trackerHost = options.driverHost ?? addressTowards(parseAddress(options.address).hostname);
    this.rendezvousMs = options.rendezvousMs ?? RENDEZVOUS_MS;
    this.#jobs = new RayJobs(httpTransport(options.address, { token: options.token }));
  }

  /**
   * Waits a little for CPUs, since a cluster tells some seconds late that they are free again; those of
   * workers of its own that have ended are known without asking, and so are machines that do not answer.
   */
  async countWorkers(wanted: number, cpusPerWorker: number, fewest: number = wanted): Promise<number> {
    const { isAutoscaling = false, freeCpusMs = 10_000 } = this.#options;
    if (isAutoscaling) return wanted;
    const begin = performance.now();
    while (true) {
      const own = await this.#places;
      const isReserved = own !== undefined && own.countFree(cpusPerWorker) >= wanted;
      if (isReserved) return wanted;
      const lost = this.#lostNodes();
      const cpus = await this.#patiently(() => this.#jobs.cpus(lost));
      if (cpus === undefined) return wanted;
      const places = cpus.nodes.reduce(
        (sum, node, i) =>
          sum + Math.max(Math.floor(cpus.free[i] / cpusPerWorker), this.#freed.get(node) ?? 0),
        own?.countFree(cpusPerWorker) ?? 0,
      );
      const waitedMs = performance.now() - begin;
      const isSettled = lost.size > 0 && places >= fewest && waitedMs > LOSS_MS;
      if (places >= wanted || isSettled || waitedMs > freeCpusMs) {
        // Those of this engine are taken by the attempt that asks.
        this.#freed.clear();
        return Math.min(wanted, places);
      }
      await new Promise((resolve) => setTimeout(resolve, own?.isReturning ? RETURN_POLL_MS : POLL_MS));
    }
  }

  /** Nodes that have a job of this engine which cannot be stopped. */
  #lostNodes(): Set<string> {
    const lost = [...this.#running].filter(({ isUnreachable }) => isUnreachable);
    return new Set(lost.map(({ nodeId }) => nodeId as string));
  }

  /** Asks again while a cluster that was there before does not answer. */
  async #patiently<T>(question: () => Promise<T>): Promise<T> {
    const deadline = performance.now() + AWAY_MS;
    while (true) {
      try {
        const answer = await question();
        this.#wasReached = true;
        return answer;
      } catch (error) {
        const isAway = error instanceof CoppiceError && ["TIMEOUT", "PEER_LOST"].includes(error.code);
        if (!isAway || !this.#wasReached || performance.now() > deadline) throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  /** The job of a group is submitted with the group's last worker. */
  async launch(spec: WorkerSpec): Promise<WorkerHandle> {
    const size = this.#groupSize(spec.worldSize);
    // What is told to places is not encrypted, and a program of others knows nothing of them.
    const usesPlaces =
      size === 1 && this.#options.command === undefined && tlsFilesOf(spec.environment) === undefined;
    if (usesPlaces) return this.#launchInPlace(spec);
    const group = Math.floor(spec.rank / size);
    const key = `${spec.run}/${spec.attempt}/${group}`;
    let pending = this.#pending.get(key);
    if (pending === undefined) {
      pending = openGroup();
      this.#pending.set(key, pending);
    }
    pending.specs.push(spec);
    if (pending.specs.length === Math.min(size, spec.worldSize - group * size)) {
      this.#pending.delete(key);
      try {
        pending.resolve(await this.#submit(pending.specs));
      } catch (error) {
        pending.reject(error);
        throw error;
      }
    }
    return handleOf(pending);
  }

  async #launchInPlace(spec: WorkerSpec): Promise<WorkerHandle> {
    this.#places ??= RayPlaces.open(this.trackerHost);
    const places = await this.#places;
    let handle: WorkerHandle | undefined;
    const isTaken = await places.take(spec.cpus, (place) => {
      handle = place.assign(spec.environment);
    });
    if (isTaken) return handle as WorkerHandle;
    const place = places.create(spec.cpus);
    handle = place.assign(spec.environment);
    try {
      const group = await this.#submit([spec], place);
      place.settle(group);
      void group.ended.then(() => places.remove(place));
      return handle;
    } catch (error) {
      places.remove(place);
      throw error;
    }
  }

  async close(): Promise<void> {
    for (const { reject } of this.#pending.values()) reject(new Error("never submitted"));
    this.#pending.clear();
    const groups = [...this.#running].filter(({ isUnreachable }) => !isUnreachable);
    await Promise.all(groups.map((group) => group.stop()));
    const places = await this.#places;
    this.#places = undefined;
    places?.close();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const patience = new Promise((resolve) => {
      timer = setTimeout(resolve, CLOSE_MS);
    });
    await Promise.race([Promise.all(groups.map(({ forgotten }) => forgotten)), patience]);
    clearTimeout(timer);
  }

  #groupSize(worldSize: number): number {
    const size = this.#options.workersPerJob ?? Math.ceil(worldSize / MAX_JOBS);
    if (Number.isInteger(size) && size > 0) return size;
    throw new CoppiceError(
      "INVALID_PARAMETER",
      `\`workersPerJob\` must be an integer of at least 1, got ${showValue(size)}`,
    );
  }

  async #submit(specs: readonly WorkerSpec[], place?: RayPlace): Promise<RayJobGroup> {
    const { environment, memoryBytesPerWorker, resources } = this.#options;
    // Kept for later attempts, unless it failed.
    this.#command ??= this.#prepare().catch((error) => {
      this.#command = undefined;
      throw error;
    });
    const { command, workingDir } = await this.#command;
    const [first] = specs;
    const name = first.run.replace(/[^\w-]/g, "_").slice(0, 60);
    const count = specs.length;
    const group = await RayJobGroup.start(
      this.#jobs,
      {
        entrypoint:
          place === undefined
            ? groupEntrypoint(
                command,
                specs.map(({ rank }) => rank),
              )
            : repeatEntrypoint(command, MAKES_ROOM),
        submissionId: `coppice-${name}-${first.attempt}-${first.rank}-${randomBytes(4).toString("hex")}`,
        cpus: first.cpus * count,
        memoryBytes: memoryBytesPerWorker && memoryBytesPerWorker * count,
        resources: resources && multiply(resources, count),
        avoidedNodes: [...this.#lostNodes()],
        workingDir,
        environment: { ...environment, ...(place?.variables ?? first.environment) },
        metadata: { coppiceRun: first.run, coppiceAttempt: String(first.attempt) },
      },
      {
        pollMs: Math.max(POLL_MS, 50 * Math.ceil(first.worldSize / count)),
        stopMs: STOP_MS,
        removeMs: REMOVE_MS,
      },
    );
    this.#running.add(group);
    void group.ended.then(() => {
      const { nodeId, isMachineLost } = group;
      if (nodeId === undefined || isMachineLost) return;
      this.#freed.set(nodeId, (this.#freed.get(nodeId) ?? 0) + count);
    });
    void group.forgotten.then(() => this.#running.delete(group));
    return group;
  }

  async #prepare(): Promise<{ command: string; workingDir: string | undefined }> {
    const { command, node = "node" } = this.#options;
    await this.#jobs.version();
    if (command !== undefined) {
      return { command: command.map(shellQuote).join(" "), workingDir: undefined };
    }
    const packed = ownProgram();
    const workingDir = await this.#jobs.putPackage(packed.hash, () => packed.zip());
    return { command: [node, packed.entry].map(shellQuote).join(" "), workingDir };
  }
}

function handleOf({ started }: PendingGroup): WorkerHandle {
  const ended = started.then(
    (group) => group.ended,
    (error): WorkerEnd => ({ reason: error instanceof Error ? error.message : String(error), log: "" }),
  );
  const stop = async () => {
    await started.then(
      (group) => group.stop(),
      () => {},
    );
  };
  return { ended, stop };
}

function multiply(resources: Readonly<Record<string, number>>, count: number): Record<string, number> {
  return Object.fromEntries(Object.entries(resources).map(([name, amount]) => [name, amount * count]));
}

let packed: ModulePackage | undefined;

/** The worker program of this very build; running from source, the one of the last build. */
function ownProgram(): ModulePackage {
  const candidates = [
    "../../workers/cluster-worker-main.js",
    "../../../../dist/node/workers/cluster-worker-main.js",
  ].map((path) => fileURLToPath(new URL(path, import.meta.url)));
  packed ??= packModule(candidates.find((path) => existsSync(path)) ?? candidates[0]);
  return packed;
}
