// Workers that travel as one Ray job: usually one, several where a cluster would get too many jobs (Ray's
// reports get unstable above about thirty at once). The job's command is a few words of shell that start
// every worker and end with the first bad exit code.

import { CoppiceError } from "../../../core/errors.ts";
import type { WorkerEnd } from "../../../distributed/hub/engine.ts";
import { launchVariables } from "../../attempt/launch.ts";
import { isFinal, type RayJob, type RayJobSpec, type RayJobs } from "./ray-jobs.ts";

export interface RayJobTimes {
  /** Between looks at a job. */
  readonly pollMs: number;
  /** How long `stop` waits for the end of the job. */
  readonly stopMs: number;
  /** Between a deletion and the look whether it lasted. */
  readonly removeMs: number;
}

const LOG_LINES = 40;
const STOP_POLL_MS = 200;
const REMOVALS = 8;
/** Ray takes 18 s to tell that a machine died, 64 s that it cannot be reached. */
const FORGET_MS = 120_000;
/** A job that runs on so long after a stop may be on such a machine. */
const PROBE_AFTER_MS = 400;
/** How long a machine that is alive may take to answer. */
const PROBE_MS = 2000;

/**
 * Shell that runs `command` once per rank with COPPICE_RANK set, and ends the others when one fails. A
 * single worker has its rank from the job's environment.
 */
export function groupEntrypoint(command: string, ranks: readonly number[]): string {
  if (ranks.length === 1) return `exec ${command}`;
  const start = `for r in ${ranks.join(" ")}; do ${launchVariables.rank}=$r ${command} & p="$p $!"; done`;
  const end = "for q in $p; do wait $q || { s=$?; kill $p 2>/dev/null; exit $s; }; done";
  // A stop is a SIGTERM to the whole group of processes, so the workers get it too.
  return `p=; ${start}; ${end}`;
}

/**
 * Shell that runs `command` again whenever it was killed or ends with `again`, and tells it in
 * COPPICE_LAST_EXIT how it ended before. A stop ends both.
 */
export function repeatEntrypoint(command: string, again: number): string {
  return (
    "trap 'exit 143' TERM; s=; " +
    `while :; do COPPICE_LAST_EXIT=$s ${command}; s=$?; [ $s = ${again} ] || [ $s -gt 128 ] || exit $s; done`
  );
}

/** A word of shell that means `text` and nothing else. */
export function shellQuote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

export class RayJobGroup {
  /** Fulfilled when the job has ended; never rejects. */
  readonly ended: Promise<WorkerEnd>;
  /** Fulfilled when the cluster has forgotten the job, or does not want to; never rejects. */
  readonly forgotten: Promise<void>;
  readonly #jobs: RayJobs;
  readonly #spec: RayJobSpec;
  readonly #times: RayJobTimes;
  #isStopping = false;
  #isMachineLost = false;
  #isUnreachable = false;
  #hasEnded = false;
  #nodeId: string | undefined;
  #wake: () => void = () => {};

