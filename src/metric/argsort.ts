// Stable sorting of float32 values by radix: three passes of eleven bits over keys whose unsigned order
// is that of the values. Linear, and free of comparison functions.

const RADIX_BITS = 11;
const RADIX_SIZE = 1 << RADIX_BITS;

/**
 * The positions of `values` from the largest value to the smallest, equal ones in their order. 0 and
 * -0 are equal; NaN comes first or last by its sign bit.
 */
export function argsortDescending(values: Float32Array): Uint32Array {
  const { length } = values;
  const keys = descendingKeys(values);
  let order = new Uint32Array(length);
  let next = new Uint32Array(length);
  for (let i = 0; i < length; i++) order[i] = i;
  const begins = new Uint32Array(RADIX_SIZE);
  for (let shift = 0; shift < 32; shift += RADIX_BITS) {
    begins.fill(0);
    for (let i = 0; i < length; i++) begins[(keys[i] >>> shift) & (RADIX_SIZE - 1)]++;
    let begin = 0;
    for (let digit = 0; digit < RADIX_SIZE; digit++) {
      const count = begins[digit];
      begins[digit] = begin;
      begin += count;
    }
    for (let i = 0; i < length; i++) {
      const position = order[i];
      next[begins[(keys[position] >>> shift) & (RADIX_SIZE - 1)]++] = position;
    }
    [order, next] = [next, order];
  }
  return order;
}

/** Keys that ascend where the values descend: the bits, complemented for values that are not negative. */
function descendingKeys(values: Float32Array): Uint32Array {
  const keys = new Uint32Array(values.length);
  const float = new Float32Array(1);
  const bits = new Int32Array(float.buffer);
  for (let i = 0; i < values.length; i++) {
    float[0] = values[i] + 0; // -0 + 0 = 0
    keys[i] = bits[0] < 0 ? bits[0] : ~(bits[0] | 0x80000000);
  }
  return keys;
}
