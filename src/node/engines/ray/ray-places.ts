// Places on a Ray cluster: jobs that outlive their workers, see place-client.ts. Ray takes one to three seconds
// to start a job, so a worker that was lost gets a new process in the same job. A place is free when its program
// has come back and waits; one that does not come back is stopped like any job.

import { randomBytes } from "node:crypto";
import type { WorkerEnd, WorkerHandle } from "../../../distributed/hub/engine.ts";
import { checkVersion, takeCall, turnAway } from "../../../distributed/link/hello.ts";
import type { Channel, Link } from "../../../distributed/link/link.ts";
import { formatAddress, type Listener, listenOn } from "../../sockets/sockets.ts";
import type { RayJobGroup } from "./ray-job-group.ts";

/** How long a worker that was told to end may take to. */
const LEAVE_MS = 1000;
/** How long a program that ended may take to be there again. */
const RETURN_MS = 2000;

/** Variables that a job in a place must have in its environment. */
export type PlaceVariables = Readonly<Record<"COPPICE_PLACE" | "COPPICE_PLACE_KEY", string>>;

/** A worker of a place. */
interface Tenant {
  readonly environment: Readonly<Record<string, string>>;
  isStarted: boolean;
  /** Its process is gone. */
  readonly leave: () => void;
  readonly end: (end: WorkerEnd) => void;
}

/** One job, and the worker that it has now. */
export class RayPlace {
  readonly variables: PlaceVariables;
  readonly cpus: number;
  #group: RayJobGroup | undefined;
  #link: Link | undefined;
  #tenant: Tenant | undefined;
  /** Whose process has ended, and how is not yet known. */
  #departed: Tenant | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isGone = false;

  constructor(variables: PlaceVariables, cpus: number) {
    this.variables = variables;
    this.cpus = cpus;
  }

  /** Whether a worker can start here at once. */
  get isFree(): boolean {
    return this.#link !== undefined && this.#tenant === undefined && !this.#isGone;
  }

  /** Whether it will be free, or be given up, in a moment. */
  get isReturning(): boolean {
    return (
      this.#link === undefined && this.#tenant === undefined && this.#timer !== undefined && !this.#isGone
    );
  }

  /** Lets a worker in; it starts as soon as the program of the place is there. */
  assign(environment: Readonly<Record<string, string>>): WorkerHandle {
    let leave: () => void = () => {};
    let end: (end: WorkerEnd) => void = () => {};
    const ended = new Promise<WorkerEnd>((resolve) => {
      end = resolve;
    });
    const left = new Promise<void>((resolve) => {
      leave = resolve;
    });
    const tenant: Tenant = { environment, isStarted: false, leave, end };
    void ended.then(leave);
    this.#tenant = tenant;
    this.#start();
    return { ended, stop: () => this.#stop(tenant, left) };
  }

  /** The job that was submitted for the place. */
  settle(group: RayJobGroup): void {
    this.#group = group;
    void group.ended.then((end) => this.giveUp(end));
  }

  /** Nobody lives here any more, and nobody will. */
  giveUp(end: WorkerEnd): void {
    this.#isGone = true;
    clearTimeout(this.#timer);
    this.#departed?.end(end);
    this.#tenant?.end(end);
    this.#link?.close();
  }

  /** Its program says that it is there, and how the one before ended. */
  greet(link: Link, lastExit: number | null): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#link = link;
    link.onEnd(() => this.#lose(link));
    const departed = this.#departed;
    this.#departed = undefined;
    if (departed !== undefined) void this.#tellEnd(departed, lastExit);
    this.#start();
  }

  async #tellEnd(tenant: Tenant, lastExit: number | null): Promise<void> {
    const reason = lastExit !== null && lastExit > 128 ? `killed by signal ${lastExit - 128}` : "told to end";
    tenant.end({ reason, log: (await this.#group?.readLog()) ?? "" });
  }

  #start(): void {
    const tenant = this.#tenant;
    if (this.#link === undefined || tenant === undefined || tenant.isStarted) return;
    tenant.isStarted = true;
    this.#link.sendJson({ type: "launch", environment: tenant.environment });
  }

  #lose(link: Link): void {
    if (this.#link !== link || this.#isGone) return;
    this.#link = undefined;
    if (this.#tenant?.isStarted) {
      this.#tenant.leave();
      this.#departed = this.#tenant;
      this.#tenant = undefined;
    }
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#departed?.end({ reason: "its process ended", log: "" });
      void this.#group?.stop();
    }, RETURN_MS);
  }

  async #stop(tenant: Tenant, left: Promise<void>): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const isLate = new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(true), tenant.isStarted ? LEAVE_MS : 0);
    });
    const mustBeStopped = await Promise.race([left.then(() => false), isLate]);
    clearTimeout(timer);
    if (mustBeStopped) await this.#group?.stop();
  }

  /** Whether what is known of its machine speaks against it. */
  get isUnreachable(): boolean {
    return this.#group?.isUnreachable ?? false;
  }
}

/** The places of one run, and the port where they ask. */
export class RayPlaces {
  readonly #listener: Listener;
  readonly #places: Map<string, RayPlace> = new Map();

  private constructor(listener: Listener) {
    this.#listener = listener;
  }

  /** @throws {CoppiceError} INVALID_PARAMETER when the host is not this machine's */
  static async open(host: string): Promise<RayPlaces> {
    const opened: { places?: RayPlaces } = {};
    const listener = await listenOn(host, 0, (channel) => opened.places?.accept(channel));
    opened.places = new RayPlaces(listener);
    return opened.places;
  }

  accept(channel: Channel): void {
    takeCall(channel, (link, hello) => {
      checkVersion(hello);
      const place = this.#places.get(String(hello.key));
      if (place === undefined) turnAway("there is no such place");
      else place.greet(link, typeof hello.lastExit === "number" ? hello.lastExit : null);
    });
  }

  create(cpus: number): RayPlace {
    const key = randomBytes(16).toString("hex");
    const address = formatAddress(this.#listener.host, this.#listener.port);
    const place = new RayPlace({ COPPICE_PLACE: address, COPPICE_PLACE_KEY: key }, cpus);
    this.#places.set(key, place);
    return place;
  }

  remove({ variables }: RayPlace): void {
    this.#places.delete(variables.COPPICE_PLACE_KEY);
  }

  /** How many workers can start at once. */
  countFree(cpus: number): number {
    return this.#usable(cpus).filter(({ isFree }) => isFree).length;
  }

  get isReturning(): boolean {
    return [...this.#places.values()].some((place) => place.isReturning);
  }

  /** A free place; waits for those that will be free in a moment. */
  async take(cpus: number, assign: (place: RayPlace) => void): Promise<boolean> {
    while (true) {
      const free = this.#usable(cpus).find(({ isFree }) => isFree);
      if (free !== undefined) assign(free);
      if (free !== undefined || !this.isReturning) return free !== undefined;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  #usable(cpus: number): RayPlace[] {
    return [...this.#places.values()].filter((place) => place.cpus === cpus && !place.isUnreachable);
  }

  /** Takes no more calls. Whose jobs still run must be stopped by then. */
  close(): void {
    this.#listener.close();
    for (const place of this.#places.values()) place.giveUp({ reason: "the run is over", log: "" });
  }
}
