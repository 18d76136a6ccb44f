// What a training tells: each round as it ends, and what came out of all of them.

import type { Booster } from "../booster/booster.ts";
import type { MaybePromise } from "../core/collective.ts";

/** What happened in a round. */
export interface RoundEvent {
  /** Counted from 0; continues the count of an initial model. */
  readonly round: number;
  readonly totalRounds: number;
  /** By "set-metric", for example "valid-mlogloss". */
  readonly metrics: Readonly<Record<string, number>>;
  readonly elapsedSeconds: number;
  readonly remainingSeconds: number;
  /** Training rows processed per second: rows × rounds / time. */
  readonly rowsPerSecond: number;
}

/** Hooks into training; a hook that returns "stop" ends it after the round. */
export interface TrainingCallback {
  beforeTraining?(): MaybePromise<void>;
  // biome-ignore lint/suspicious/noConfusingVoidType: a hook without a return statement is the usual case
  afterRound?(event: RoundEvent, snapshot: () => Booster): MaybePromise<void | "stop">;
  afterTraining?(booster: Booster): MaybePromise<void>;
}

/** metric values per round, by evaluation set and metric. */
export type History = Record<string, Record<string, number[]>>;

export interface TrainResult {
  readonly booster: Booster;
  readonly history: History;
  /** The round with the best score, when early stopping was asked for. */
  readonly bestIteration?: number;
  readonly bestScore?: number;
  readonly seconds: {
    readonly cuts: number;
    readonly bin: number;
    readonly train: number;
    readonly evaluate: number;
  };
}
