// The parameters of training: those of the tree, the objective and the learner in one table. Users write
// camelCase; `fromXGBoostParams` takes the dictionary of XGBoost's Python interface.

import { type Declaration, type Declarations, describeRule, type ValuesOf } from "../core/declaration.ts";
import { CoppiceError, showValue } from "../core/errors.ts";
import {
  camelCase,
  findParameter,
  noteGiven,
  resolveParameters,
  snakeCase,
  unknownName,
  xgboostNames,
} from "../core/parameter.ts";
import { parameterFloat } from "../core/parameter-float.ts";
import { metricParameters } from "../metric/registry.ts";
import { objectiveParameters } from "../objective/registry.ts";
import { type TreeParameters, treeParameterDeclarations } from "../tree/tree-parameters.ts";

const learnerParameterDeclarations = {
  /** "reg:squarederror" by default. */
  objective: { type: "string", default: "reg:squarederror", doc: "what is minimised" },
  /** The start of every prediction, in the output space; by default estimated from the labels. */
  baseScore: {
    type: "any",
    of: undefined as unknown as number | readonly number[],
    doc: "start of every prediction, in the output space; estimated from the labels by default",
  },
  /** One metric or several; by default the objective's own. */
  evalMetric: {
    type: "any",
    of: undefined as unknown as string | readonly string[],
    doc: "metric, or list of metrics, to evaluate",
  },
  /** Largest number of bins of a numeric feature, 256 by default. */
  maxBin: {
    type: "integer",
    default: 256,
    minimum: 2,
    maximum: 65535,
    doc: "largest number of bins of a numeric feature",
  },
} as const satisfies Declarations;

/** Every parameter of training by its name, for types, flags, help and checks. */
export const trainParameterDeclarations: typeof learnerParameterDeclarations &
  typeof objectiveParameters &
  typeof metricParameters &
  typeof treeParameterDeclarations = {
  ...learnerParameterDeclarations,
  ...objectiveParameters,
  ...metricParameters,
  ...treeParameterDeclarations,
};

/** What `train` takes; every entry has XGBoost's meaning and default. */
export type TrainParameters = ValuesOf<typeof trainParameterDeclarations>;

/** Parameters after checks, with defaults. */
export interface ResolvedParameters {
  readonly objective: string;
  readonly baseScore: Float32Array | undefined;
  readonly evalMetrics: readonly string[];
  readonly maxBin: number;
  readonly tree: TreeParameters;
  /** Everything, by camelCase name, for the objective and the metrics. */
  readonly all: Readonly<Record<string, unknown>>;
  /** The camelCase names of those that the user gave. */
  readonly given: ReadonlySet<string>;
}

/** The columns that constraints refer to. */
interface NamedFeatures {
  readonly featureCount: number;
  readonly featureNames?: readonly string[] | undefined;
}

/**
 * Checks parameters for a table.
 *
 * @throws {CoppiceError} INVALID_PARAMETER naming parameter, rule and value
 */
export function resolveTrainParameters(
  parameters: TrainParameters,
  features: NamedFeatures,
): ResolvedParameters {
  const input = parameters as Readonly<Record<string, unknown>>;
  const all = resolveParameters(trainParameterDeclarations, input);
  for (const [name, { type }] of Object.entries<Declaration>(trainParameterDeclarations)) {
    if (type === "number" && all[name] !== undefined) all[name] = parameterFloat(all[name] as number);
  }
  const given = new Set<string>();
  for (const [name, value] of Object.entries(input)) {
    if (value !== undefined) given.add(findParameter(trainParameterDeclarations, name)!);
  }
  const tree = {
    ...all,
    monotoneConstraints: monotoneArray(all.monotoneConstraints, features),
    interactionConstraints: interactionSets(all.interactionConstraints, features),
  } as unknown as TreeParameters;
  return {
    objective: all.objective as string,
    baseScore: baseScoreArray(all.baseScore),
    evalMetrics: metricNames(all.evalMetric),
    maxBin: all.maxBin as number,
    tree,
    all,
    given,
  };
}

function badValue(parameter: string, rule: string, value: unknown): CoppiceError {
  return new CoppiceError("INVALID_PARAMETER", `\`${parameter}\` must be ${rule}, got ${showValue(value)}`, {
    parameter,
  });
}

function baseScoreArray(value: unknown): Float32Array | undefined {
  if (value === undefined) return undefined;
  const list = typeof value === "number" ? [value] : value;
  if (!Array.isArray(list) || list.length === 0 || !list.every((v) => Number.isFinite(v))) {
    throw badValue("baseScore", "a number or an array of numbers", value);
  }
  return Float32Array.from(list);
}

function metricNames(value: unknown): readonly string[] {
  if (value === undefined) return [];
  const list = typeof value === "string" ? [value] : value;
  if (!Array.isArray(list) || !list.every((v) => typeof v === "string")) {
    throw badValue("evalMetric", "the name of a metric or an array of names", value);
  }
  return list;
}

function featureIndex(
  parameter: string,
  feature: unknown,
  { featureCount, featureNames }: NamedFeatures,
): number {
  if (typeof feature === "string") {
    const index = featureNames?.indexOf(feature) ?? -1;
    if (index < 0) throw unknownName(`feature in \`${parameter}\``, feature, featureNames ?? []);
    return index;
  }
  if (!Number.isInteger(feature) || (feature as number) < 0 || (feature as number) >= featureCount) {
    throw badValue(parameter, `made of feature names or indices in [0, ${featureCount})`, feature);
  }
  return feature as number;
}

