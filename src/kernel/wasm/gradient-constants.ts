// The constants of the gradient kernels, which they read from memory (assembly/exponential.ts says why): a table
// for the exponential, then doubles, then float32 values, each at the place that the kernels know.

import { FRACTIONAL_POWERS } from "../../core/math/exp2-table.ts";

/** Length of the array in doubles. */
export const GRADIENT_CONSTANTS = 40;

/** Writes the constants. */
export function fillGradientConstants(constants: Float64Array): void {
  // The bits of 2^(i/32) less i * 2^47, so that adding k * 2^47 gives those of 2^(k/32).
  const bits = new BigInt64Array(constants.buffer, constants.byteOffset, 32);
  const powers = new BigInt64Array(FRACTIONAL_POWERS.buffer, FRACTIONAL_POWERS.byteOffset, 32);
  for (let i = 0; i < 32; i++) bits[i] = powers[i] - (BigInt(i) << 47n);
  const stepsPerUnit = 46.16624130844683; // 32 / ln 2
  const roundToInteger = 6755399441055744;
  // expf's cubic, see src/core/math/exp-log-float.ts.
  const cubic = 0.05550361559341535 / 32 / 32 / 32;
  const square = 0.2402284522445722 / 32 / 32;
  const linear = 0.6931471806916203 / 32;
  constants.set([stepsPerUnit, roundToInteger, cubic, square, linear, 1], 32);
  const leastExponent = -200;
  const largestExponent = 88.7;
  const leastHessian = 1e-16;
  const floats = new Float32Array(constants.buffer, constants.byteOffset + 304, 4);
  floats.set([leastExponent, largestExponent, leastHessian, 1]);
}
