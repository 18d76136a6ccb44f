// exp, log and lgamma in double precision, equal on every engine because they use only operations
// that IEEE 754 rounds exactly; engines may choose the last bits of Math.exp and Math.log. Error below
// one ulp for exp and log. exp: table of 2^(i/32) and a Taylor polynomial. log: the series in
// s = f / (2 + f), summed as Sun's fdlibm does. lgamma: recurrence upwards, then Stirling's series.

import {
  FRACTIONAL_POWER_TAILS,
  FRACTIONAL_POWERS,
  MAX_EXPONENT,
  MIN_EXPONENT,
  WHOLE_POWERS,
} from "./exp2-table.ts";

/** ln 2 in two parts; the upper one has 33 significant bits, so that small multiples of it are exact. */
const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;
/** Adding and subtracting it rounds a double below 2^51 to an integer, ties to even. */
const ROUND_TO_INTEGER = 1.5 * 2 ** 52;

/** e^x. */
export function exp(x: number): number {
  if (!(x > -745.2 && x < 709.8)) return x > 0 ? Infinity : x < 0 ? 0 : NaN;
  const steps = x * (Math.LOG2E * 32) + ROUND_TO_INTEGER - ROUND_TO_INTEGER;
  const r = x - steps * (LN2_HIGH / 32) - steps * (LN2_LOW / 32);
  const series = r + r * r * (1 / 2 + r * (1 / 6 + r * (1 / 24 + r * (1 / 120 + r * (1 / 720)))));
  const k = steps & 31;
  const power = FRACTIONAL_POWERS[k];
  return scale(power + (FRACTIONAL_POWER_TAILS[k] + power * series), steps >> 5);
}

/** value * 2^exponent, rounded once; value near [1, 2), the result at most one power out of range. */
function scale(value: number, exponent: number): number {
  if (exponent > MAX_EXPONENT) return value * WHOLE_POWERS[MAX_EXPONENT - MIN_EXPONENT] * 2;
  if (exponent < MIN_EXPONENT) return value * 0.5 * WHOLE_POWERS[0];
  return value * WHOLE_POWERS[exponent - MIN_EXPONENT];
}

const SCRATCH = new DataView(new ArrayBuffer(8));

/** Natural logarithm; -Infinity at 0, NaN below. */
export function log(x: number): number {
  if (!(x > 0 && x < Infinity)) return x === 0 ? -Infinity : x > 0 ? x : NaN;
  let k = -1023;
  if (x < 2.2250738585072014e-308) {
    x *= 2 ** 54;
    k -= 54;
  }
  SCRATCH.setFloat64(0, x);
  const high = SCRATCH.getUint32(0);
  k += high >>> 20;
  SCRATCH.setUint32(0, (high & 0xfffff) | 0x3ff00000);
  let significand = SCRATCH.getFloat64(0);
  if (significand > Math.SQRT2) {
    significand *= 0.5;
    k++;
  }
  const f = significand - 1;
  const s = f / (2 + f);
  const z = s * s;
  let series = 0;
  for (let n = 21; n >= 3; n -= 2) series = z * (2 / n + series);
  const half = 0.5 * f * f;
  return k * LN2_HIGH - (half - (s * (half + series) + k * LN2_LOW) - f);
}

/** log of 2 pi, halved. */
const HALF_LOG_TWO_PI = 0.9189385332046728;

/** Logarithm of the gamma function for x > 0 (Abramowitz & Stegun 6.1.15 and 6.1.41); NaN elsewhere. */
export function lgamma(x: number): number {
  if (!(x > 0)) return NaN;
  if (x === 1 || x === 2) return 0;
  if (x === Infinity) return x;
  let product = 1;
  for (; x < 12; x++) product *= x;
  const inverse = 1 / x;
  const square = inverse * inverse;
  const series =
    inverse *
    (1 / 12 -
      square *
        (1 / 360 -
          square * (1 / 1260 - square * (1 / 1680 - square * (1 / 1188 - square * (691 / 360360))))));
  return (x - 0.5) * log(x) - x + HALF_LOG_TWO_PI + series - log(product);
}