function monotoneArray(value: unknown, features: NamedFeatures): Int8Array | undefined {
  if (value === undefined) return undefined;
  const directions = new Int8Array(features.featureCount);
  const set = (feature: number, direction: unknown) => {
    if (direction !== 0 && direction !== 1 && direction !== -1) {
      throw badValue("monotoneConstraints", "made of -1, 0 and 1", direction);
    }
    directions[feature] = direction;
  };
  if (Array.isArray(value) || value instanceof Int8Array) {
    if (value.length > features.featureCount) {
      throw badValue(
        "monotoneConstraints",
        `at most ${features.featureCount} values, one per feature`,
        value.length,
      );
    }
    value.forEach((direction: unknown, f: number) => {
      set(f, direction);
    });
  } else if (typeof value === "object" && value !== null) {
    for (const [name, direction] of Object.entries(value)) {
      set(featureIndex("monotoneConstraints", name, features), direction);
    }
  } else {
    throw badValue("monotoneConstraints", "an array, or an object by feature name", value);
  }
  return directions;
}

function interactionSets(
  value: unknown,
  features: NamedFeatures,
): readonly (readonly number[])[] | undefined {
  if (value === undefined) return undefined;
  if (!Array.isArray(value) || !value.every((set) => Array.isArray(set))) {
    throw badValue("interactionConstraints", "an array of arrays of features", value);
  }
  if (value.length === 0) return undefined;
  return value.map((set: unknown[]) => set.map((f) => featureIndex("interactionConstraints", f, features)));
}

/** What XGBoost's dictionary may hold beside training parameters, and what of it we accept. */
const foreignParameters: Readonly<Record<string, readonly unknown[] | "any">> = {
  tree_method: ["hist", "auto"],
  booster: ["gbtree"],
  device: ["cpu"],
  multi_strategy: ["one_output_per_tree"],
  process_type: ["default"],
  sampling_method: ["uniform"],
  verbosity: "any",
  silent: "any",
  nthread: "any",
  n_jobs: "any",
  validate_parameters: "any",
};

/**
 * Turns the parameter dictionary of XGBoost's Python interface into ours: aliases, values written as
 * strings, True/False as 1/0, constraints written as text.
 *
 * @example fromXGBoostParams({ max_depth: 6, learning_rate: "0.1", tree_method: "hist" })
 * @throws {CoppiceError} INVALID_PARAMETER for an unknown name; UNSUPPORTED for what coppice does not do
 */
export function fromXGBoostParams(parameters: Readonly<Record<string, unknown>>): TrainParameters {
  const result: Record<string, unknown> = {};
  const givenAs = new Map<string, string>();
  for (const [name, value] of Object.entries(parameters)) {
    if (value === undefined || value === null) continue;
    const allowed = foreignParameters[name];
    if (allowed !== undefined) {
      if (allowed === "any" || allowed.includes(value)) continue;
      const choices = allowed.map((v) => `"${v}"`).join(" or ");
      throw new CoppiceError("UNSUPPORTED", `\`${name}\` must be ${choices}, got ${showValue(value)}`, {
        parameter: name,
      });
    }
    const own = findParameter(trainParameterDeclarations, name);
    if (own === undefined || name !== snakeCase(camelCase(name))) {
      const known = [...xgboostNames(trainParameterDeclarations), ...Object.keys(foreignParameters)];
      throw unknownName("parameter", name, known);
    }
    noteGiven(own, name, givenAs);
    result[own] = parseValue(own, trainParameterDeclarations[own], value);
  }
  return result as TrainParameters;
}

/** Reads a value given as text, as a command line or an XGBoost dictionary may. */
export function parseValue(name: string, declaration: Declaration, value: unknown): unknown {
  if (typeof value === "boolean" && declaration.type === "integer") return value ? 1 : 0;
  if (typeof value !== "string") return value;
  switch (declaration.type) {
    case "number":
    case "integer": {
      const number = value.trim() === "" ? Number.NaN : Number(value);
      if (Number.isNaN(number)) throw badValue(name, describeRule(declaration), value);
      return number;
    }
    case "boolean":
      if (/^(true|1)$/i.test(value)) return true;
      if (/^(false|0)$/i.test(value)) return false;
      throw badValue(name, "true or false", value);
    case "any":
      return parseList(name, value);
    default:
      return value;
  }
}

/** "(1,-1)", "[[0,1],[2]]", '{"a":1}', "0.5" or a plain name. */
function parseList(name: string, text: string): unknown {
  const trimmed = text.trim();
  if (!/^[([{]/.test(trimmed))
    return Number.isNaN(Number(trimmed)) || trimmed === "" ? text : Number(trimmed);
  try {
    return JSON.parse(
      trimmed.replaceAll("(", "[").replaceAll(")", "]").replaceAll("'", '"').replace(/,\s*]/g, "]"),
    );
  } catch (cause) {
    throw new CoppiceError(
      "INVALID_PARAMETER",
      `\`${name}\` must be a list such as [1, 0, -1], got ${showValue(text)}`,
      { parameter: name },
      cause,
    );
  }
}
