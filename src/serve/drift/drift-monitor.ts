// Watches the rows that one model is asked to predict: how far each feature and each prediction has moved
// from the training rows, and what requests did not fit the model's schema.

import type { TrainingProfile } from "../../booster/training-profile.ts";
import type { Violation } from "../protocol/request-error.ts";
import { binsOfProfile, countRows, moveToUnseen, type ProfileBins } from "./column-bins.ts";
import { DriftWindow } from "./drift-window.ts";
import { type ColumnDrift, measureDrift } from "./stability.ts";

/** Rows as they went into a model. */
export interface ObservedRows {
  readonly rowCount: number;
  /** [rowCount × width] row-major, NaN for missing. */
  readonly matrix: Float32Array;
  readonly width: number;
  /** Values per feature whose category the model does not know; they are NaN in `matrix`. */
  readonly unseen?: ReadonlyMap<number, number> | undefined;
  /** What `predict` gave, when it was asked for. */
  readonly predictions?: Float32Array | undefined;
}

export interface NamedDrift extends ColumnDrift {
  readonly name: string;
}

export interface DriftReport {
  /** Rows in the window. */
  readonly rowCount: number;
  readonly trainingRowCount: number;
  readonly features: readonly NamedDrift[];
  readonly predictions: readonly NamedDrift[];
  readonly violations: Readonly<Record<string, ViolationCount>>;
}

export interface ViolationCount {
  readonly count: number;
  /** What the last of them was. */
  readonly last: string;
}

/** Counts rows by the bins of a profile, into an array of `bins.size` counts. */
export function observeRows(bins: ProfileBins, rows: ObservedRows, counts: Uint32Array): void {
  countRows(bins.features, rows.matrix, rows.rowCount, rows.width, counts);
  for (const [feature, count] of rows.unseen ?? []) {
    const column = bins.features[feature];
    if (column !== undefined) moveToUnseen(column, count, counts);
  }
  const { predictions, rowCount } = rows;
  if (predictions !== undefined && rowCount > 0) {
    countRows(bins.predictions, predictions, rowCount, predictions.length / rowCount, counts);
  }
}

export class DriftMonitor {
  readonly bins: ProfileBins | undefined;
  readonly #trainingRowCount: number;
  readonly #window: DriftWindow | undefined;
  readonly #violations = new Map<Violation, { count: number; last: string }>();

  /** @param profile undefined for a model that carries none: only violations are counted */
  constructor(profile: TrainingProfile | undefined, windowRows: number) {
    this.bins = profile && binsOfProfile(profile);
    this.#trainingRowCount = profile?.rowCount ?? 0;
    this.#window = this.bins && new DriftWindow(this.bins.size, windowRows);
  }

  observe(rows: ObservedRows): void {
    if (this.bins === undefined || this.#window === undefined || rows.rowCount === 0) return;
    observeRows(this.bins, rows, this.#window.current);
    this.#window.advance(rows.rowCount);
  }

  /** Rows that were counted by `observeRows` elsewhere. */
  addCounts(counts: Uint32Array, rowCount: number): void {
    if (rowCount > 0) this.#window?.add(counts, rowCount);
  }

  countViolation(kind: Violation, message: string): void {
    const known = this.#violations.get(kind) ?? { count: 0, last: "" };
    this.#violations.set(kind, { count: known.count + 1, last: message });
  }

  /** @param featureNames one per feature; @param predictionNames one per value of a row */
  report(featureNames: readonly string[], predictionNames: readonly string[]): DriftReport {
    const counts = this.#window?.total() ?? [];
    const measure = (columns: ProfileBins["features"], names: readonly string[]) =>
      columns.map((column, i) => ({ name: names[i] ?? String(i), ...measureDrift(column, counts) }));
    return {
      rowCount: this.#window?.rowCount ?? 0,
      trainingRowCount: this.#trainingRowCount,
      features: this.bins ? measure(this.bins.features, featureNames) : [],
      predictions: this.bins ? measure(this.bins.predictions, predictionNames) : [],
      violations: Object.fromEntries(this.#violations),
    };
  }
}
