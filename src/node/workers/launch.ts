// How a worker process learns who it is: from our own variables, else from those that MPI, Slurm,
// torchrun-style launchers and Kubernetes Indexed Jobs set.

import { CoppiceError, showValue } from "../../core/errors.ts";
import type { AttemptKey } from "../../distributed/link/hello.ts";

export interface Launch extends AttemptKey {
  readonly rank: number;
  readonly worldSize: number;
  /** Where the tracker listens, "host:port". */
  readonly tracker: string;
  /** How long to wait for the tracker and for the peers. */
  readonly rendezvousMs: number;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The pairs of rank and world size, in the order in which they are looked for. */
const PAIRS: readonly (readonly [rank: string, worldSize: string])[] = [
  ["COPPICE_RANK", "COPPICE_WORLD_SIZE"],
  ["OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"],
  ["SLURM_PROCID", "SLURM_NTASKS"],
  ["RANK", "WORLD_SIZE"],
  ["JOB_COMPLETION_INDEX", "COPPICE_WORLD_SIZE"],
];

const DEFAULT_PORT = 29_400;
const DEFAULT_RENDEZVOUS_SECONDS = 60;

/**
 * Reads who this process is.
 *
 * @throws {CoppiceError} INVALID_PARAMETER naming the variable that is missing or wrong
 */
export function readLaunch(environment: Environment): Launch {
  const pair = PAIRS.find(([rank]) => environment[rank] !== undefined);
  if (pair === undefined) {
    throw new CoppiceError(
      "INVALID_PARAMETER",
      `a worker needs its rank in one of the variables ${PAIRS.map(([rank]) => rank).join(", ")}`,
    );
  }
  const worldSize = readInteger(environment, pair[1], 1, 65_536);
  const rank = readInteger(environment, pair[0], 0, worldSize - 1);
  const attempt =
    environment.COPPICE_ATTEMPT === undefined ? 1 : readInteger(environment, "COPPICE_ATTEMPT", 1);
  return {
    rank,
    worldSize,
    attempt,
    run: environment.COPPICE_RUN ?? "run",
    token: environment.COPPICE_TOKEN ?? "",
    tracker: readTracker(environment),
    rendezvousMs: 1000 * readSeconds(environment),
  };
}

/** The tracker's address; MASTER_ADDR and MASTER_PORT where ours is not set. */
function readTracker(environment: Environment): string {
  const { COPPICE_TRACKER, MASTER_ADDR, MASTER_PORT } = environment;
  if (COPPICE_TRACKER !== undefined) return COPPICE_TRACKER;
  if (MASTER_ADDR !== undefined) return `${MASTER_ADDR}:${MASTER_PORT ?? DEFAULT_PORT}`;
  throw new CoppiceError(
    "INVALID_PARAMETER",
    "a worker needs the tracker's address in COPPICE_TRACKER (host:port), or in MASTER_ADDR and MASTER_PORT",
  );
}

function readSeconds(environment: Environment): number {
  const name = "COPPICE_RENDEZVOUS_SECONDS";
  return environment[name] === undefined ? DEFAULT_RENDEZVOUS_SECONDS : readInteger(environment, name, 1);
}

function readInteger(
  environment: Environment,
  name: string,
  minimum: number,
  maximum: number = Number.MAX_SAFE_INTEGER,
): number {
  const text = environment[name];
  const value = text === undefined || text.trim() === "" ? Number.NaN : Number(text);
  if (Number.isInteger(value) && value >= minimum && value <= maximum) return value;
  const range =
    maximum === Number.MAX_SAFE_INTEGER ? `of at least ${minimum}` : `in [${minimum}, ${maximum}]`;
  throw new CoppiceError(
    "INVALID_PARAMETER",
    `the variable ${name} must be an integer ${range}, got ${showValue(text)}`,
    { parameter: name },
  );
}
