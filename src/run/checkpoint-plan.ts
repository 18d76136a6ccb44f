// When a run keeps its state, and by what it judges checkpoints: the options with their defaults.

import { unknownName } from "../core/parameter.ts";
import { createMetric } from "../metric/registry.ts";
import type { ResolvedParameters } from "../training/parameters.ts";
import type { TrainOptions } from "../training/train-options.ts";
import { type CheckpointOptions, checkpointOptions } from "./run-options.ts";

export class CheckpointPlan {
  readonly keep: number;
  readonly scoreBy: string | undefined;
  readonly order: "min" | "max";
  readonly atEnd: boolean;
  readonly #everyRounds: number;

  constructor(options: CheckpointOptions, isHigherBetter: boolean) {
    const { everyRounds, keep, atEnd } = checkpointOptions;
    const { scoreBy, order } = options;
    this.keep = options.keep ?? keep.default;
    this.scoreBy = scoreBy;
    this.order = order ?? (isHigherBetter ? "max" : "min");
    this.atEnd = options.atEnd ?? atEnd.default;
    this.#everyRounds = options.everyRounds ?? everyRounds.default;
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
  const set = Object.keys(evals).find((name) => scoreBy?.startsWith(`${name}-`));
  if (scoreBy !== undefined && set === undefined) {
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