  private constructor(jobs: RayJobs, spec: RayJobSpec, times: RayJobTimes) {
    this.#jobs = jobs;
    this.#spec = spec;
    this.#times = times;
    this.ended = this.#watch().finally(() => {
      this.#hasEnded = true;
    });
    this.forgotten = this.ended.then(() => this.#remove());
  }

  /** @throws {CoppiceError} when the cluster does not take the job */
  static async start(jobs: RayJobs, spec: RayJobSpec, times: RayJobTimes): Promise<RayJobGroup> {
    try {
      await jobs.submit(spec);
    } catch (error) {
      // Without an answer the job may run all the same; another submission of the same id would be refused.
      const isUnknown = error instanceof CoppiceError && ["TIMEOUT", "PEER_LOST"].includes(error.code);
      const found = isUnknown ? await jobs.find(spec.submissionId).catch(() => undefined) : undefined;
      if (found === undefined) throw error;
    }
    return new RayJobGroup(jobs, spec, times);
  }

  /** Whether the job ended in a way that says that its CPUs are not there any more. */
  get isMachineLost(): boolean {
    return this.#isMachineLost;
  }

  /** Whether the job cannot be stopped since its machine does not answer; Ray may not know it yet. */
  get isUnreachable(): boolean {
    return this.#isUnreachable && !this.#hasEnded;
  }

  /** The node that the job runs on, once Ray has told. */
  get nodeId(): string | undefined {
    return this.#nodeId;
  }

  /**
   * Ends the job and waits until it is gone, or until it has had long enough, or until it is plain that its
   * machine does not answer: of a machine that died Ray says so much later. The workers are fenced by then,
   * and the job is deleted when Ray knows its end.
   */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#wake();
    const timers: ReturnType<typeof setTimeout>[] = [];
    const after = (milliseconds: number) =>
      new Promise<void>((resolve) => {
        timers.push(setTimeout(resolve, milliseconds));
      });
    const patience = Promise.race([this.ended, after(this.#times.stopMs)]);
    const loss = after(PROBE_AFTER_MS)
      .then(() => this.#probe(after(PROBE_MS)))
      .then(() => (this.#isUnreachable ? undefined : patience));
    await Promise.race([patience, loss]);
    for (const timer of timers) clearTimeout(timer);
  }

  /** Asks for something that only the machine itself can answer: Ray's head fetches logs from there. */
  async #probe(isLate: Promise<void>): Promise<void> {
    if (this.#hasEnded || this.#nodeId === undefined) return;
    const logs = this.#ask((id) => this.#jobs.logs(id));
    const isSilent = await Promise.race([
      logs.then((answer) => answer?.isAnswered === true && answer.value === undefined),
      isLate.then(() => true),
    ]);
    // A dashboard that is away says nothing about the machine.
    if (isSilent && (await this.#ask((id) => this.#jobs.find(id))) !== undefined) this.#isUnreachable = true;
  }

  /** A dashboard that does not answer says nothing about the job: the tracker hears of dead workers itself. */
  async #watch(): Promise<WorkerEnd> {
    let stoppedAt: number | undefined;
    while (true) {
      if (this.#isStopping && stoppedAt === undefined) {
        stoppedAt = performance.now();
        await this.#ask((id) => this.#jobs.stop(id));
      }
      const job = await this.#ask((id) => this.#jobs.find(id));
      this.#nodeId = job?.value?.nodeId ?? this.#nodeId;
      if (job?.isAnswered && job.value === undefined) return { reason: "Ray has forgotten the job", log: "" };
      if (job?.value !== undefined && isFinal(job.value.status)) return await this.#finish(job.value);
      if (stoppedAt !== undefined && performance.now() > stoppedAt + FORGET_MS) {
        this.#isMachineLost = true;
        return { reason: "Ray could not stop the job", log: "" };
      }
      await this.#pause();
    }
  }

  async #finish(job: RayJob): Promise<WorkerEnd> {
    const { submissionId } = this.#spec;
    this.#isMachineLost = job.status === "FAILED" && job.exitCode === null;
    return { reason: describeEnd(job, submissionId), log: await this.readLog() };
  }

  /** The last lines that the job has written; empty where Ray does not have them. */
  async readLog(): Promise<string> {
    const logs = await this.#ask((id) => this.#jobs.logs(id));
    return (logs?.value ?? "").trimEnd().split("\n").slice(-LOG_LINES).join("\n");
  }

  /**
   * Deletes the job until it stays deleted: Ray's supervisor of a job that ended a moment ago writes its
   * record again when it ends itself.
   */
  async #remove(): Promise<void> {
    let absences = 0;
    for (let i = 0; i < REMOVALS && absences < 2; i++) {
      await this.#ask((id) => this.#jobs.remove(id));
      await new Promise((resolve) => setTimeout(resolve, this.#times.removeMs));
      const job = await this.#ask((id) => this.#jobs.find(id));
      absences = job?.isAnswered && job.value === undefined ? absences + 1 : 0;
    }
  }

  async #ask<T>(question: (id: string) => Promise<T>): Promise<{ isAnswered: true; value: T } | undefined> {
    try {
      return { isAnswered: true, value: await question(this.#spec.submissionId) };
    } catch {
      return undefined;
    }
  }

  #pause(): Promise<void> {
    const { pollMs } = this.#times;
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, this.#isStopping ? Math.min(STOP_POLL_MS, pollMs) : pollMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

function describeEnd({ status, exitCode, message }: RayJob, submissionId: string): string {
  if (status === "SUCCEEDED") return "exit code 0";
  if (status === "STOPPED") return "stopped through Ray";
  if (exitCode !== null) return exitCode < 0 ? `killed by signal ${-exitCode}` : `exit code ${exitCode}`;
  return `Ray job ${submissionId} failed: ${message.split("\n")[0].slice(0, 300)}`;
}
