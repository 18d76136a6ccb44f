// Random training cases for comparing with XGBoost. A case is a small record that prints on a few
// lines and shrinks: shapes, parameters and a seed, from which table, labels and weights follow by
// hashing (seed, stream, position), so that fewer rows or columns leave the others as they were.
// Both sides get the identical float32 arrays.

import fc from "fast-check";
import { type ObjectiveName, objectiveParams } from "./case-objectives.ts";

export type ColumnKind =
  | "continuous"
  | "normal"
  | "large"
  | "tiny"
  | "integer"
  | "few"
  | "binary"
  | "constant"
  | "heavyTies"
  | "sorted"
  | "copy"
  | "mirror"
  | "allMissing"
  | "categorical";

export interface Column {
  readonly kind: ColumnKind;
  /** The share of missing values. */
  readonly missing: number;
  /** Distinct values of "few", categories of "categorical". */
  readonly levels: number;
}

export type WeightKind = "none" | "uniform" | "integer" | "someZero";

/** Parameters by XGBoost's names; per-column ones are cut to the columns by `effectiveParams`. */
export type CaseParams = Readonly<Record<string, number | string | readonly (number | readonly number[])[]>>;

export interface TrainingCase {
  readonly objective: ObjectiveName;
  readonly seed: number;
  readonly rows: number;
  readonly columns: readonly Column[];
  readonly weights: WeightKind;
  readonly hasBaseMargin: boolean;
  /** Few distinct labels make exact ties between splits likely. */
  readonly coarseLabels: boolean;
  readonly params: CaseParams;
  readonly rounds: number;
}

const mostColumns = 20;

const columnArbitrary: fc.Arbitrary<Column> = fc.record({
  kind: fc.constantFrom<ColumnKind[]>(
    "continuous",
    "continuous",
    "normal",
    "large",
    "tiny",
    "integer",
    "few",
    "binary",
    "constant",
    "heavyTies",
    "sorted",
    "copy",
    "mirror",
    "allMissing",
    "categorical",
    "categorical",
  ),
  missing: fc.constantFrom(0, 0, 0, 0.05, 0.5, 0.95),
  levels: fc.oneof(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 9, max: 100 })),
});

const rowsArbitrary: fc.Arbitrary<number> = fc.oneof(
  { withCrossShrink: true },
  { arbitrary: fc.integer({ min: 2, max: 12 }), weight: 3 },
  { arbitrary: fc.integer({ min: 1, max: 1 }), weight: 1 },
  { arbitrary: fc.integer({ min: 13, max: 120 }), weight: 10 },
  { arbitrary: fc.integer({ min: 121, max: 1000 }), weight: 6 },
  { arbitrary: fc.integer({ min: 1001, max: 5000 }), weight: 1 },
);

/** Steps of 1/100, so that a case prints short. */
const hundredths = (min: number, max: number): fc.Arbitrary<number> =>
  fc.integer({ min: Math.round(min * 100), max: Math.round(max * 100) }).map((n) => n / 100);

/** Strong regularisation leaves nothing to compare, so it is the rarer choice. */
const mostly = <T>(usual: fc.Arbitrary<T>, rare: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  fc.oneof({ arbitrary: usual, weight: 4 }, { arbitrary: rare, weight: 1 });

/** Every parameter of tree growth. Left out by default: what shrinking arrives at. */
const treeParams = {
  eta: hundredths(0.01, 1),
  gamma: mostly(hundredths(0, 0.3), hundredths(0, 10)),
  max_depth: fc.integer({ min: 0, max: 9 }),
  max_leaves: fc.integer({ min: 0, max: 20 }),
  max_bin: fc.oneof(fc.integer({ min: 2, max: 16 }), fc.integer({ min: 17, max: 400 })),
  grow_policy: fc.constantFrom("depthwise", "lossguide"),
  min_child_weight: mostly(fc.oneof(fc.constant(0), hundredths(0, 3)), fc.integer({ min: 1, max: 30 })),
  lambda: fc.oneof(fc.constant(0), hundredths(0, 10)),
  alpha: mostly(hundredths(0, 0.5), hundredths(0, 5)),
  max_delta_step: fc.oneof(fc.constant(0), hundredths(0.01, 2)),
  max_cat_to_onehot: fc.integer({ min: 1, max: 12 }),
  max_cat_threshold: fc.oneof(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 6, max: 100 })),
  num_parallel_tree: fc.integer({ min: 1, max: 3 }),
  monotone_constraints: fc.array(fc.integer({ min: -1, max: 1 }), {
    minLength: mostColumns,
    maxLength: mostColumns,
  }),
  interaction_constraints: fc.array(
    fc.uniqueArray(fc.integer({ min: 0, max: mostColumns - 1 }), { minLength: 1, maxLength: 6 }),
    { minLength: 1, maxLength: 5 },
  ),
};

/** Keeps each parameter with a chance of about two in five: many at once would leave no splits. */
function sparseParams(model: Record<string, fc.Arbitrary<CaseParams[string]>>): fc.Arbitrary<CaseParams> {
  const optional = Object.fromEntries(
    Object.entries(model).map(([name, arbitrary]) => [
      name,
      fc.oneof({ arbitrary: fc.constant(undefined), weight: 3 }, { arbitrary, weight: 2 }),
    ]),
  );
  return fc
    .record(optional)
    .map(
      (record) =>
        Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as CaseParams,
    );
}

/** Cases of one objective. */
export function trainingCases(objective: ObjectiveName): fc.Arbitrary<TrainingCase> {
  return fc.record({
    objective: fc.constant(objective),
    seed: fc.nat(),
    rows: rowsArbitrary,
    columns: fc.array(columnArbitrary, { minLength: 1, maxLength: mostColumns, size: "max" }),
    weights: fc.constantFrom<WeightKind[]>("none", "none", "uniform", "integer", "someZero"),
    hasBaseMargin: fc.oneof({ arbitrary: fc.constant(false), weight: 7 }, fc.constant(true)),
    coarseLabels: fc.boolean(),
    params: sparseParams({ ...treeParams, ...objectiveParams(objective) }),
    rounds: fc.integer({ min: 1, max: 10 }),
  });
}

/** The parameters as XGBoost takes them: constraints cut to the case's columns, objective included. */
export function effectiveParams(trainingCase: TrainingCase): Record<string, unknown> {
  const width = trainingCase.columns.length;
  const {
    monotone_constraints: monotone,
    interaction_constraints: interaction,
    ...rest
  } = trainingCase.params;
  const params: Record<string, unknown> = { objective: trainingCase.objective, ...rest };
  if (Array.isArray(monotone)) params.monotone_constraints = monotone.slice(0, width);
  if (Array.isArray(interaction)) {
    const sets = (interaction as readonly (readonly number[])[])
      .map((set) => set.filter((feature) => feature < width))
      .filter((set) => set.length > 0);
    if (sets.length > 0) params.interaction_constraints = sets;
  }
  return params;
}
