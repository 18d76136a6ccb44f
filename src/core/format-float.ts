// Numbers as C++ streams write them: "%.{digits}g", with at least two exponent digits and no trailing
// zeros. XGBoost spells parameters in model files with nine digits and metric names with six.

/** For example formatGeneral(0.3, 9) = "0.300000012" for a float32 0.3, formatGeneral(1e10, 6) = "1e+10". */
export function formatGeneral(value: number, digits: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  if (value === 0) return Object.is(value, -0) ? "-0" : "0";
  const [significand, exponentText] = value.toExponential(digits - 1).split("e");
  const exponent = Number(exponentText);
  if (exponent >= -4 && exponent < digits) {
    return dropZeros(value.toFixed(Math.max(0, digits - 1 - exponent)));
  }
  const magnitude = String(Math.abs(exponent)).padStart(2, "0");
  return `${dropZeros(significand)}e${exponent < 0 ? "-" : "+"}${magnitude}`;
}

function dropZeros(text: string): string {
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}
