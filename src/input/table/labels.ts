// Labels, as numbers or as classes. Classes of any kind (1..7, "yes"/"no") are coded 0, 1, .. in
// sorted order, so the order of rows does not matter; what a code stands for is kept. All tables
// that are read together (training and validation rows of a split) share one coding.

import { CoppiceError, showValue } from "../../core/errors.ts";
import type { LabelClass } from "../../data/dmatrix.ts";
import { sortNames } from "./categories.ts";
import type { Placement } from "./feature-sink.ts";
import { Growable } from "./growable.ts";
import type { ColumnKind, ColumnValues, TableBlock } from "./table.ts";

/** "number" takes labels as they are; "class" codes them. */
export type LabelKind = "number" | "class";

export class LabelEncoder {
  readonly title: string;
  readonly kind: LabelKind;
  /** The classes met, in order of appearance, or the fixed ones. */
  readonly #codes: Map<LabelClass, number> = new Map();
  readonly #isFixed: boolean;
  /** One per table: labels, or codes by order of appearance. */
  readonly #labels: Growable<Float32Array>[];

  /** @param classes the coding to keep to; by default it is learned */
  constructor(title: string, kind: LabelKind, tableCount: number, classes?: readonly LabelClass[]) {
    this.title = title;
    this.kind = kind;
    this.#isFixed = classes !== undefined;
    classes?.forEach((value, code) => {
      this.#codes.set(value, code);
    });
    this.#labels = Array.from({ length: tableCount }, () => new Growable((n) => new Float32Array(n)));
  }

  /** @throws {CoppiceError} INVALID_DATA naming the place of a missing, infinite or unknown label */
  read(values: ColumnValues, block: TableBlock, placements: readonly Placement[]): void {
    placements.forEach(({ rows, count }, table) => {
      const labels = this.#labels[table];
      for (let k = 0; k < count; k++) {
        const row = rows === null ? k : rows[k];
        labels.push(this.#labelOf(valueAt(values, row), () => block.placeOf(row)));
      }
    });
  }

  /** One label of table `table`, for readers that come by rows. */
  push(value: LabelClass | undefined, table: number, placeOf: () => string): void {
    this.#labels[table].push(this.#labelOf(value, placeOf));
  }

  #labelOf(value: LabelClass | undefined, placeOf: () => string): number {
    if (value === undefined) {
      throw new CoppiceError("INVALID_DATA", `${placeOf()}: the label (${this.title}) is missing`);
    }
    if (this.kind === "number") {
      const label = Math.fround(Number(value));
      if (!Number.isFinite(label)) {
        throw new CoppiceError(
          "INVALID_DATA",
          `${placeOf()}: the label (${this.title}) must be a finite number, got ${showValue(value)}`,
        );
      }
      return label;
    }
    if (typeof value === "number" && !Number.isFinite(value)) {
      throw new CoppiceError(
        "INVALID_DATA",
        `${placeOf()}: the label (${this.title}) must be finite, got ${value}`,
      );
    }
    // -0 and 0 are one class.
    const key = value === 0 ? 0 : value;
    const known = this.#codes.get(key);
    if (known !== undefined) return known;
    if (this.#isFixed) {
      throw new CoppiceError(
        "INVALID_DATA",
        `${placeOf()}: unknown label class ${showValue(value)} (${this.title}); known are ${showClasses([...this.#codes.keys()])}`,
        { value },
      );
    }
    this.#codes.set(key, this.#codes.size);
    return this.#codes.size - 1;
  }

  /** The labels of each table, and what the codes stand for (undefined for numbers). */
  finish(): { labels: Float32Array[]; classes: readonly LabelClass[] | undefined } {
    const labels = this.#labels.map((vector) => vector.finish());
    if (this.kind === "number") return { labels, classes: undefined };
    const met = [...this.#codes.keys()];
    if (this.#isFixed) return { labels, classes: met };
    const classes = sortNames(met);
    const newCodes = new Float32Array(met.length);
    classes.forEach((value, code) => {
      newCodes[this.#codes.get(value)!] = code;
    });
    for (const vector of labels) {
      for (let i = 0; i < vector.length; i++) vector[i] = newCodes[vector[i]];
    }
    return { labels, classes };
  }
}

/** As what a label column must be read. */
export function labelColumnKind(
  kind: LabelKind,
  column: ColumnKind,
  classes: readonly LabelClass[] | undefined,
): ColumnKind {
  if (kind === "number") return "number";
  if (classes === undefined) return column;
  return classes.every((value) => typeof value === "number") ? "number" : "string";
}

/** The value of a row; undefined where missing. */
export function valueAt(values: ColumnValues, row: number): LabelClass | undefined {
  if (values.kind === "number") return Number.isNaN(values.values[row]) ? undefined : values.values[row];
  return values.codes[row] < 0 ? undefined : values.dictionary[values.codes[row]];
}

function showClasses(classes: readonly LabelClass[]): string {
  const shown = classes.slice(0, 12).map(showValue).join(", ");
  return classes.length > 12 ? `${shown} and ${classes.length - 12} more` : shown;
}
