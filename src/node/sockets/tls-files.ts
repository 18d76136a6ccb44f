// Optional TLS between a driver and its workers and among workers: each side shows a certificate, and both must be
// signed by the authority of the run. Names are not checked: who has a key of the authority belongs to the run,
// wherever it was started.

import { readFileSync } from "node:fs";
import { CoppiceError } from "../../core/errors.ts";
import { pathOf } from "../files/files.ts";

/** Paths of PEM files, as every worker sees them. */
export interface TlsFiles {
  readonly certificate: string;
  readonly key: string;
  /** The certificate of the authority that has signed `certificate`. */
  readonly authority: string;
}

/** The contents of the files, as node:tls takes them. */
export interface TlsMaterial {
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
}

const VARIABLES = {
  certificate: "COPPICE_TLS_CERTIFICATE",
  key: "COPPICE_TLS_KEY",
  authority: "COPPICE_TLS_AUTHORITY",
} as const;

/** The variables that tell a worker of the files. */
export function tlsEnvironment(files: TlsFiles | undefined): Record<string, string> {
  if (files === undefined) return {};
  return Object.fromEntries(
    Object.entries(VARIABLES).map(([part, variable]) => [variable, files[part as keyof TlsFiles]]),
  );
}

/** The files that the variables name; undefined when none is set. @throws {CoppiceError} INVALID_PARAMETER */
export function tlsFilesOf(environment: Readonly<Record<string, string | undefined>>): TlsFiles | undefined {
  const given = Object.values(VARIABLES).filter((variable) => environment[variable] !== undefined);
  if (given.length === 0) return undefined;
  const missing = Object.values(VARIABLES).find((variable) => environment[variable] === undefined);
  if (missing !== undefined) {
    throw new CoppiceError("INVALID_PARAMETER", `${given[0]} needs ${missing} beside it`, {
      parameter: missing,
    });
  }
  return {
    certificate: environment[VARIABLES.certificate]!,
    key: environment[VARIABLES.key]!,
    authority: environment[VARIABLES.authority]!,
  };
}

/** @throws {CoppiceError} INVALID_PARAMETER when a file cannot be read */
export function readTls(files: TlsFiles | undefined): TlsMaterial | undefined {
  if (files === undefined) return undefined;
  const read = (path: string) => {
    try {
      return readFileSync(pathOf(path), "utf8");
    } catch (cause) {
      throw new CoppiceError(
        "INVALID_PARAMETER",
        `cannot read the PEM file ${path}: ${(cause as Error).message}`,
        { path },
        cause,
      );
    }
  };
  return { cert: read(files.certificate), key: read(files.key), ca: read(files.authority) };
}
