// The one choice point between implementations of the kernels. All of them give the same bytes.

import * as gradient from "./gradient.ts";
import * as histogram from "./histogram.ts";
import * as partition from "./partition.ts";

/** The kernels that growing trees needs. */
export interface Kernels {
  readonly addRows: typeof histogram.addRows;
  readonly addRowRange: typeof histogram.addRowRange;
  readonly subtractHistogram: typeof histogram.subtractHistogram;
  readonly partitionRows: typeof partition.partitionRows;
  readonly raiseMaxima: typeof gradient.raiseMaxima;
  readonly roundGradients: typeof gradient.roundGradients;
  readonly addGradients: typeof gradient.addGradients;
  readonly addToMargins: typeof gradient.addToMargins;
}

/** The kernels in plain TypeScript. */
export const plainKernels: Kernels = { ...histogram, ...partition, ...gradient };
