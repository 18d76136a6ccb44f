// A collective over links between every two peers. What is small travels to all peers at once, one trip
// of latency; histograms travel as a pairwise exchange, in which a peer sends each other peer only the
// part that is that peer's to sum, without zeros. Sums are taken in rank order, so all peers hold the same bits. Frames of
// an operation carry its number: peers that have come apart are noticed.

import type { Collective, MaybePromise } from "../../core/collective.ts";
import { CoppiceError } from "../../core/errors.ts";
import { bytesOf } from "../../core/typed-bytes.ts";
import { DATA, type Frame } from "../link/frame.ts";
import type { Link } from "../link/link.ts";
import { MeshWatch } from "./mesh-watch.ts";
import { addSparse, encodeSparse, sparseCapacity } from "./sparse-values.ts";

/** Above this many numbers a sum over all is made in two steps, each peer summing a part. */
const LARGE_VALUES = 1 << 12;

export class Mesh implements Collective {
  readonly rank: number;
  readonly worldSize: number;
  /** By rank; undefined at the own one. */
  readonly #links: readonly (Link | undefined)[];
  readonly #watch: MeshWatch;
  #operation = 0;
  /** What is sent to be added up, kept for the next time. */
  #encoded: Float64Array = new Float64Array(0);
  /** Messages to the next and from the previous peer have numbers of their own. */
  #sentOn = 0;
  #receivedOn = 0;

  /** @param watch where the worker's heartbeat reads how the links do */
  constructor(
    rank: number,
    links: readonly (Link | undefined)[],
    watch: MeshWatch = MeshWatch.forPeers(links.length),
  ) {
    this.rank = rank;
    this.worldSize = links.length;
    this.#links = links;
    this.#watch = watch;
    links.forEach((link, peer) => {
      if (link !== undefined) link.onChunk = () => watch.noteChunk(peer);
    });
  }

  get bytesSent(): number {
    return this.#links.reduce((sum, link) => sum + (link?.bytesSent ?? 0), 0);
  }

  get bytesReceived(): number {
    return this.#links.reduce((sum, link) => sum + (link?.bytesReceived ?? 0), 0);
  }

  /** Ends every operation, those that wait included, with `error`. */
  abort(error: CoppiceError): void {
    for (const link of this.#links) link?.fail(error);
  }

  allReduceSum(values: Float64Array): Promise<void> {
    return this.#allReduce(values, addTo);
  }

  allReduceMax(values: Float64Array): Promise<void> {
    return this.#allReduce(values, raiseTo);
  }

  async #allReduce(values: Float64Array, combine: Combine): Promise<void> {
    if (values.length > LARGE_VALUES && this.worldSize > 2) return this.#reduceInParts(values, combine);
    combineInto(values, await this.allGather(bytesOf(values)), combine);
  }

