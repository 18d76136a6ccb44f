// The float32 that XGBoost makes of a number given as a parameter. It reads the decimal digits that
// Python prints with a parser of its own (dmlc-core's strtonum.h), which adds the rounded fraction to the
// whole part: 1.83 becomes 1.82999992, though 1.83000004 is nearer. A regularisation of 1.83 must mean
// the same number here, else leaves differ. (The base score is read differently: correctly rounded.)

const fround = Math.fround;

/** Digits after the point that the parser looks at. */
const MAX_FRACTION_DIGITS = 19;

/**
 * The float32 that XGBoost's parameter parser makes of `value`.
 *
 * @example parameterFloat(0.3) // 0.30000001192092896
 */
export function parameterFloat(value: number): number {
  if (!Number.isFinite(value)) return value;
  const [significand, exponentText] = Math.abs(value).toExponential().split("e");
  const exponent = Number(exponentText);
  const digits = significand.replace(".", "");
  // Python prints numbers outside these bounds with an exponent.
  const isPositional = value === 0 || (exponent >= -4 && exponent < 16);
  const point = isPositional ? exponent : 0;
  const padded = "0".repeat(Math.max(0, -point)) + digits.padEnd(point + 1, "0");
  const wholeLength = Math.max(point, 0) + 1;
  let result = fround(Number(padded.slice(0, wholeLength)));
  const fraction = padded.slice(wholeLength, wholeLength + MAX_FRACTION_DIGITS);
  if (fraction !== "") result = fround(result + fround(Number(fraction) / Number(`1e${fraction.length}`)));
  if (!isPositional) result = applyExponent(result, exponent);
  return value < 0 ? -result : result;
}

/** result * 10^exponent in the parser's float32 steps. */
function applyExponent(result: number, exponent: number): number {
  let scale = 1;
  let rest = Math.abs(exponent);
  for (; rest >= 8; rest -= 8) scale = fround(scale * 1e8);
  for (; rest > 0; rest--) scale = fround(scale * 10);
  return fround(exponent < 0 ? result / scale : result * scale);
}
