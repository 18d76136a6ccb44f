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
