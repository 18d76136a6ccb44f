// Decimal text to numbers without making a string. Up to 15 digits and a power of ten up to 22 need
// one multiplication or division of two exact doubles, which IEEE 754 rounds correctly (Clinger 1990).
// Longer ones are computed with a bounded error and kept only when both ends of the error interval
// round to the same float32: then float32(text) is certain, else the caller takes the slow way.

const POWERS_OF_TEN = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));
const MAX_POWER = 22;
/** Integers below 10^15 and the sums that build them are exact in a double. */
const EXACT_DIGITS = 15;
/** With more digits each adds at most two roundings; 2^-46 bounds those of 40 digits and three scalings. */
const MAX_DIGITS = 40;
const RELATIVE_ERROR = 2 ** -46;

/**
 * Reads the number at `at` into `out[slot]`.
 *
 * Writes Number(text), or with `float32` perhaps only a double whose float32 is that of Number(text).
 * `bytes` must hold some byte that is no part of a number after the text.
 *
 * @param float32 whether a double is enough whose float32 is right
 * @returns the position after the number, or -1 when the text needs the slow way
 */
export function parseDecimal(
  bytes: Uint8Array,
  at: number,
  out: Float64Array,
  slot: number,
  float32: boolean,
): number {
  let byte = bytes[at];
  const isNegative = byte === 45;
  if (isNegative || byte === 43) byte = bytes[++at];
  const begin = at;
  let mantissa = 0;
  while (byte >= 48 && byte <= 57) {
    mantissa = mantissa * 10 + (byte - 48);
    byte = bytes[++at];
  }
  let digits = at - begin;
  let exponent = 0;
  if (byte === 46) {
    const point = at;
    byte = bytes[++at];
    while (byte >= 48 && byte <= 57) {
      mantissa = mantissa * 10 + (byte - 48);
      byte = bytes[++at];
    }
    exponent = point + 1 - at;
    digits -= exponent;
  }
  if (digits === 0) return -1;
  if (byte === 101 || byte === 69) {
    byte = bytes[++at];
    const isNegativeExponent = byte === 45;
    if (isNegativeExponent || byte === 43) byte = bytes[++at];
    const exponentBegin = at;
    let written = 0;
    while (byte >= 48 && byte <= 57) {
      written = written * 10 + (byte - 48);
      byte = bytes[++at];
    }
    if (at === exponentBegin || at > exponentBegin + 4) return -1;
    exponent += isNegativeExponent ? -written : written;
  }
  if (digits <= EXACT_DIGITS && exponent <= MAX_POWER && exponent >= -MAX_POWER) {
    if (exponent < 0) mantissa /= POWERS_OF_TEN[-exponent];
    else if (exponent > 0) mantissa *= POWERS_OF_TEN[exponent];
  } else {
    mantissa = float32 && digits <= MAX_DIGITS ? roundedDecimal(mantissa, exponent) : -1;
    if (mantissa < 0) return -1;
  }
  out[slot] = isNegative ? -mantissa : mantissa;
  return at;
}

/** float32(mantissa * 10^exponent) when that is certain, else -1. */
function roundedDecimal(mantissa: number, exponent: number): number {
  if (exponent < -2 * MAX_POWER || exponent > MAX_POWER) return -1;
  let value = mantissa;
  if (exponent > 0) value *= POWERS_OF_TEN[exponent];
  else if (exponent < 0) {
    const first = Math.min(-exponent, MAX_POWER);
    value /= POWERS_OF_TEN[first];
    value /= POWERS_OF_TEN[-exponent - first];
  }
  const low = Math.fround(value * (1 - RELATIVE_ERROR));
  return low === Math.fround(value * (1 + RELATIVE_ERROR)) ? low : -1;
}
