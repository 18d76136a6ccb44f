// One training at work, round by round: gradients and trees, metrics, hooks.

import { Booster } from "../../booster/booster.ts";
import { throwIfAborted } from "../../core/errors.ts";
import type { DMatrix } from "../../data/dmatrix.ts";
import type { Tree } from "../../tree/tree.ts";
import { evaluateMetrics } from "../evaluation.ts";
import type { TrainingState } from "../journal.ts";
import type { TrainParameters } from "../parameters.ts";
import type { History, RoundEvent, TrainResult } from "../progress.ts";
import type { TrainOptions } from "../train-options.ts";
import { type PreparedTraining, prepareTraining, type TrainingSetting } from "./prepare-training.ts";

/** The state of one training. */
export class TrainingRun {
  readonly #data: DMatrix;
  readonly #options: TrainOptions;
  readonly #setting: TrainingSetting;
  readonly #parts: PreparedTraining;
  readonly #history: History;

  private constructor(
    data: DMatrix,
    options: TrainOptions,
    setting: TrainingSetting,
    parts: PreparedTraining,
  ) {
    this.#data = data;
    this.#options = options;
    this.#setting = setting;
    this.#parts = parts;
    this.#history = structuredClone(setting.journal?.resume?.history ?? {});
  }

  /** Everything up to the first round. */
  static async start(
    given: TrainParameters,
    data: DMatrix,
    options: TrainOptions,
    setting: TrainingSetting,
  ): Promise<TrainingRun> {
    return new TrainingRun(data, options, setting, await prepareTraining(given, data, options, setting));
  }

  async train(): Promise<TrainResult> {
    const { rounds, callbacks = [], onRound, signal, initialModel } = this.#options;
    const { model, grower, objective, stopping, watch } = this.#parts;
    const { journal } = this.#setting;
    const firstRound = model.roundCount;
    const totalRounds = (journal?.resume ? (initialModel?.roundCount ?? 0) : firstRound) + rounds;
    const begin = performance.now();
    for (const callback of callbacks) await callback.beforeTraining?.();
    for (let round = firstRound; round < totalRounds; round++) {
      throwIfAborted(signal);
      const trees = await watch.time("train", () => grower.growRound(round, objective.groupCount));
      const treeGroup = model.addRound(trees);
      const scores = await watch.time("evaluate", () => this.#evaluate(trees, treeGroup));
      const event = this.#describeRound(round, firstRound, totalRounds, scores, begin);
      onRound?.(event);
      let isDone = false;
      for (const callback of callbacks) {
        const answer = await callback.afterRound?.(event, () => this.#snapshot());
        if (answer === "stop") isDone = true;
      }
      if (stopping?.tracker.observe(round, scores[stopping.key])) isDone = true;
      await journal?.afterRound?.(event, () => this.#state(isDone));
      if (isDone) break;
      // Lets timers, signals and the progress bar have their turn.
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    const booster = this.#snapshot();
    for (const callback of callbacks) await callback.afterTraining?.(booster);
    const best = stopping?.tracker.state;
    return {
      booster,
      history: this.#history,
      ...(best && best.bestRound >= 0 ? { bestIteration: best.bestRound, bestScore: best.bestScore } : {}),
      seconds: watch.seconds,
    };
  }

  /** The metrics of every set after a round that grew these trees, by "set-metric". */
  async #evaluate(trees: readonly Tree[], treeGroup: Int32Array): Promise<Record<string, number>> {
    const { margins, evaluation, objective, metrics } = this.#parts;
    // The training table has them already: they grew there.
    margins.add(trees, treeGroup, { tables: margins.others });
    margins.transform();
    const scores: Record<string, number> = {};
    const { metrics: custom = [] } = this.#options;
    const { collective } = this.#setting;
    for (const set of evaluation) {
      const results = await evaluateMetrics(set, objective.groupCount, metrics, custom, collective);
      this.#history[set.name] ??= {};
      const history = this.#history[set.name];
      for (const [metric, score] of Object.entries(results)) {
        history[metric] ??= [];
        history[metric].push(score);
        scores[`${set.name}-${metric}`] = score;
      }
    }
    return scores;
  }

  #describeRound(
    round: number,
    firstRound: number,
    totalRounds: number,
    metrics: Record<string, number>,
    begin: number,
  ): RoundEvent {
    const elapsedSeconds = (performance.now() - begin) / 1000;
    const done = round - firstRound + 1;
    return {
      round,
      totalRounds,
      metrics,
      elapsedSeconds,
      remainingSeconds: (elapsedSeconds / done) * (totalRounds - round - 1),
      rowsPerSecond: (this.#data.rowCount * done) / Math.max(elapsedSeconds, 1e-9),
    };
  }

  #state(isStopped: boolean): TrainingState {
    const { stopping } = this.#parts;
    return {
      booster: this.#snapshot(),
      history: this.#history,
      earlyStopping: stopping && { ...stopping.tracker.state },
      isStopped,
    };
  }

  #snapshot(): Booster {
    const best = this.#parts.stopping?.tracker.state;
    const attributes: Record<string, string> = {};
    if (best && best.bestRound >= 0) {
      attributes.best_iteration = String(best.bestRound);
      attributes.best_score = String(best.bestScore);
    }
    return new Booster(this.#parts.model.build(attributes));
  }
}
