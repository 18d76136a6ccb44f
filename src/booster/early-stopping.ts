// Early stopping: ends training when a metric of an evaluation set has not improved for some rounds.

import { CoppiceError } from "../core/errors.ts";

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
    const { rounds, minDelta = 0 } = options;
    if (!Number.isInteger(rounds) || rounds < 1) throw mustBe("rounds", "an integer of at least 1", rounds);
    if (!(minDelta >= 0)) throw mustBe("minDelta", "a number of at least 0", minDelta);
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

function mustBe(name: string, rule: string, value: unknown): CoppiceError {
  return new CoppiceError("INVALID_PARAMETER", `\`earlyStopping.${name}\` must be ${rule}, got ${value}`, {
    parameter: `earlyStopping.${name}`,
  });
}
