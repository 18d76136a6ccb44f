// The walk along a ROC or precision-recall curve that auc and aucpr share: rows by descending score, true
// and false positives counted by weight on an exact grid, an area added wherever the score changes.

import { exactStep, roundingMagic } from "../core/exact-sum.ts";
import { log } from "../core/math/exp-log.ts";
import { argsortDescending } from "./argsort.ts";

const fround = Math.fround;

/** One class against the rest: scores, labels in [0, 1], weights (absent: all 1). */
export interface BinaryRows {
  readonly scores: Float32Array;
  readonly label: Float32Array;
  readonly weight: Float32Array | undefined;
}

/** Weight of the positive and negative rows, and the area in units of their product or of 1. */
export interface CurveArea {
  readonly positive: number;
  readonly negative: number;
  readonly area: number;
}

/** The area between two neighbouring points of a curve. */
type Step = (fpBefore: number, fp: number, tpBefore: number, tp: number) => number;

/** Area under the ROC curve, as a share: NaN where one of the two classes has no weight. */
export function areaUnderRoc(rows: BinaryRows): CurveArea {
  const walked = walk(rows, (fpBefore, fp, tpBefore, tp) => (fp - fpBefore) * (tpBefore + tp) * 0.5);
  const { positive, negative } = walked;
  const isValid = positive > 0 && negative > 0;
  return { positive, negative, area: isValid ? walked.area / (positive * negative) : Number.NaN };
}

/**
 * Area under the precision-recall curve with the interpolation of Davis & Goadrich 2006 in the closed
 * form of Keilwagen et al. 2014 (doi:10.1371/journal.pone.0092209); NaN as for the ROC curve.
 */
export function areaUnderPrecisionRecall(rows: BinaryRows): CurveArea {
  const { positive, negative } = walk(rows, () => 0);
  if (!(positive > 0 && negative > 0)) return { positive, negative, area: Number.NaN };
  return walk(rows, (fpBefore, fp, tpBefore, tp) =>
    precisionRecallStep(fpBefore, fp, tpBefore, tp, positive),
  );
}

function precisionRecallStep(
  fpBefore: number,
  fp: number,
  tpBefore: number,
  tp: number,
  positive: number,
): number {
  const before = tpBefore / positive;
  const recall = tp / positive;
  if (tp === tpBefore) return 0;
  const slope = (fp - fpBefore) / (tp - tpBefore);
  const a = slope + 1;
  const b = (fpBefore - slope * tpBefore) / positive;
  if (b === 0) return (recall - before) / a;
  return (recall - before - (b / a) * (log(a * recall + b) - log(a * before + b))) / a;
}

function walk({ scores, label, weight }: BinaryRows, step: Step): CurveArea {
  const order = argsortDescending(scores);
  const magic = roundingMagic(exactStep(scores.length, largestWeight(weight)));
  let tp = 0;
  let fp = 0;
  let tpBefore = 0;
  let fpBefore = 0;
  let area = 0;
  for (let i = 0; i < order.length; i++) {
    const row = order[i];
    if (i > 0 && scores[row] !== scores[order[i - 1]]) {
      area += step(fpBefore, fp, tpBefore, tp);
      tpBefore = tp;
      fpBefore = fp;
    }
    const w = weight ? weight[row] : 1;
    tp += fround(label[row] * w) + magic - magic;
    fp += fround(fround(1 - label[row]) * w) + magic - magic;
  }
  area += step(fpBefore, fp, tpBefore, tp);
  return { positive: tp, negative: fp, area };
}

function largestWeight(weight: Float32Array | undefined): number {
  if (weight === undefined) return 1;
  let largest = 0;
  for (const w of weight) if (w > largest) largest = w;
  return largest;
}
