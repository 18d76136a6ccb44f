// When a run keeps its state, and by what it judges checkpoints: the options after checks.

import { CoppiceError, showValue } from "../core/errors.ts";
import { unknownName } from "../core/parameter.ts";
import { createMetric } from "../metric/registry.ts";
import type { ResolvedParameters } from "../training/parameters.ts";
import type { TrainOptions } from "../training/train.ts";
import type { CheckpointOptions } from "./checkpoint.ts";

const DEFAULT_EVERY_ROUNDS = 10;
const DEFAULT_KEEP = 2;

export class CheckpointPlan {
  readonly keep: number;
  readonly scoreBy: string | undefined;
  readonly order: "min" | "max";
  readonly atEnd: boolean;
  readonly #everyRounds: number;

  /** @throws {CoppiceError} INVALID_PARAMETER naming option, rule and value */
  constructor(options: CheckpointOptions, isHigherBetter: boolean) {
    const { everyRounds = DEFAULT_EVERY_ROUNDS, keep = DEFAULT_KEEP, scoreBy, order, atEnd = true } = options;
    check("everyRounds", "an integer of at least 0", everyRounds, isInteger(everyRounds, 0));
    check("keep", "an integer of at least 1", keep, isInteger(keep, 1));
    check("scoreBy", "text", scoreBy, scoreBy === undefined || typeof scoreBy === "string");
    check("order", '"min" or "max"', order, order === undefined || order === "min" || order === "max");
    check("atEnd", "true or false", atEnd, typeof atEnd === "boolean");
    this.keep = keep;
    this.scoreBy = scoreBy;
    this.order = order ?? (isHigherBetter ? "max" : "min");
    this.atEnd = atEnd;
    this.#everyRounds = everyRounds;
  }

  /** Whether a checkpoint follows when so many rounds are done. */
  isDue(rounds: number): boolean {
    return this.#everyRounds > 0 && rounds % this.#everyRounds === 0;
  }

  /** @throws {CoppiceError} INVALID_PARAMETER when the score to judge by is not among the metrics */
  checkScore(metrics: Readonly<Record<string, number>>): void {
    if (this.scoreBy === undefined || Object.hasOwn(metrics, this.scoreBy)) return;
    throw unknownName("metric in `run.checkpoint.scoreBy`", this.scoreBy, Object.keys(metrics));
  }
}

/** @throws {CoppiceError} INVALID_PARAMETER naming option, rule and value */
export function planCheckpoints(
  options: CheckpointOptions = {},
  { evals = {}, metrics = [] }: Pick<TrainOptions, "evals" | "metrics">,
  { all }: ResolvedParameters,
): CheckpointPlan {
  const { scoreBy } = options;
  const set = Object.keys(evals).find(
    (name) => typeof scoreBy === "string" && scoreBy.startsWith(`${name}-`),
  );
  if (typeof scoreBy === "string" && set === undefined) {
    throw unknownName(
      "evaluation set in `run.checkpoint.scoreBy`",
      scoreBy,
      Object.keys(evals).map((name) => `${name}-…`),
    );
  }
  const metric = set === undefined ? "" : scoreBy!.slice(set.length + 1);
  return new CheckpointPlan(options, isHigherBetter(metric, metrics, all));
}

function isHigherBetter(
  name: string,
  custom: NonNullable<TrainOptions["metrics"]>,
  parameters: ResolvedParameters["all"],
): boolean {
  const own = custom.find((metric) => metric.name === name);
  if (own !== undefined) return own.isHigherBetter ?? false;
  try {
    return createMetric(name, parameters).isHigherBetter;
  } catch {
    // An unknown name is refused after the first round, when all names are known.
    return false;
  }
}

function isInteger(value: unknown, least: number): boolean {
  return Number.isInteger(value) && (value as number) >= least;
}

function check(name: string, rule: string, value: unknown, isValid: boolean): void {
  if (isValid) return;
  const parameter = `run.checkpoint.${name}`;
  throw new CoppiceError("INVALID_PARAMETER", `\`${parameter}\` must be ${rule}, got ${showValue(value)}`, {
    parameter,
  });
}
