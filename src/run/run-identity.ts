// What makes two launches the same run: the parameters, the options that change a model or its history,
// and the tables. A run that is resumed under another identity would end in a model that no single
// training gives, so it is refused with the list of differences. Threads, kernels, peers and the number
// of rounds are no part of it.

import type { Collective } from "../core/collective.ts";
import type { Declaration } from "../core/declaration.ts";
import { CoppiceError } from "../core/errors.ts";
import type { DMatrix } from "../data/dmatrix.ts";
import type { ResolvedParameters } from "../training/parameters.ts";
import { type TrainOptions, trainOptions } from "../training/train-options.ts";
import { fingerprintTable, type TableFingerprint } from "./fingerprint.ts";
import { encodeNumber, sha256 } from "./sealed-json.ts";

/** A value as JSON holds it. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

export interface RunIdentity {
  readonly parameters: { readonly [name: string]: Json };
  readonly options: { readonly [name: string]: Json };
  readonly trainingTable: TableFingerprint;
  /** By name, in the order given: early stopping watches the last one. */
  readonly evaluationTables: readonly (TableFingerprint & { readonly name: string })[];
}

/** The identity of a training; all peers call it with their shards and get the same. */
export async function identifyRun(
  parameters: ResolvedParameters,
  data: DMatrix,
  options: Omit<TrainOptions, "rounds">,
  collective: Collective,
): Promise<RunIdentity> {
  const trainingTable = await fingerprintTable(data, collective);
  const evaluationTables: (TableFingerprint & { name: string })[] = [];
  for (const [name, set] of Object.entries(options.evals ?? {})) {
    const print = set === data ? trainingTable : await fingerprintTable(set, collective);
    evaluationTables.push({ name, ...print });
  }
  return {
    parameters: toJson(parameters.all) as { [name: string]: Json },
    options: await describeOptions(options),
    trainingTable,
    evaluationTables,
  };
}

/** Options whose values are no JSON, as what can be compared. Of a function that is that there is one. */
const forms: {
  readonly [Name in keyof TrainOptions]?: (value: NonNullable<TrainOptions[Name]>) => Json | Promise<Json>;
} = {
  // The tables stand by themselves.
  evals: () => null,
  objective: () => "a function",
  metrics: (metrics) => metrics.map(({ name }) => name),
  cuts: ({ values, offsets, isCategorical }) => hashOf([values, offsets, isCategorical]),
  initialModel: (model) => sha256(model.toBytes("ubj")),
};

function hashOf(value: unknown): Promise<string> {
  return sha256(new TextEncoder().encode(JSON.stringify(toJson(value))));
}

/** Every option that may not differ: one that is added to training counts unless it says otherwise. */
async function describeOptions(options: Omit<TrainOptions, "rounds">): Promise<{ [name: string]: Json }> {
  const described: Record<string, Json> = {};
  const given = options as Readonly<Record<string, unknown>>;
  for (const [name, declaration] of Object.entries<Declaration>(trainOptions)) {
    const value = given[name];
    if (declaration.mayDiffer || value === undefined) continue;
    const form = forms[name as keyof TrainOptions] as ((value: unknown) => Json | Promise<Json>) | undefined;
    described[name] = form === undefined ? toJson(value) : await form(value);
  }
  return described;
}

/** A value as JSON: typed arrays as lists, unusual numbers as text, without what is undefined. */
function toJson(value: unknown): Json {
  if (typeof value === "number") return encodeNumber(value);
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (ArrayBuffer.isView(value)) return Array.from(value as unknown as ArrayLike<number>, toJson);
  if (Array.isArray(value)) return value.map(toJson);
  if (typeof value !== "object") return String(value);
  const entries = Object.entries(value as object).filter(([, entry]) => entry !== undefined);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([k, v]) => [k, toJson(v)]));
}

/** @throws {CoppiceError} CHECKPOINT_MISMATCH with the differences when `now` is not the run that `then` began */
export function checkSameRun(name: string, then: RunIdentity, now: RunIdentity): void {
  const differences = differencesOf(then, now);
  if (differences.length === 0) return;
  const shown = differences.slice(0, 5).join("; ");
  const more = differences.length > 5 ? `; and ${differences.length - 5} more` : "";
  throw new CoppiceError(
    "CHECKPOINT_MISMATCH",
    `the run "${name}" began with other input: ${shown}${more}. ` +
      "Give what it began with, take another name, or force a new run",
    { run: name, differences: differences.length },
  );
}

/** What differs, in words. */
function differencesOf(then: RunIdentity, now: RunIdentity): string[] {
  return [
    ...compareValues(then.parameters, now.parameters),
    ...compareValues(then.options, now.options),
    ...compareTables("the training table", then.trainingTable, now.trainingTable),
    ...compareSets(then, now),
  ];
}

type Values = { readonly [name: string]: Json };

function compareValues(then: Values, now: Values): string[] {
  const names = [...new Set([...Object.keys(then), ...Object.keys(now)])];
  const show = (value: Json | undefined) => {
    const text = value === undefined || value === null ? "not given" : JSON.stringify(value, shortenFloat);
    return text.length > 60 ? `${text.slice(0, 57)}...` : text;
  };
  return names
    .filter((name) => JSON.stringify(then[name] ?? null) !== JSON.stringify(now[name] ?? null))
    .map((name) => `\`${name}\` was ${show(then[name])}, is ${show(now[name])}`);
}

/** A float32 with the digits that tell it apart, 0.3 and not 0.30000001192092896. */
function shortenFloat(_: string, value: unknown): unknown {
  if (typeof value !== "number") return value;
  const short = Number(value.toPrecision(7));
  return Math.fround(short) === value ? short : value;
}

const partNames: Readonly<Record<Exclude<keyof TableFingerprint, "rows" | "columns">, string>> = {
  features: "feature values",
  labels: "labels",
  weights: "weights",
  baseMargins: "base margins",
  queries: "queries",
  featureNames: "feature names",
  featureTypes: "feature types",
  categories: "category names",
  labelClasses: "label classes",
  featureWeights: "feature weights",
};

function compareTables(what: string, then: TableFingerprint, now: TableFingerprint): string[] {
  // Of a table of another size everything differs: the size is what helps.
  for (const part of ["rows", "columns"] as const) {
    if (then[part] !== now[part]) return [`${what} had ${then[part]} ${part}, has ${now[part]}`];
  }
  const parts = Object.entries(partNames).filter(
    ([part]) => then[part as keyof TableFingerprint] !== now[part as keyof TableFingerprint],
  );
  return parts.length === 0 ? [] : [`${what} has other ${parts.map(([, name]) => name).join(", ")}`];
}

function compareSets(then: RunIdentity, now: RunIdentity): string[] {
  const [before, after] = [then, now].map(({ evaluationTables }) => evaluationTables.map(({ name }) => name));
  if (JSON.stringify(before) !== JSON.stringify(after)) {
    return [`the evaluation sets were ${JSON.stringify(before)}, are ${JSON.stringify(after)}`];
  }
  return then.evaluationTables.flatMap((table, i) =>
    compareTables(`evaluation set "${table.name}"`, table, now.evaluationTables[i]),
  );
}
