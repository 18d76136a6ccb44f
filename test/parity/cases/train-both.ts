// Trains one case here and in XGBoost on the identical arrays.

import type { Booster } from "../../../src/booster/booster.ts";
import { DMatrix, type FeatureType } from "../../../src/data/dmatrix.ts";
import { fromXGBoostParams } from "../../../src/training/parameters.ts";
import { trainBooster } from "../../../src/training/train.ts";
import type { Results, Table, Wanted, XGBoost, XGBoostParams } from "../xgboost.ts";
import { classCountOf, makeTable } from "./case-table.ts";
import { effectiveParams, type TrainingCase } from "./cases.ts";

/** The table as ours; it keeps a copy, so that neither side can change the other's values. */
export function toDMatrix(table: Table): DMatrix {
  return DMatrix.fromDense(table.data.slice(), {
    rowCount: table.rows,
    featureCount: table.columns,
    label: table.label?.slice(),
    weight: table.weight?.slice(),
    baseMargin: table.baseMargin?.slice(),
    featureNames: table.featureNames,
    categories: table.categories,
    featureTypes: table.featureTypes as readonly FeatureType[] | undefined,
  });
}

/** All parameters of the case by XGBoost's names, the class count included. */
export function allParams(trainingCase: TrainingCase): Record<string, unknown> {
  const classCount = classCountOf(trainingCase);
  const params = effectiveParams(trainingCase);
  return classCount > 0 ? { ...params, num_class: classCount } : params;
}

export async function trainHere(table: Table, params: XGBoostParams, rounds: number): Promise<Booster> {
  const { booster } = await trainBooster(fromXGBoostParams(params), toDMatrix(table), { rounds });
  return booster;
}

export interface Both {
  readonly table: Table;
  readonly params: XGBoostParams;
  readonly ours: Booster;
  readonly theirs: Results;
}

/** Both trainings, side by side in two processes. */
export async function trainBoth(
  xgboost: XGBoost,
  trainingCase: TrainingCase,
  want: readonly Wanted[],
): Promise<Both> {
  const table = makeTable(trainingCase);
  const params = allParams(trainingCase);
  const { rounds } = trainingCase;
  const [theirs, ours] = await Promise.all([
    xgboost.train(table, params, rounds, want),
    trainHere(table, params, rounds),
  ]);
  return { table, params, ours, theirs };
}
