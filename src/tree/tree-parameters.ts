// The parameters of growing one tree, with XGBoost's names, ranges and defaults. Numbers are float32,
// as in XGBoost: 0.3 means 0.300000012.

import type { Declarations } from "../core/declaration.ts";
import type { ResolvedValuesOf } from "../core/parameter.ts";

const share = { type: "number", default: 1, minimum: 0, exclusiveMinimum: true, maximum: 1 } as const;

export const treeParameterDeclarations = {
  eta: {
    aliases: ["learning_rate"],
    type: "number",
    default: 0.3,
    minimum: 0,
    doc: "learning rate: what each leaf is multiplied by",
  },
  gamma: {
    aliases: ["min_split_loss"],
    type: "number",
    default: 0,
    minimum: 0,
    doc: "least gain that a split must bring",
  },
  /** 0 means no limit. */
  maxDepth: {
    type: "integer",
    default: 6,
    minimum: 0,
    doc: "largest depth of a tree; 0 for no limit",
  },
  /** 0 means no limit. */
  maxLeaves: {
    type: "integer",
    default: 0,
    minimum: 0,
    doc: "largest number of leaves of a tree; 0 for no limit",
  },
  growPolicy: {
    type: "string",
    default: "depthwise",
    choices: ["depthwise", "lossguide"],
    doc: "which node is split next: level by level, or the one with the largest gain",
  },
  minChildWeight: {
    type: "number",
    default: 1,
    minimum: 0,
    doc: "least cover (sum of hessians) of a child",
  },
  lambda: {
    aliases: ["reg_lambda"],
    type: "number",
    default: 1,
    minimum: 0,
    doc: "L2 regularisation of leaf weights",
  },
  alpha: {
    aliases: ["reg_alpha"],
    type: "number",
    default: 0,
    minimum: 0,
    doc: "L1 regularisation of leaf weights",
  },
  /** 0 means no limit. */
  maxDeltaStep: {
    type: "number",
    default: 0,
    minimum: 0,
    doc: "largest magnitude of a leaf weight; 0 for no limit",
  },
  maxCatToOnehot: {
    type: "integer",
    default: 4,
    minimum: 1,
    doc: "features with fewer categories are split one category against the rest",
  },
  maxCatThreshold: {
    type: "integer",
    default: 64,
    minimum: 1,
    doc: "largest number of categories on one side of a categorical split",
  },
  /** Per feature, or by feature name: 1 increasing, -1 decreasing, 0 free. */
  monotoneConstraints: {
    type: "any",
    of: undefined as unknown as readonly number[] | Readonly<Record<string, number>>,
    doc: "1 (increasing), -1 (decreasing) or 0 per feature, as an array or by feature name",
  },
  /** Sets of features, by index or name, that may stand together on a path. */
  interactionConstraints: {
    type: "any",
    of: undefined as unknown as readonly (readonly (number | string)[])[],
    doc: "sets of features (indices or names) that may interact",
  },
  subsample: { ...share, doc: "share of rows that each tree sees" },
  colsampleBytree: { ...share, doc: "share of features that each tree sees" },
  colsampleBylevel: { ...share, doc: "share of the tree's features that each level sees" },
  colsampleBynode: { ...share, doc: "share of the level's features that each node sees" },
  numParallelTree: {
    type: "integer",
    default: 1,
    minimum: 1,
    doc: "trees grown per group and round: a forest when above 1",
  },
  seed: {
    aliases: ["random_state"],
    type: "integer",
    default: 0,
    minimum: 0,
    maximum: 4294967295,
    doc: "seed of everything that is drawn at random",
  },
} as const satisfies Declarations;

type Declared = ResolvedValuesOf<typeof treeParameterDeclarations>;

/** The parameters after checks, for the features of a table. */
export interface TreeParameters extends Omit<Declared, "monotoneConstraints" | "interactionConstraints"> {
  /** -1, 0 or 1 per feature; undefined when no feature is constrained. */
  readonly monotoneConstraints: Int8Array | undefined;
  /** Sets of features that may stand together on a path; undefined when all may. */
  readonly interactionConstraints: readonly (readonly number[])[] | undefined;
}
