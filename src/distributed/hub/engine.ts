// Who starts the worker processes of an attempt: an engine that exists, not a scheduler of ours. An engine
// knows nothing of training; it starts one program per rank with a few variables in its environment, says
// when one has ended, and stops what it has started.

/** One process to start. */
export interface WorkerSpec {
  /** Of the run; with attempt and rank it names the process. */
  readonly run: string;
  readonly attempt: number;
  readonly rank: number;
  readonly worldSize: number;
  readonly cpus: number;
  /** What the worker program reads, see `readLaunch`. Holds the attempt's token: not to be shown. */
  readonly environment: Readonly<Record<string, string>>;
}

/** How a process ended. */
export interface WorkerEnd {
  /** In words: "exit code 1", "killed by SIGKILL". */
  readonly reason: string;
  /** The last lines that it wrote, where the engine has them. */
  readonly log: string;
}

/** The end of a process as part of a message. */
export function describeEnd({ reason, log }: WorkerEnd): string {
  return log.trim() === "" ? reason : `${reason}; its last words:\n${log.trim()}`;
}

export interface WorkerHandle {
  /** Fulfilled when the process has ended; never rejects. */
  readonly ended: Promise<WorkerEnd>;
  /** Ends the process, whatever it does, and waits until it is gone. */
  stop(): Promise<void>;
}

export interface Engine {
  readonly name: string;
  /** Where the tracker listens; by default on this machine only. */
  readonly trackerHost?: string | undefined;
  readonly trackerPort?: number | undefined;
  /** Under what address workers reach the tracker, when it is not where it listens. */
  readonly trackerAddress?: string | undefined;
  /** What processes that someone else has started know of the attempt; by default it is made up. */
  readonly token?: string | undefined;
  readonly run?: string | undefined;
  readonly attempt?: number | undefined;
  /** Whether a lost worker can be started again; true by default. */
  readonly canRestart?: boolean | undefined;
  /** How long the workers of an attempt may take to come together; by default 60 s. */
  readonly rendezvousMs?: number | undefined;
  /**
   * The largest number of workers that can run now; by default as many as asked for.
   *
   * @param fewest with how many the caller would go on; by default all that are wanted
   */
  countWorkers?(wanted: number, cpusPerWorker: number, fewest?: number): Promise<number>;
  /** @throws {CoppiceError} when the process cannot be started */
  launch(spec: WorkerSpec): Promise<WorkerHandle>;
  /** Gives back what the engine holds. */
  close?(): Promise<void>;
}
