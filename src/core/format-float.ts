// Numbers as C++ streams write them: "%.{digits}g", with at least two exponent digits and no trailing
// zeros. XGBoost spells parameters in model files with nine digits and metric names with six.

/** For example formatGeneral(Math.fround(0.3), 9) = "0.300000012", formatGeneral(1e10, 6) = "1e+10". */
export function formatGeneral(value: number, digits: number): string {
  if (Number.isNaN(value)) return "nan";
  const sign = value < 0 || Object.is(value, -0) ? "-" : "";
  const magnitude = Math.abs(value);
  if (magnitude === Infinity) return `${sign}inf`;
  if (magnitude === 0) return `${sign}0`;
  const [significand, exponentText] = roundToDigits(magnitude, digits).split("e");
  const exponent = Number(exponentText);
  const figures = significand.replace(".", "");
  if (exponent < -4 || exponent >= digits) {
    const power = String(Math.abs(exponent)).padStart(2, "0");
    return `${sign}${dropZeros(`${figures[0]}.${figures.slice(1)}`)}e${exponent < 0 ? "-" : "+"}${power}`;
  }
  if (exponent < 0) return `${sign}${dropZeros(`0.${"0".repeat(-exponent - 1)}${figures}`)}`;
  return `${sign}${dropZeros(`${figures.slice(0, exponent + 1)}.${figures.slice(exponent + 1)}`)}`;
}

/** Scientific notation with that many digits; a tie goes to the even digit, where JavaScript rounds up. */
function roundToDigits(magnitude: number, digits: number): string {
  const exact = magnitude.toExponential(digits + 40);
  const [significand, exponent] = exact.split("e");
  const kept = significand.slice(0, digits + 1);
  const isTie = /^50*$/.test(significand.slice(digits + 1));
  const isEven = "02468".includes(kept[digits > 1 ? digits : 0]);
  return isTie && isEven ? `${kept}e${exponent}` : magnitude.toExponential(digits - 1);
}

function dropZeros(text: string): string {
  return text.replace(/\.?0*$/, "");
}
