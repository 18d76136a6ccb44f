// The first frame of every connection: who calls, for which run and attempt, and the attempt's token.
// Whoever does not know the token, speaks another version or belongs to another attempt is turned away.

import { CoppiceError } from "../../core/errors.ts";

export const protocolVersion = 3;

/** What identifies one attempt at a run; a token is known to its processes only. */
export interface AttemptKey {
  readonly run: string;
  readonly attempt: number;
  readonly token: string;
}

export type HelloRole = "worker" | "heartbeat" | "peer";

export interface Hello extends AttemptKey {
  readonly version: number;
  readonly role: HelloRole;
  readonly rank: number;
  /** Where the worker's peers reach it, "host:port"; only of role "worker". */
  readonly address?: string | undefined;
}

/**
 * Checks a hello against what is expected.
 *
 * @throws {CoppiceError} INVALID_DATA saying what does not fit; the token is never repeated
 */
export function checkHello(message: Record<string, unknown>, key: AttemptKey, worldSize: number): Hello {
  const { version, run, attempt, token, role, rank, address } = message;
  const refuse = (reason: string): never => {
    throw new CoppiceError("INVALID_DATA", `a connection was turned away: ${reason}`);
  };
  if (version !== protocolVersion) refuse(`it speaks version ${Number(version)}, this is ${protocolVersion}`);
  if (typeof token !== "string" || !isSameText(token, key.token)) refuse("its token is wrong");
  if (run !== key.run) refuse("it belongs to another run");
  if (attempt !== key.attempt) refuse(`it belongs to attempt ${Number(attempt)}, this is ${key.attempt}`);
  if (role !== "worker" && role !== "heartbeat" && role !== "peer") refuse("it has no known role");
  if (!Number.isInteger(rank) || (rank as number) < 0 || (rank as number) >= worldSize) {
    refuse(`its rank must lie in [0, ${worldSize})`);
  }
  if (address !== undefined && typeof address !== "string") refuse("its address is no text");
  return message as unknown as Hello;
}

/** Takes as long for a wrong text as for the right one. */
function isSameText(a: string, b: string): boolean {
  let difference = a.length ^ b.length;
  for (let i = 0; i < b.length; i++) difference |= a.charCodeAt(i) ^ b.charCodeAt(i);
  return difference === 0;
}
