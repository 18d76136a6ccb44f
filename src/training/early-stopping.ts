// Early stopping: ends training when a metric of an evaluation set has not improved for some rounds.

import { CoppiceError, showValue } from "../core/errors.ts";
import { checkOptionNames, type OptionNames } from "../core/options.ts";
import { unknownName } from "../core/parameter.ts";

export interface EarlyStoppingOptions {
  /** Rounds without improvement after which training ends; at least 1. */
  readonly rounds: number;
  /** What counts as an improvement; 0 by default: any. */
  readonly minDelta?: number | undefined;
  /** The evaluation set that is watched; by default the last one given. */
  readonly data?: string | undefined;
  /** The metric that is watched; by default the last one. */
  readonly metric?: string | undefined;
}

/** What early stopping knows after each round; plain data, so that a checkpoint can hold it. */
export interface EarlyStoppingState {
  bestRound: number;
  bestScore: number;
  roundsWithout: number;
}

export class EarlyStopping {
  readonly state: EarlyStoppingState;
  readonly #rounds: number;
  readonly #minDelta: number;
  readonly #isHigherBetter: boolean;

  /** @throws {CoppiceError} INVALID_PARAMETER */
  constructor(options: EarlyStoppingOptions, isHigherBetter: boolean, state?: EarlyStoppingState) {
    checkEarlyStopping(options);
    const { rounds, minDelta = 0 } = options;
    this.#rounds = rounds;
    this.#minDelta = minDelta;
    this.#isHigherBetter = isHigherBetter;
    this.state = state ? { ...state } : { bestRound: -1, bestScore: Number.NaN, roundsWithout: 0 };
  }

  /** Takes the score of a round; true when training should end. */
  observe(round: number, score: number): boolean {
    const { state } = this;
    const improvement = this.#isHigherBetter ? score - state.bestScore : state.bestScore - score;
    const isFirstNumber = Number.isNaN(state.bestScore) && !Number.isNaN(score);
    if (state.bestRound < 0 || isFirstNumber || improvement > this.#minDelta) {
      state.bestRound = round;
      state.bestScore = score;
      state.roundsWithout = 0;
      return false;
    }
    state.roundsWithout++;
    return state.roundsWithout >= this.#rounds;
  }
}

const names: OptionNames<EarlyStoppingOptions> = { rounds: true, minDelta: true, data: true, metric: true };

/**
 * Checks what can be said without tables and metrics.
 *
 * @throws {CoppiceError} INVALID_PARAMETER naming option, rule and value
 */
export function checkEarlyStopping(options: EarlyStoppingOptions): void {
  if (typeof options !== "object" || options === null) {
    const example = Number.isInteger(options) ? options : 10;
    throw mustBe("", `an object such as { rounds: ${example} }`, options);
  }
  checkOptionNames("earlyStopping", options, names);
  const { rounds, minDelta = 0 } = options;
  if (!Number.isInteger(rounds) || rounds < 1) throw mustBe(".rounds", "an integer of at least 1", rounds);
  if (!(typeof minDelta === "number" && minDelta >= 0)) {
    throw mustBe(".minDelta", "a number of at least 0", minDelta);
  }
}

/** A metric as early stopping sees it. */
export interface WatchableMetric {
  readonly name: string;
  readonly isHigherBetter?: boolean | undefined;
}

/**
 * What is watched: by default the last metric on the last set.
 *
 * @param setNames the evaluation sets, in the order in which they were given
 * @throws {CoppiceError} INVALID_PARAMETER when it is not there
 */
export function findWatched(
  options: EarlyStoppingOptions,
  setNames: readonly string[],
  metrics: readonly WatchableMetric[],
): { readonly set: string; readonly metric: string; readonly isHigherBetter: boolean } {
  if (setNames.length === 0) {
    throw new CoppiceError(
      "INVALID_PARAMETER",
      "`earlyStopping` needs at least one evaluation set in `evals`",
      { parameter: "earlyStopping" },
    );
  }
  const set = options.data ?? setNames[setNames.length - 1];
  if (!setNames.includes(set)) throw unknownName("evaluation set in `earlyStopping.data`", set, setNames);
  const known = metrics.map(({ name }) => name);
  const metric = options.metric ?? known[known.length - 1];
  const found = metrics.find(({ name }) => name === metric);
  if (found === undefined) throw unknownName("metric in `earlyStopping.metric`", metric, known);
  return { set, metric, isHigherBetter: found.isHigherBetter ?? false };
}

function mustBe(name: string, rule: string, value: unknown): CoppiceError {
  const parameter = `earlyStopping${name}`;
  return new CoppiceError("INVALID_PARAMETER", `\`${parameter}\` must be ${rule}, got ${showValue(value)}`, {
    parameter,
  });
}
