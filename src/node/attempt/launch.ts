// How a worker process learns who it is: from our own variables, which the driver writes, else from those that
// MPI, Slurm, torchrun-style launchers and Kubernetes Indexed Jobs set.

import { CoppiceError, showValue } from "../../core/errors.ts";
import type { AttemptKey } from "../../distributed/link/hello.ts";
import { RENDEZVOUS_MS } from "../../distributed/link/patience.ts";
import type { TlsFiles } from "../sockets/tls-files.ts";

export interface Launch extends AttemptKey {
  readonly rank: number;
  readonly worldSize: number;
  /** Where the tracker listens, "host:port". */
  readonly tracker: string;
  /** How long to wait for the tracker and for the peers. */
  readonly rendezvousMs: number;
  readonly tls: TlsFiles | undefined;
}

/** Our variables, by what they tell. */
export const launchVariables = {
  rank: "COPPICE_RANK",
  worldSize: "COPPICE_WORLD_SIZE",
  tracker: "COPPICE_TRACKER",
  token: "COPPICE_TOKEN",
  run: "COPPICE_RUN",
  attempt: "COPPICE_ATTEMPT",
  /** Whole seconds. */
  rendezvousMs: "COPPICE_RENDEZVOUS_SECONDS",
} as const satisfies { readonly [Name in Exclude<keyof Launch, "tls">]: string };

/** Paths of PEM files. */
const tlsVariables = {
  certificate: "COPPICE_TLS_CERTIFICATE",
  key: "COPPICE_TLS_KEY",
  authority: "COPPICE_TLS_AUTHORITY",
} as const satisfies { readonly [Name in keyof TlsFiles]: string };

type Environment = Readonly<Record<string, string | undefined>>;

/** The pairs of rank and world size, in the order in which they are looked for. */
const PAIRS: readonly (readonly [rank: string, worldSize: string])[] = [
  [launchVariables.rank, launchVariables.worldSize],
  ["OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"],
  ["SLURM_PROCID", "SLURM_NTASKS"],
  ["RANK", "WORLD_SIZE"],
  ["JOB_COMPLETION_INDEX", launchVariables.worldSize],
];

/** Where the tracker listens, unless an address says it. */
export const DEFAULT_PORT = 29_400;

/** The environment of a worker, which `readLaunch` reads there. */
export function launchEnvironment({ tls, ...launch }: Launch): Record<string, string> {
  const values = { ...launch, rendezvousMs: Math.ceil(launch.rendezvousMs / 1000) };
  return { ...nameValues(launchVariables, values), ...(tls && nameValues(tlsVariables, tls)) };
}

function nameValues<Name extends string>(
  variables: Readonly<Record<Name, string>>,
  values: Readonly<Record<Name, string | number>>,
): Record<string, string> {
  const names = Object.keys(variables) as Name[];
  return Object.fromEntries(names.map((name) => [variables[name], String(values[name])]));
}

/** The files of TLS that the variables name; undefined when none is set. @throws {CoppiceError} INVALID_PARAMETER */
export function tlsFilesOf(environment: Environment): TlsFiles | undefined {
  const { certificate, key, authority } = tlsVariables;
  const variables = [certificate, key, authority];
  const given = variables.find((variable) => environment[variable] !== undefined);
  if (given === undefined) return undefined;
  const missing = variables.find((variable) => environment[variable] === undefined);
  if (missing !== undefined) {
    throw new CoppiceError("INVALID_PARAMETER", `${given} needs ${missing} beside it`, {
      parameter: missing,
    });
  }
  return {
    certificate: environment[certificate]!,
    key: environment[key]!,
    authority: environment[authority]!,
  };
}

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
  const isSet = (variable: string) => environment[variable] !== undefined;
  return {
    rank,
    worldSize,
    attempt: isSet(launchVariables.attempt) ? readInteger(environment, launchVariables.attempt, 1) : 1,
    run: environment[launchVariables.run] ?? "run",
    token: environment[launchVariables.token] ?? "",
    tracker: readTracker(environment),
    rendezvousMs: isSet(launchVariables.rendezvousMs)
      ? 1000 * readInteger(environment, launchVariables.rendezvousMs, 1)
      : RENDEZVOUS_MS,
    tls: tlsFilesOf(environment),
  };
}

/** The tracker's address; MASTER_ADDR and MASTER_PORT where ours is not set. */
function readTracker(environment: Environment): string {
  const { MASTER_ADDR, MASTER_PORT } = environment;
  const own = environment[launchVariables.tracker];
  if (own !== undefined) return own;
  if (MASTER_ADDR !== undefined) return `${MASTER_ADDR}:${MASTER_PORT ?? DEFAULT_PORT}`;
  throw new CoppiceError(
    "INVALID_PARAMETER",
    `a worker needs the tracker's address in ${launchVariables.tracker} (host:port), or in MASTER_ADDR and MASTER_PORT`,
  );
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
