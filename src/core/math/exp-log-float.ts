// expf and logf: float32 functions equal to glibc's, made of double arithmetic only, because engines may
// choose the last bits of Math.exp and Math.log. Methods and constants: ARM optimized routines, expf.c
// and logf.c, which glibc has had since 2.27. XGBoost parity: its objectives and metrics call these
// functions of the C library. Of all float32 inputs, expf differs in two, by one ulp, from glibc 2.36
// where that uses fused multiply-add; logf in none of those tried.

import { FRACTIONAL_POWERS, MIN_EXPONENT, WHOLE_POWERS } from "./exp2-table.ts";

const fround = Math.fround;

/** 32 / ln 2. */
export const STEPS_PER_UNIT: number = Math.LOG2E * 32;
/** Adding and subtracting it rounds a double below 2^51 to an integer, ties to even. */
export const ROUND_TO_INTEGER: number = 1.5 * 2 ** 52;
/** expf's cubic for 2^(r/32), |r| <= 1/2. */
export const EXP_C3: number = 0.05550361559341535 / 32 / 32 / 32;
export const EXP_C2: number = 0.2402284522445722 / 32 / 32;
export const EXP_C1: number = 0.6931471806916203 / 32;
/** expf(x) is infinite above, zero below. */
const EXP_OVERFLOW = 88.72283172607422;
const EXP_UNDERFLOW = -103.97207641601562;

/**
 * e^x as float32.
 *
 * @param x a float32 value
 */
export function expf(x: number): number {
  if (!(x >= EXP_UNDERFLOW && x <= EXP_OVERFLOW)) return x > 0 ? Infinity : x < 0 ? 0 : NaN;
  // x = (k + r) * ln2 / 32, so e^x = 2^(k >> 5) * 2^((k & 31) / 32) * 2^(r / 32).
  const steps = x * STEPS_PER_UNIT;
  const whole = steps + ROUND_TO_INTEGER - ROUND_TO_INTEGER;
  const r = steps - whole;
  const k = whole | 0;
  const scale = FRACTIONAL_POWERS[k & 31] * WHOLE_POWERS[(k >> 5) - MIN_EXPONENT];
  return fround(((EXP_C3 * r + EXP_C2) * (r * r) + (EXP_C1 * r + 1)) * scale);
}

const FLOAT = new Float32Array(1);
/** The bits of FLOAT[0]. */
const BITS = new Int32Array(FLOAT.buffer);

/** logf's quartic for log(1 + r). */
const LOG_A4 = -0.25089342214237154;
const LOG_A3 = 0.333456765744066;
const LOG_A2 = -0.4999997485802103;
/** logf's interval i of significands has a centre c near it: 1 / c, log c. */
// biome-ignore format: a table
const LOG_INVERSE: Float64Array = Float64Array.of(
  1.398907162146528, 1.3403141896637998, 1.286432210124115, 1.2367150214269895, 1.1906977166711752,
  1.1479821020556429, 1.1082251448272158, 1.0711297413057381, 1.036437278977283, 1, 0.9492859795739057,
  0.8951049428609004, 0.8476821620351103, 0.8050314851692001, 0.7664671008843108, 0.731428603316328,
);
// biome-ignore format: a table
const LOG_CENTRE: Float64Array = Float64Array.of(
  -0.33569133332882284, -0.2929040563774074, -0.2518726580937369, -0.21245868807117255,
  -0.17453945183745634, -0.1380057072319758, -0.10275976698545139, -0.06871392447020525,
  -0.0357891387398228, 0, 0.05204517742929496, 0.11081431298787942, 0.1652495223695143, 0.21687389031699977,
  0.2659635028121397, 0.3127556664073557,
);
/** The bits of about 0.7: significands are taken from [0.7, 1.4), so that log 1 is exact. */
const LOG_OFFSET = 0x3f330000;

/**
 * Natural logarithm as float32; -Infinity at 0, NaN below.
 *
 * @param x a float32 value
 */
export function logf(x: number): number {
  FLOAT[0] = x;
  let bits = BITS[0];
  if (bits < 0x00800000 || bits >= 0x7f800000) {
    if (x === 0) return -Infinity;
    if (!(x > 0 && x < Infinity)) return x > 0 ? x : NaN;
    FLOAT[0] = x * 8388608; // a subnormal: 2^23 makes it normal
    bits = BITS[0] - (23 << 23);
  }
  const shifted = (bits - LOG_OFFSET) | 0;
  const interval = (shifted >> 19) & 15;
  const exponent = shifted >> 23;
  BITS[0] = bits - (shifted & 0xff800000);
  const r = FLOAT[0] * LOG_INVERSE[interval] - 1;
  const base = LOG_CENTRE[interval] + exponent * Math.LN2;
  const r2 = r * r;
  return fround((LOG_A4 * r2 + (LOG_A3 * r + LOG_A2)) * r2 + (base + r));
}
