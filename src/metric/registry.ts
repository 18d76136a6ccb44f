// Metrics by XGBoost's names, with what may follow the name: "error@0.7", "tweedie-nloglik@1.3", "ndcg@5-". A new
// metric is a file and a line in all.ts.

import { isValid } from "../core/declaration.ts";
import { CoppiceError, showValue } from "../core/errors.ts";
import { formatGeneral } from "../core/format-float.ts";
import { type JoinedParameters, joinParameters, unknownName } from "../core/parameter.ts";
import { type ObjectiveParameters, readParameters } from "../objective/parameters.ts";
import * as all from "./all.ts";
import type { Metric } from "./metric.ts";
import type { MetricModule } from "./metric-module.ts";

type Module = (typeof all)[keyof typeof all];

export const metricModules: readonly MetricModule[] = Object.values<MetricModule>(all);

/** The parameters of training that metrics read. */
export const metricParameters: JoinedParameters<Module> = joinParameters(Object.values<Module>(all));

/** The names of all metrics, without arguments. */
export const knownMetrics: readonly string[] = metricModules.map(({ name }) => name);

/**
 * The metric that a name such as "logloss" or "error@0.7" means.
 *
 * @param parameters of training
 * @throws {CoppiceError} INVALID_PARAMETER when the name is not known (with the nearest one that is) or
 *   what follows it is wrong
 */
export function createMetric(spec: string, parameters: ObjectiveParameters = {}): Metric {
  const { name, module, text, hasMinus } = parseSpec(spec);
  if (module === undefined) throw unknownName("metric", name, knownMetrics);
  const argument = readArgument(module, text, spec);
  const isSaid = argument !== undefined && argument !== module.argument?.default;
  const called = `${name}${isSaid ? `@${spellArgument(module, argument)}` : ""}${hasMinus ? "-" : ""}`;
  const values = readParameters(module.parameters ?? {}, parameters);
  return {
    name: called,
    isHigherBetter: module.isHigherBetter ?? false,
    evaluate: module.create(values, { name: called, argument, hasMinus }),
  };
}

/** How the metric of a table follows from those of its parts; undefined where it does not, or is not known. */
export function partRuleOf(spec: string): MetricModule["parts"] {
  return parseSpec(spec).module?.parts;
}

interface ParsedSpec {
  readonly name: string;
  readonly module: MetricModule | undefined;
  /** What stands after the name, without a "-" that has a meaning. */
  readonly text: string | undefined;
  readonly hasMinus: boolean;
}

function parseSpec(spec: string): ParsedSpec {
  const [, name, argument, minus] = /^(.*?)(?:@(.*?))?(-?)$/s.exec(spec) as RegExpExecArray;
  const module = metricModules.find((known) => known.name === name);
  if (minus === "" || module?.mayHaveMinus) return { name, module, text: argument, hasMinus: minus !== "" };
  return { name, module, text: `${argument ?? ""}-`, hasMinus: false };
}

function readArgument(
  { name, argument }: MetricModule,
  text: string | undefined,
  spec: string,
): number | undefined {
  if (argument === undefined) {
    if (text === undefined) return undefined;
    throw new CoppiceError("INVALID_PARAMETER", `the metric \`${name}\` takes no argument, got \`${spec}\``, {
      metric: spec,
    });
  }
  if (text === undefined && !argument.isRequired) return argument.default as number | undefined;
  // XGBoost parity: thresholds and powers are float32.
  const value = text === undefined || text.trim() === "" ? Number.NaN : Math.fround(Number(text));
  if (isValid(argument, value)) return value;
  throw new CoppiceError(
    "INVALID_PARAMETER",
    `the metric \`${name}\` needs ${argument.doc}, got ${text === undefined ? "nothing" : showValue(text)}`,
    { metric: name },
  );
}

function spellArgument({ argument }: MetricModule, value: number): string {
  return argument?.type === "integer" ? String(value) : formatGeneral(value, 6);
}
