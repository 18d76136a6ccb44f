// Links between two workers that are open and carry nothing, found by the tracker from what both ends'
// heartbeats say (mesh-watch.ts): one waits for a frame in vain, the other waits too and says that it has sent it.
// A frame may have been on its way when they said so; a link counts as lost when the next beats say the same.

import { CoppiceError } from "../../core/errors.ts";
import type { SilentPeer } from "../mesh/mesh-watch.ts";

/** Beats after the first evidence that must still miss the same frame. */
const CONFIRMATIONS = 2;

interface Missed {
  /** Frames that have come. */
  readonly received: number;
  /** Beats that have said the same since the sender's answer; undefined before it. */
  confirmations: number | undefined;
}

export class LostLinks {
  /** By receiver and sender. */
  readonly #missed: Map<number, Map<number, Missed>> = new Map();

  /**
   * Takes what a receiver's heartbeat tells. Every peer in it is to be asked what it has sent.
   *
   * @returns the loss, once it is certain
   */
  hearSilence(receiver: number, silent: readonly SilentPeer[]): CoppiceError | undefined {
    const before = this.#missed.get(receiver);
    const now = new Map<number, Missed>();
    for (const [sender, received] of silent) {
      const known = before?.get(sender);
      if (known?.received !== received) {
        now.set(sender, { received, confirmations: undefined });
        continue;
      }
      now.set(sender, known);
      if (known.confirmations === undefined) continue;
      if (++known.confirmations >= CONFIRMATIONS) return lossOf(sender, receiver);
    }
    this.#missed.set(receiver, now);
    return undefined;
  }

  /** Takes a sender's answer for a receiver that misses a frame of it. */
  hearSent(receiver: number, sender: number, sent: number, isWaiting: boolean): void {
    const missed = this.#missed.get(receiver)?.get(sender);
    if (missed === undefined || !isWaiting || sent === missed.received) return;
    missed.confirmations ??= 0;
  }
}

function lossOf(sender: number, receiver: number): CoppiceError {
  return new CoppiceError(
    "PEER_LOST",
    `the link between workers ${sender} and ${receiver} was lost: what worker ${sender} has sent does not arrive`,
    { sender, receiver },
  );
}
