// What the members of a distributed computation do together. Being alone is the trivial case, so
// there is one training loop. Sums are sums of values on an exact grid (exact-sum.ts), so their
// order, and with it the topology of the exchange, never changes a result.

import { CoppiceError } from "./errors.ts";

export type MaybePromise<T> = T | Promise<T>;

/** Operations that every peer calls in the same order with arrays of the same length. */
export interface Collective {
  /** This peer's number in [0, worldSize). */
  readonly rank: number;
  readonly worldSize: number;
  /** Replaces `values` by the element-wise sum over peers. */
  allReduceSum(values: Float64Array): MaybePromise<void>;
  /** Replaces `values` by the element-wise maximum over peers. */
  allReduceMax(values: Float64Array): MaybePromise<void>;
  /**
   * Element-wise sums over peers, each range on one peer: afterwards `values` holds the sums in
   * [offsets[rank], offsets[rank + 1]), and nothing of use elsewhere.
   */
  reduceScatterSum(values: Float64Array, offsets: ArrayLike<number>): MaybePromise<void>;
  /** The bytes of every peer, in rank order; lengths may differ. */
  allGather(bytes: Uint8Array): MaybePromise<readonly Uint8Array[]>;
  /** Sends bytes to the peer with the next rank; the last peer must not call it. */
  sendToNext(bytes: Uint8Array): MaybePromise<void>;
  /** The next bytes that the peer with the rank before has sent; the first peer must not call it. */
  receiveFromPrevious(): MaybePromise<Uint8Array>;
}

/** The collective of one peer: every operation is the identity. */
export const solo: Collective = {
  rank: 0,
  worldSize: 1,
  allReduceSum() {},
  allReduceMax() {},
  reduceScatterSum() {},
  allGather: (bytes) => [bytes],
  sendToNext: refuse,
  receiveFromPrevious: refuse,
};

function refuse(): never {
  throw new CoppiceError("INTERNAL", "a single peer has no neighbours");
}
