// The state of a training between two rounds, for whoever keeps it so that the training can be resumed.

import type { Booster } from "../booster/booster.ts";
import type { MaybePromise } from "../core/collective.ts";
import type { EarlyStoppingState } from "./early-stopping.ts";
import type { History, RoundEvent } from "./progress.ts";

/** All that a training needs to go on after a round; everything else follows from its input. */
export interface TrainingState {
  /** Holds the rounds of an initial model too. */
  readonly booster: Booster;
  /** Of the rounds of this training; shared with it, so to be copied by who keeps it. */
  readonly history: History;
  readonly earlyStopping?: EarlyStoppingState | undefined;
  /** Whether early stopping or a callback ended the training after this round. */
  readonly isStopped: boolean;
}

/** Who keeps the state of a training. */
export interface TrainingJournal {
  /** The state that an earlier training with the same parameters, tables and options had come to. */
  readonly resume?: TrainingState | undefined;
  /** After every round, callbacks and early stopping included. */
  afterRound?(event: RoundEvent, state: () => TrainingState): MaybePromise<void>;
}
