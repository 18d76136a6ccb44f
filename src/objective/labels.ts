// The check of labels against an objective's range, with a message that names the row.

import { CoppiceError } from "../core/errors.ts";
import type { Labels } from "./objective.ts";

/** The range of labels that an objective accepts. */
export interface LabelRule {
  readonly minimum?: number;
  /** The range leaves out its minimum. */
  readonly exclusiveMinimum?: boolean;
  readonly maximum?: number;
  readonly isInteger?: boolean;
  /** The rule as it stands in the message: "at least 0". */
  readonly words: string;
}

/** @throws {CoppiceError} INVALID_DATA naming the first row whose label breaks `rule`, or a wrong length */
export function checkLabelRule(objectiveName: string, labels: Labels, rule: LabelRule): void {
  const { label, weight, rowCount } = labels;
  checkLength("label", label.length, rowCount);
  if (weight && !labels.queryOffsets) checkLength("weight", weight.length, rowCount);
  const { minimum = -Infinity, maximum = Infinity, exclusiveMinimum = false, isInteger = false } = rule;
  for (let row = 0; row < rowCount; row++) {
    const value = label[row];
    const isValid =
      value >= minimum &&
      value <= maximum &&
      !(exclusiveMinimum && value === minimum) &&
      !(isInteger && !Number.isInteger(value));
    if (!isValid) {
      throw new CoppiceError(
        "INVALID_DATA",
        `\`label\` must be ${rule.words} for \`${objectiveName}\`, got ${value} in row ${row}`,
        { row },
      );
    }
  }
}

function checkLength(name: string, length: number, rowCount: number): void {
  if (length !== rowCount) {
    throw new CoppiceError("INVALID_DATA", `\`${name}\` must have ${rowCount} values, got ${length}`);
  }
}
