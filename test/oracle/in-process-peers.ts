// Peers of one process: each all-reduce waits until every peer has called it, then combines the values in
// the order of arrival. For tests of what runs on several peers, without threads or sockets.

import type { Collective } from "../../src/core/collective.ts";

interface Arrival {
  readonly values: Float64Array;
  readonly resolve: () => void;
}

/** `worldSize` peers that reduce with one another. */
export function inProcessPeers(worldSize: number): Collective[] {
  let arrivals: Arrival[] = [];
  const reduce = (values: Float64Array, combine: (a: number, b: number) => number) =>
    new Promise<void>((resolve) => {
      arrivals.push({ values, resolve });
      if (arrivals.length < worldSize) return;
      const all = arrivals;
      arrivals = [];
      const result = all[0].values.map((_, i) => all.map((arrival) => arrival.values[i]).reduce(combine));
      for (const arrival of all) {
        arrival.values.set(result);
        arrival.resolve();
      }
    });
  const scatter = async (rank: number, values: Float64Array, offsets: ArrayLike<number>) => {
    await reduce(values, (a, b) => a + b);
    // Only the own range is promised.
    values.fill(Number.NaN, 0, offsets[rank]);
    values.fill(Number.NaN, offsets[rank + 1]);
  };
  let sent: Uint8Array[] = [];
  let waiting: ((all: Uint8Array[]) => void)[] = [];
  const gather = (rank: number, bytes: Uint8Array) =>
    new Promise<Uint8Array[]>((resolve) => {
      sent[rank] = bytes.slice();
      waiting.push(resolve);
      if (waiting.length < worldSize) return;
      const [all, resolvers] = [sent, waiting];
      sent = [];
      waiting = [];
      for (const done of resolvers) done(all);
    });
  const mailboxes = Array.from({ length: worldSize }, () => new Mailbox());
  return Array.from({ length: worldSize }, (_, rank) => ({
    rank,
    worldSize,
    allReduceSum: (values) => reduce(values, (a, b) => a + b),
    allReduceMax: (values) => reduce(values, (a, b) => Math.max(a, b)),
    reduceScatterSum: (values, offsets) => scatter(rank, values, offsets),
    allGather: (bytes) => gather(rank, bytes),
    sendToNext: (bytes) => mailboxes[rank + 1].put(bytes.slice()),
    receiveFromPrevious: () => mailboxes[rank].take(),
  }));
}

/** A queue between two peers. */
class Mailbox {
  readonly #letters: Uint8Array[] = [];
  readonly #readers: ((letter: Uint8Array) => void)[] = [];

  put(letter: Uint8Array): void {
    const reader = this.#readers.shift();
    if (reader) reader(letter);
    else this.#letters.push(letter);
  }

  take(): Promise<Uint8Array> {
    const letter = this.#letters.shift();
    if (letter) return Promise.resolve(letter);
    return new Promise((resolve) => this.#readers.push(resolve));
  }
}
