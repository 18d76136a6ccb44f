// The first frame of every connection: who calls, for which run and attempt, and the attempt's token.
// Whoever takes too long, does not know the token, speaks another version or belongs to another attempt is turned
// away, and told why.

import { CoppiceError, toWire } from "../../core/errors.ts";
import { type Channel, Link, parseControl } from "./link.ts";
import { HELLO_MS, REFUSAL_MS } from "./patience.ts";

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

/** @throws {CoppiceError} INVALID_DATA always */
export function turnAway(reason: string): never {
  throw new CoppiceError("INVALID_DATA", `a connection was turned away: ${reason}`);
}

/** @throws {CoppiceError} INVALID_DATA when the caller speaks another version */
export function checkVersion({ version }: Record<string, unknown>): void {
  if (version !== protocolVersion) {
    turnAway(`it speaks version ${Number(version)}, this is ${protocolVersion}`);
  }
}

/**
 * Checks a hello against what is expected.
 *
 * @throws {CoppiceError} INVALID_DATA saying what does not fit; the token is never repeated
 */
export function checkHello(message: Record<string, unknown>, key: AttemptKey, worldSize: number): Hello {
  const { run, attempt, token, role, rank, address } = message;
  checkVersion(message);
  if (typeof token !== "string" || !isSameText(token, key.token)) turnAway("its token is wrong");
  if (run !== key.run) turnAway("it belongs to another run");
  if (attempt !== key.attempt) {
    turnAway(`it belongs to attempt ${Number(attempt)}, this is ${key.attempt}`);
  }
  if (role !== "worker" && role !== "heartbeat" && role !== "peer") turnAway("it has no known role");
  if (!Number.isInteger(rank) || (rank as number) < 0 || (rank as number) >= worldSize) {
    turnAway(`its rank must lie in [0, ${worldSize})`);
  }
  if (address !== undefined && typeof address !== "string") turnAway("its address is no text");
  return message as unknown as Hello;
}

/** Takes as long for a wrong text as for the right one. */
function isSameText(a: string, b: string): boolean {
  let difference = a.length ^ b.length;
  for (let i = 0; i < b.length; i++) difference |= a.charCodeAt(i) ^ b.charCodeAt(i);
  return difference === 0;
}

/** The next message of a link, which is closed when none comes in time. @throws {CoppiceError} when the link ends */
export async function receiveWithin(link: Link, limitMs: number): Promise<Record<string, unknown>> {
  const timer = setTimeout(() => link.close(), limitMs);
  try {
    return parseControl(await link.receive());
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Takes a call: hears its hello, or hangs up.
 *
 * @param greet told of the hello; what it throws turns the caller away
 */
export function takeCall(
  channel: Channel,
  greet: (link: Link, hello: Record<string, unknown>) => void,
): Link {
  const link = new Link(channel);
  receiveWithin(link, HELLO_MS)
    .then((hello) => greet(link, hello))
    .catch((error) => {
      // Where it arose is no stranger's business.
      link.sendJson({ type: "refused", error: { ...toWire(error), stack: undefined } });
      setTimeout(() => link.close(), REFUSAL_MS);
    });
  return link;
}
