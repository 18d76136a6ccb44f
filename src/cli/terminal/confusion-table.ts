// A confusion matrix for a terminal.

import { type ConfusionMatrix, classRates } from "../../metric/confusion-matrix.ts";
import { formatCount, formatTable } from "./text-table.ts";

/** Beyond this many classes the matrix is wider than a terminal. */
const MAX_PRINTED_CLASSES = 12;

/** The confusion matrix and the rates of each class, as lines for a terminal. */
export function describeConfusion(confusion: ConfusionMatrix): string {
  const { classNames, counts } = confusion;
  const classCount = classNames.length;
  const rates = formatTable([
    ["class", "precision", "recall", "F1", "rows"],
    ...classRates(confusion).map(({ name, precision, recall, f1, support }) => [
      name,
      ...[precision, recall, f1].map((rate) => (Number.isNaN(rate) ? "-" : rate.toFixed(4))),
      formatCount(support),
    ]),
  ]);
  if (classCount > MAX_PRINTED_CLASSES) return rates;
  const rows = classNames.map((name, truth) => [
    name,
    ...Array.from(counts.subarray(truth * classCount, (truth + 1) * classCount), formatCount),
  ]);
  const matrix = formatTable([["true \\ predicted", ...classNames], ...rows]);
  return `${matrix}\n\n${rates}`;
}
