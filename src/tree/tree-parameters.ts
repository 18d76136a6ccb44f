// The parameters of growing one tree, with XGBoost's names, ranges and defaults. Numbers are float32,
// as in XGBoost: 0.3 means 0.300000012.

import type { ParameterDeclaration } from "../core/parameter.ts";

export interface TreeParameters {
  readonly eta: number;
  readonly gamma: number;
  /** 0 means no limit. */
  readonly maxDepth: number;
  /** 0 means no limit. */
  readonly maxLeaves: number;
  readonly growPolicy: "depthwise" | "lossguide";
  readonly minChildWeight: number;
  readonly lambda: number;
  readonly alpha: number;
  /** 0 means no limit. */
  readonly maxDeltaStep: number;
  readonly maxCatToOnehot: number;
  readonly maxCatThreshold: number;
  /** -1, 0 or 1 per feature; undefined when no feature is constrained. */
  readonly monotoneConstraints: Int8Array | undefined;
  /** Sets of features that may stand together on a path; undefined when all may. */
  readonly interactionConstraints: readonly (readonly number[])[] | undefined;
  readonly subsample: number;
  readonly colsampleBytree: number;
  readonly colsampleBylevel: number;
  readonly colsampleBynode: number;
  readonly numParallelTree: number;
  readonly seed: number;
}

const share = { type: "number", default: 1, minimum: 0, exclusiveMinimum: true, maximum: 1 } as const;

export const treeParameterDeclarations: readonly ParameterDeclaration[] = [
  {
    name: "eta",
    aliases: ["learning_rate"],
    type: "number",
    default: 0.3,
    minimum: 0,
    doc: "learning rate: what each leaf is multiplied by",
  },
  {
    name: "gamma",
    aliases: ["min_split_loss"],
    type: "number",
    default: 0,
    minimum: 0,
    doc: "least gain that a split must bring",
  },
  {
    name: "maxDepth",
    type: "integer",
    default: 6,
    minimum: 0,
    doc: "largest depth of a tree; 0 for no limit",
  },
  {
    name: "maxLeaves",
    type: "integer",
    default: 0,
    minimum: 0,
    doc: "largest number of leaves of a tree; 0 for no limit",
  },
  {
    name: "growPolicy",
    type: "string",
    default: "depthwise",
    choices: ["depthwise", "lossguide"],
    doc: "which node is split next: level by level, or the one with the largest gain",
  },
  {
    name: "minChildWeight",
    type: "number",
    default: 1,
    minimum: 0,
    doc: "least cover (sum of hessians) of a child",
  },
  {
    name: "lambda",
    aliases: ["reg_lambda"],
    type: "number",
    default: 1,
    minimum: 0,
    doc: "L2 regularisation of leaf weights",
  },
  {
    name: "alpha",
    aliases: ["reg_alpha"],
    type: "number",
    default: 0,
    minimum: 0,
    doc: "L1 regularisation of leaf weights",
  },
  {
    name: "maxDeltaStep",
    type: "number",
    default: 0,
    minimum: 0,
    doc: "largest magnitude of a leaf weight; 0 for no limit",
  },
  {
    name: "maxCatToOnehot",
    type: "integer",
    default: 4,
    minimum: 1,
    doc: "features with fewer categories are split one category against the rest",
  },
  {
    name: "maxCatThreshold",
    type: "integer",
    default: 64,
    minimum: 1,
    doc: "largest number of categories on one side of a categorical split",
  },
  {
    name: "monotoneConstraints",
    type: "any",
    default: undefined,
    doc: "1 (increasing), -1 (decreasing) or 0 per feature, as an array or by feature name",
  },
  {
    name: "interactionConstraints",
    type: "any",
    default: undefined,
    doc: "sets of features (indices or names) that may interact",
  },
  { name: "subsample", ...share, doc: "share of rows that each tree sees" },
  { name: "colsampleBytree", ...share, doc: "share of features that each tree sees" },
  { name: "colsampleBylevel", ...share, doc: "share of the tree's features that each level sees" },
  { name: "colsampleBynode", ...share, doc: "share of the level's features that each node sees" },
  {
    name: "numParallelTree",
    type: "integer",
    default: 1,
    minimum: 1,
    doc: "trees grown per group and round: a forest when above 1",
  },
  {
    name: "seed",
    aliases: ["random_state"],
    type: "integer",
    default: 0,
    minimum: 0,
    maximum: 4294967295,
    doc: "seed of everything that is drawn at random",
  },
];
