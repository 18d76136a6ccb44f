// What the members of a distributed computation do together. Being alone is the trivial case, so
// there is one training loop. Sums are sums of values on an exact grid (exact-sum.ts), so their
// order, and with it the topology of the exchange, never changes a result.

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
}

/** The collective of one peer: every operation is the identity. */
export const solo: Collective = {
  rank: 0,
  worldSize: 1,
  allReduceSum() {},
  allReduceMax() {},
};