  /** Each peer combines a part, in rank order, and all learn of all parts. */
  async #reduceInParts(values: Float64Array, combine: Combine): Promise<void> {
    const { worldSize, rank } = this;
    const offsets = Array.from({ length: worldSize + 1 }, (_, p) =>
      Math.floor((p * values.length) / worldSize),
    );
    const partOf = (peer: number) => values.subarray(offsets[peer], offsets[peer + 1]);
    const received = await this.#exchange((peer) => bytesOf(partOf(peer)));
    const own = bytesOf(partOf(rank)).slice();
    combineInto(
      partOf(rank),
      received.map((part) => part ?? own),
      combine,
    );
    const parts = await this.allGather(bytesOf(partOf(rank)));
    parts.forEach((part, peer) => {
      values.set(numbersOf(part), offsets[peer]);
    });
  }

  async reduceScatterSum(values: Float64Array, offsets: ArrayLike<number>): Promise<void> {
    const encoded = this.#encodeParts(values, offsets);
    const received = await this.#exchange((peer) => bytesOf(encoded[peer]));
    // Nobody else makes this sum, so it need not begin with rank 0.
    const own = values.subarray(offsets[this.rank], offsets[this.rank + 1]);
    received.forEach((part, peer) => {
      if (part === undefined) return;
      addSparse(own, numbersOf(part));
      this.#links[peer]!.recycle(part);
    });
  }

  /** What each other peer is sent, without zeros; the own part is empty. */
  #encodeParts(values: Float64Array, offsets: ArrayLike<number>): Float64Array[] {
    const { worldSize, rank } = this;
    const capacity = sparseCapacity(values.length) + 2 * worldSize;
    if (this.#encoded.length < capacity) this.#encoded = new Float64Array(capacity);
    let begin = 0;
    return Array.from({ length: worldSize }, (_, peer) => {
      if (peer === rank) return this.#encoded.subarray(0, 0);
      const target = this.#encoded.subarray(begin);
      const used = encodeSparse(values.subarray(offsets[peer], offsets[peer + 1]), target);
      begin += used;
      return target.subarray(0, used);
    });
  }

  async allGather(bytes: Uint8Array): Promise<readonly Uint8Array[]> {
    const parts = await this.#exchange(() => bytes);
    // Copied: the caller may write its own array while it reads the parts.
    return parts.map((part) => part ?? bytes.slice());
  }

  /** Sends each peer its part and gives what each has sent, in rank order; nothing for the own rank. */
  async #exchange(partFor: (peer: number) => Uint8Array): Promise<(Payload | undefined)[]> {
    const { rank, worldSize } = this;
    const tag = this.#operation++;
    const sent: unknown[] = [];
    // Each begins with the peer after it, so that not all send to the same one first.
    for (let step = 1; step < worldSize; step++) {
      const peer = (rank + step) % worldSize;
      sent.push(this.#send(peer, partFor(peer), tag));
    }
    const arrivals = this.#links.map((link, peer) =>
      link === undefined ? undefined : this.#receive(peer, tag),
    );
    const [received] = await Promise.all([Promise.all(arrivals), ...sent]);
    return received;
  }

  #send(peer: number, bytes: Uint8Array, tag: number): MaybePromise<void> {
    this.#watch.noteSent(peer);
    return this.#links[peer]!.send(DATA, bytes, tag);
  }

  async #receive(peer: number, tag: number): Promise<Payload> {
    let frame: Frame;
    this.#watch.noteWaiting(peer);
    try {
      frame = await this.#links[peer]!.receive();
    } catch (cause) {
      if (!(cause instanceof CoppiceError) || cause.code !== "PEER_LOST") throw cause;
      throw new CoppiceError("PEER_LOST", `worker ${peer} was lost: ${cause.message}`, { rank: peer }, cause);
    }
    this.#watch.noteReceived(peer);
    if (frame.kind === DATA && frame.tag === tag) return frame.payload;
    throw new CoppiceError(
      "INTERNAL",
      `worker ${peer} is at operation ${frame.tag}, worker ${this.rank} at ${tag}`,
    );
  }

  async sendToNext(bytes: Uint8Array): Promise<void> {
    await this.#send(this.rank + 1, bytes, CHAIN_TAGS + this.#sentOn++);
  }

  receiveFromPrevious(): Promise<Uint8Array> {
    return this.#receive(this.rank - 1, CHAIN_TAGS + this.#receivedOn++);
  }
}

type Payload = Frame["payload"];

/** Numbers from here on belong to messages along the chain of peers. */
const CHAIN_TAGS = 2 ** 31;

/** Puts `source` into `target`, element by element. */
type Combine = (target: Float64Array, source: Float64Array) => void;

function addTo(target: Float64Array, source: Float64Array): void {
  for (let i = 0; i < target.length; i++) target[i] += source[i];
}

function raiseTo(target: Float64Array, source: Float64Array): void {
  for (let i = 0; i < target.length; i++) target[i] = Math.max(target[i], source[i]);
}

/** In rank order on every peer, so that sums off the exact grid agree as well. */
function combineInto(target: Float64Array, parts: readonly Uint8Array[], combine: Combine): void {
  parts.forEach((part, peer) => {
    if (peer === 0) target.set(numbersOf(part));
    else combine(target, numbersOf(part));
  });
}

/** Payloads lie at the beginning of a buffer of their own, so this never copies. */
function numbersOf(bytes: Uint8Array): Float64Array {
  return new Float64Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 8);
}
