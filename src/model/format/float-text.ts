// Float32 numbers as the text of model files: the shortest digits that read back as the same float32,
// in scientific notation ("2.0000002E-1"). They are found by scaling the number and the borders of its
// rounding interval by a power of ten into [1e8, 2e9), held as an integer and a fraction; the power
// is kept in three pieces of 28 bits, so that products with 25-bit numbers are exact.
// Result as in Adams 2018, "Ryu: fast float-to-string conversion": shortest, then nearest, ties to even.

const ZERO = 48;
const PIECE = 2 ** 28;
const MIN_POWER = -30;
const MAX_POWER = 54;
/**
 * Fractions this near to an integer are that integer: the error is below 2^-48, and no float32 or
 * border of one comes nearer to an integer than 2^-34 without being it (checked over all powers).
 */
const SNAP = 2 ** -44;

/** 10^q = (pieces[3i] + pieces[3i + 1] + pieces[3i + 2]) with i = q - MIN_POWER; 0 where not yet known. */
const powerPieces = new Float64Array(3 * (MAX_POWER - MIN_POWER + 1));
const floatView = new Float32Array(1);
const bitsView = new Int32Array(floatView.buffer);
/** The result of `scale`. */
const scaled = { integer: 0, fraction: 0 };

/**
 * Writes the shortest spelling of a float32 at `out[at]` and returns the position after it.
 * At most 16 bytes; room is the caller's duty. `value` must be a float32.
 */
export function writeFloat32(value: number, out: Uint8Array, at: number): number {
  if (value < 0 || Object.is(value, -0)) {
    out[at++] = 45;
    value = -value;
  }
  if (value === 0) return writeAscii("0E0", out, at);
  if (Number.isNaN(value)) return writeAscii("NaN", out, at);
  if (value === Infinity) return writeAscii("Infinity", out, at);
  return writePositive(value, out, at);
}

/** The same as text. */
export function formatFloat32(value: number): string {
  const out = new Uint8Array(16);
  return String.fromCharCode(...out.subarray(0, writeFloat32(Math.fround(value), out, 0)));
}

function writePositive(value: number, out: Uint8Array, at: number): number {
  floatView[0] = value;
  const bits = bitsView[0];
  const isEven = (bits & 1) === 0;
  const isNormal = bits >>> 23 !== 0;
  // value in [2^exponent, 2^(exponent + 1)), spacing 2^(spacing) above it.
  const exponent = isNormal ? (bits >>> 23) - 127 : 31 - Math.clz32(bits) - 149;
  const halfGap = 2 ** ((isNormal ? exponent - 23 : -149) - 1);
  // Below a power of two the numbers lie twice as dense.
  const isPower = (bits & 0x7fffff) === 0 && bits >>> 23 > 1;
  const power = 8 - Math.floor(exponent * 0.30102999566398114);

  scale(value - (isPower ? halfGap / 2 : halfGap), power);
  const lowest = scaled.integer + (scaled.fraction === 0 && isEven ? 0 : 1);
  scale(value + halfGap, power);
  const highest = scaled.integer - (scaled.fraction === 0 && !isEven ? 1 : 0);
  scale(value, power);

  let unit = 1;
  let zeros = 0;
  while (Math.floor(highest / (unit * 10)) * unit * 10 >= lowest) {
    unit *= 10;
    zeros++;
  }
  let digits = Math.floor(scaled.integer / unit);
  const rest = scaled.integer - digits * unit + scaled.fraction;
  // XGBoost parity: the nearest of the shortest, ties to the even digit.
  if (rest > unit / 2 || (rest === unit / 2 && digits % 2 === 1)) digits++;
  if (digits * unit < lowest) digits++;
  return writeScientific(digits, zeros - power, out, at);
}

/** Sets `scaled` to value * 10^power; `value` has at most 25 significant bits. */
function scale(value: number, power: number): void {
  const i = 3 * (power - MIN_POWER);
  if (powerPieces[i] === 0) fillPower(power);
  const first = value * powerPieces[i];
  const whole = Math.floor(first);
  const rest = first - whole + value * powerPieces[i + 1] + value * powerPieces[i + 2];
  const nearest = Math.round(rest);
  const isWhole = Math.abs(rest - nearest) < SNAP;
  const carry = isWhole ? nearest : Math.floor(rest);
  scaled.integer = whole + carry;
  scaled.fraction = isWhole ? 0 : rest - carry;
}

/** Fills in the pieces of 10^power from exact integers, once per power. */
function fillPower(power: number): void {
  const i = 3 * (power - MIN_POWER);
  // 10^power / 2^exponent in [2^84, 2^85), truncated.
  let exponent = Math.floor(power * 3.321928094887362) - 84;
  const numerator = (power > 0 ? 10n ** BigInt(power) : 1n) << BigInt(Math.max(0, -exponent));
  const denominator = (power < 0 ? 10n ** BigInt(-power) : 1n) << BigInt(Math.max(0, exponent));
  let significand = (numerator << 4n) / denominator;
  exponent -= 4;
  while (significand >> 84n !== 0n) {
    significand >>= 1n;
    exponent++;
  }
  powerPieces[i] = Number(significand >> 56n) * PIECE * PIECE * 2 ** exponent;
  powerPieces[i + 1] = Number((significand >> 28n) & 0xfffffffn) * PIECE * 2 ** exponent;
  powerPieces[i + 2] = Number(significand & 0xfffffffn) * 2 ** exponent;
}

/** Writes digits * 10^power as d.dddE[-]x. */
function writeScientific(digits: number, power: number, out: Uint8Array, at: number): number {
  let count = 1;
  for (let limit = 10; digits >= limit; limit *= 10) count++;
  const end = at + (count > 1 ? count + 1 : 1);
  for (let i = end - 1, rest = digits; i >= at; i--) {
    if (i === at + 1) {
      out[i] = 46;
      continue;
    }
    const next = Math.floor(rest / 10);
    out[i] = ZERO + rest - next * 10;
    rest = next;
  }
  return writeAscii(`E${power + count - 1}`, out, end);
}

function writeAscii(text: string, out: Uint8Array, at: number): number {
  for (let i = 0; i < text.length; i++) out[at++] = text.charCodeAt(i);
  return at;
}
