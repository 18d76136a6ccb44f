// From margins to predictions and from the base score to margins, by the name of the objective, also for those
// that cannot be trained here. Free of gradients: prediction alone needs only this.
// Source: XGBoost 3.4.1, where these are PredTransform, EvalTransform and ProbToMargin.

import { CoppiceError } from "../core/errors.ts";
import { logf } from "../core/math/exp-log-float.ts";
import { expfBlock } from "../core/math/expf-block.ts";
import { sigmoid, softmaxRows } from "../core/math/softmax.ts";
import type { Output, OutputRule } from "./output-rule.ts";
import { outputs } from "./outputs.ts";

const fround = Math.fround;

/**
 * Turns margins into predictions, in place.
 *
 * @param margins [groupCount × rowCount] group-major; overwritten
 * @returns the predictions, a view of `margins`: group-major, or for multi:softmax one class per row
 * @throws {CoppiceError} UNSUPPORTED when the objective is not known
 */
export function transformMargins(
  objectiveName: string,
  margins: Float32Array,
  groupCount: number,
  rowCount: number,
): Float32Array {
  return applyOutput(findRule(objectiveName).value, margins, groupCount, rowCount);
}

/**
 * Turns margins into what metrics evaluate, in place: the predictions, but probabilities for
 * multi:softmax and margins for survival:aft.
 *
 * @param margins [groupCount × rowCount] group-major; overwritten and returned
 * @throws {CoppiceError} UNSUPPORTED when the objective is not known
 */
export function evaluationTransform(
  objectiveName: string,
  margins: Float32Array,
  groupCount: number,
  rowCount: number,
): Float32Array {
  return applyOutput(evaluationOutput(objectiveName), margins, groupCount, rowCount);
}

/** Whether metrics see the softmax over groups. */
export function isEvaluatedBySoftmax(objectiveName: string): boolean {
  return evaluationOutput(objectiveName) === "softmax";
}

function evaluationOutput(objectiveName: string): Output | undefined {
  const { value, evaluation = value } = findRule(objectiveName);
  return evaluation;
}

/** Where predictions part two classes: margins at 0, probabilities at one half. */
export function middleOf(objectiveName: string): number {
  return findRule(objectiveName).value ? 0.5 : 0;
}

/**
 * The margin that each group starts from.
 *
 * @param baseScore as the model stores it: length 1 (for all groups) or groupCount
 * @returns length groupCount
 * @throws {CoppiceError} UNSUPPORTED when the objective is not known
 */
export function baseMargins(
  objectiveName: string,
  baseScore: Float32Array,
  groupCount: number,
): Float32Array {
  const { value } = findRule(objectiveName);
  return Float32Array.from({ length: groupCount }, (_, group) =>
    marginOf(value, baseScore[baseScore.length === 1 ? 0 : group]),
  );
}

/**
 * Checks a base score that the user gives. XGBoost parity: a logistic one may be 0 or 1, which the link
 * moves inwards.
 *
 * @throws {CoppiceError} INVALID_PARAMETER when it has no finite margin, UNSUPPORTED as `baseMargins`
 */
export function checkBaseScore(objectiveName: string, baseScore: Float32Array): void {
  const { value: output } = findRule(objectiveName);
  for (const value of baseScore) {
    const isValid = output === "exp" ? value > 0 : output !== "sigmoid" || (value >= 0 && value <= 1);
    if (isValid && Number.isFinite(value)) continue;
    const rule = output === "exp" ? "above 0" : output === "sigmoid" ? "in [0, 1]" : "a finite number";
    throw new CoppiceError(
      "INVALID_PARAMETER",
      `\`baseScore\` must be ${rule} for \`${objectiveName}\`, got ${value}`,
      { parameter: "baseScore" },
    );
  }
}

function findRule(objectiveName: string): OutputRule {
  if (Object.hasOwn(outputs, objectiveName)) return outputs[objectiveName];
  throw new CoppiceError("UNSUPPORTED", `the objective \`${objectiveName}\` is not known`, {
    objective: objectiveName,
  });
}

/** The link: the inverse of the output. XGBoost parity: the logit first moves its argument into [1e-6, 1 - 1e-6]. */
function marginOf(output: Output | undefined, baseScore: number): number {
  if (output === "exp") return logf(baseScore);
  if (output !== "sigmoid") return baseScore;
  const low = fround(1e-6);
  const clamped = Math.min(Math.max(baseScore, low), fround(1 - low));
  return -logf(fround(fround(1 / clamped) - 1));
}

/** Applies `output` in place; as `transformMargins`. */
export function applyOutput(
  output: Output | undefined,
  values: Float32Array,
  groupCount: number,
  rowCount: number,
): Float32Array {
  if (output === "argmax") return takeClasses(values, groupCount, rowCount);
  if (output === "sigmoid") for (let i = 0; i < values.length; i++) values[i] = sigmoid(values[i]);
  else if (output === "threshold") for (let i = 0; i < values.length; i++) values[i] = values[i] > 0 ? 1 : 0;
  else if (output === "exp") expfBlock(values, 0, values.length);
  else if (output === "softmax") softmaxRows(values, groupCount, rowCount, 0, rowCount);
  else if (output === "sort") sortGroups(values, groupCount, rowCount);
  return values;
}

/** Writes the class of each row over group 0. XGBoost parity: the first of equal margins wins. */
function takeClasses(values: Float32Array, groupCount: number, rowCount: number): Float32Array {
  for (let row = 0; row < rowCount; row++) {
    let best = 0;
    for (let group = 1; group < groupCount; group++) {
      if (values[group * rowCount + row] > values[best * rowCount + row]) best = group;
    }
    values[row] = best;
  }
  return values.subarray(0, rowCount);
}

/** Sorts the values of each row ascending over groups, so that quantiles do not cross. */
function sortGroups(values: Float32Array, groupCount: number, rowCount: number): void {
  const row = new Float32Array(groupCount);
  for (let r = 0; r < rowCount; r++) {
    for (let group = 0; group < groupCount; group++) row[group] = values[group * rowCount + r];
    row.sort();
    for (let group = 0; group < groupCount; group++) values[group * rowCount + r] = row[group];
  }
}
