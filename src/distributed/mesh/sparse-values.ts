// Numbers of which many are zero, as they travel to be added up: histograms of small nodes are mostly empty.
//
//   mask: one bit a number, whole 8 bytes | the numbers that are not zero, float64     (little-endian)
//
// Leaving out zeros changes no sum, but for the sign of one that stays minus zero; sums that begin at zero, as
// those of histograms do, are never that.

/** The most float64 that `encodeSparse` writes for `count` numbers. */
export function sparseCapacity(count: number): number {
  // One more: a zero is written too, and then overwritten.
  return Math.ceil(count / 64) + count + 1;
}

/**
 * Writes `values` to the beginning of `target`.
 *
 * @returns how many float64 of `target` are used
 */
export function encodeSparse(values: Float64Array, target: Float64Array): number {
  const count = values.length;
  const maskLength = Math.ceil(count / 64);
  const mask = new Uint32Array(target.buffer, target.byteOffset, 2 * maskLength);
  mask.fill(0);
  let used = maskLength;
  for (let begin = 0, word = 0; begin < count; begin += 32, word++) {
    const end = Math.min(begin + 32, count);
    let bits = 0;
    // Without a branch: whether a slot is empty cannot be foreseen.
    for (let i = begin; i < end; i++) {
      const value = values[i];
      const isSent = value !== 0 ? 1 : 0;
      target[used] = value;
      used += isSent;
      bits |= isSent << (i - begin);
    }
    mask[word] = bits;
  }
  return used;
}

/** Adds what `encodeSparse` wrote for as many numbers to `sums`. */
export function addSparse(sums: Float64Array, encoded: Float64Array): void {
  const maskLength = Math.ceil(sums.length / 64);
  const mask = new Uint32Array(encoded.buffer, encoded.byteOffset, 2 * maskLength);
  let from = maskLength;
  for (let word = 0; word < mask.length; word++) {
    const begin = 32 * word;
    for (let bits = mask[word]; bits !== 0; bits &= bits - 1) {
      sums[begin + 31 - Math.clz32(bits & -bits)] += encoded[from++];
    }
  }
}
