// log1pf: log(1 + x) as float32, equal to glibc's to the last bit, in float arithmetic as there. Method
// and constants: Sun's s_log1pf.c (fdlibm): 1 + x = 2^k * (1 + f), then a series in s = f / (2 + f).
// XGBoost parity: rmsle and reg:squaredlogerror call this function of the C library.

const fround = Math.fround;

const FLOAT = new Float32Array(1);
/** The bits of FLOAT[0]. */
const BITS = new Int32Array(FLOAT.buffer);

const LN2_HIGH = fround(0.69313812256);
const LN2_LOW = fround(9.0580006145e-6);
/** log1pf's series in s^2, s = f / (2 + f), ascending. */
const LOG1P_SERIES: readonly number[] = [
  0.66666668653, 0.40000000596, 0.28571429849, 0.22222198546, 0.1818357259, 0.15313838422, 0.1479819864,
].map(fround);

/**
 * log(1 + x) as float32; -Infinity at -1, NaN below.
 *
 * @param x a float32 value
 */
export function log1pf(x: number): number {
  if (!(x > -1)) return x === -1 ? -Infinity : NaN;
  if (x === Infinity) return x;
  const magnitude = Math.abs(x);
  if (magnitude < 2 ** -54) return x;
  if (magnitude < 2 ** -29) return fround(x - fround(fround(x * x) * 0.5));
  FLOAT[0] = x;
  if (x < 1 && (BITS[0] > 0 ? BITS[0] < 0x3ed413d7 : BITS[0] <= (0xbe95f61f | 0))) {
    return log1pReduced(x, 0, 0, false);
  }
  // 1 + x = u + correction; u = 2^k * (1 + f)
  const u = x < 2 ** 53 ? fround(1 + x) : x;
  FLOAT[0] = u;
  let k = (BITS[0] >> 23) - 127;
  let correction = 0;
  if (x < 2 ** 53) {
    correction = k > 0 ? fround(1 - fround(u - x)) : fround(x - fround(u - 1));
    correction = fround(correction / u);
  }
  const fraction = BITS[0] & 0x007fffff;
  const isSmall = fraction < 0x3504f7;
  if (!isSmall) k++;
  BITS[0] = fraction | (isSmall ? 0x3f800000 : 0x3f000000);
  const isNearOne = isSmall ? fraction === 0 : (0x00800000 - fraction) >> 2 === 0;
  return log1pReduced(fround(FLOAT[0] - 1), k, correction, isNearOne);
}

/** log(2^k * (1 + f)) + correction, in float32 steps; `isNearOne` when |f| < 2^-20. */
function log1pReduced(f: number, k: number, correction: number, isNearOne: boolean): number {
  const half = fround(fround(0.5 * f) * f);
  const high = fround(k * LN2_HIGH);
  const low = fround(fround(k * LN2_LOW) + correction);
  if (isNearOne) {
    if (f === 0) return k === 0 ? 0 : fround(high + low);
    const rest = fround(half * fround(1 - fround(fround(2 / 3) * f)));
    return k === 0 ? fround(f - rest) : fround(high - fround(fround(rest - low) - f));
  }
  const s = fround(f / fround(2 + f));
  const z = fround(s * s);
  let series = LOG1P_SERIES[6];
  for (let i = 5; i >= 0; i--) series = fround(LOG1P_SERIES[i] + fround(z * series));
  const rest = fround(s * fround(half + fround(z * series)));
  if (k === 0) return fround(f - fround(half - rest));
  return fround(high - fround(fround(half - fround(rest + low)) - f));
}
