// Early stopping: ends training when a metric of an evaluation set has not improved for some rounds.

import { CoppiceError } from "../core/errors.ts";
import { unknownName } from "../core/parameter.ts";
import type { EarlyStoppingOptions } from "./train-options.ts";

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

  constructor(
    { rounds, minDelta = 0 }: EarlyStoppingOptions,
    isHigherBetter: boolean,
    state?: EarlyStoppingState,
  ) {
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
