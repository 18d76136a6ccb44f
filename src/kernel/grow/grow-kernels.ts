// The kernels of growing trees as a member of a team has them, bound to the memory they work on and to the
// member's own parts of it. There are two implementations, plain TypeScript and WebAssembly, which give the
// same bytes.

import type { GradientKernel } from "../../objective/objective.ts";
import type { GrowTask } from "./grow-tasks.ts";

/** Ranges are half-open; groups, columns and histograms go by their numbers. */
export interface GrowKernels {
  /** Adds rows [begin, end) of a group's row order to a histogram. */
  addRows(group: number, begin: number, end: number, histogram: number): void;
  /** The same for a group whose rows are still in the order of the table. */
  addRowRange(group: number, begin: number, end: number, histogram: number): void;
  /** target += source. */
  addHistogram(target: number, source: number): void;
  /** target -= source. */
  subtractHistogram(target: number, source: number): void;
  /**
   * Puts the rows of [begin, end) that go left by the member's split table first, both sides in order.
   *
   * @returns where the right side begins
   */
  partitionRows(group: number, begin: number, end: number, column: number): number;
  /**
   * Writes the rows of [begin, end) to the same range of the scratch: those going left from its begin on,
   * the others from its end backwards.
   *
   * @returns how many go left
   */
  separateRows(group: number, begin: number, end: number, column: number): number;
  /** Moves what `separateRows` wrote for a range: `leftCount` rows to `left` on, the others to `right` on. */
  joinRows(separated: GrowTask<"join">): void;
  /** Raises the member's maxima by the gradient pairs of rows [begin, end) of all groups. */
  raiseMaxima(begin: number, end: number): void;
  /** Adds a group's pairs [begin, end), rounded to its grid, to the member's sums, and their magnitudes. */
  measureGradients(group: number, begin: number, end: number): void;
  /** Rounds a group's pairs [begin, end) in place to its grid and adds them to the member's sums. */
  roundGradients(group: number, begin: number, end: number): void;
  /** Puts rows [begin, end) of the table into the same places of a group's row order. */
  numberRows(group: number, begin: number, end: number): void;
  /** Adds `value` to the margins of rows [begin, end) of a group's row order. */
  addToMargins(group: number, begin: number, end: number, value: number): void;
  /**
   * Gradients of rows [begin, end) with the member's maxima raised, where there is a kernel for the
   * objective that `gradientKernel` names; else false and nothing happens.
   */
  computeGradients(kernel: GradientKernel | undefined, begin: number, end: number): boolean;
  /**
   * The best numeric split without L1 term, weight limit and constraints, or undefined where there is no
   * kernel. Bins are at `binBegin` of `histograms`, or of the member's `assembled` bins; what the search knows
   * and finds stands in the member's part of `searches`.
   *
   * @returns -1 for none; bin i of the forward scan as i, of the backward scan as binCount + i
   */
  readonly findNumericSplit:
    | ((isAssembled: boolean, binBegin: number, binCount: number) => number)
    | undefined;
}
