// One training at work: sets up cuts, bins, margins and the backend, then goes round by round through
// gradients, trees, metrics and hooks.

import { Booster } from "../booster/booster.ts";
import type { Collective, MaybePromise } from "../core/collective.ts";
import { CoppiceError, throwIfAborted } from "../core/errors.ts";
import { countAllRows } from "../core/exact-sum.ts";
import { toGroupMajor } from "../core/row-group-layout.ts";
import type { DMatrix } from "../data/dmatrix.ts";
import type { Metric } from "../metric/metric.ts";
import { createMetric } from "../metric/registry.ts";
import { type CustomObjectiveFunction, customObjective } from "../objective/custom.ts";
import type { Objective } from "../objective/objective.ts";
import { createObjective, taskOf } from "../objective/registry.ts";
import { baseMargins } from "../objective/transform.ts";
import type { Team } from "../parallel/team.ts";
import { Grower } from "../tree/grower.ts";
import type { Tree } from "../tree/tree.ts";
import { type TreeParameters, treeParameterDeclarations } from "../tree/tree-parameters.ts";
import { EarlyStopping, findWatched } from "./early-stopping.ts";
import { evaluateMetrics, labelsOf } from "./evaluation.ts";
import { EvaluationSets } from "./evaluation-sets.ts";
import {
  checkCuts,
  checkSameClasses,
  checkSameCuts,
  checkTable,
  warnOfEmptyColumns,
  warnOfEqualLabels,
  warnOfMissingWords,
} from "./input-checks.ts";
import { createCuts, createLocalBackend } from "./local-training.ts";
import { ModelBuilder } from "./model-builder.ts";
import { type ResolvedParameters, resolveTrainParameters, type TrainParameters } from "./parameters.ts";
import type { History, RoundEvent, TrainingJournal, TrainingState, TrainResult } from "./train.ts";
import type { TrainOptions } from "./train-options.ts";

/** Wall-clock time by phase, in seconds. */
class Stopwatch {
  readonly seconds = { cuts: 0, bin: 0, train: 0, evaluate: 0 };

  async time<T>(phase: keyof Stopwatch["seconds"], work: () => MaybePromise<T>): Promise<T> {
    const begin = performance.now();
    try {
      return await work();
    } finally {
      this.seconds[phase] += (performance.now() - begin) / 1000;
    }
  }
}

/** Early stopping with the key of the score it watches. */
interface Stopping {
  readonly tracker: EarlyStopping;
  readonly key: string;
}

/** The state of one training. */
export class TrainingRun {
  readonly #data: DMatrix;
  readonly #options: TrainOptions;
  readonly #objective: Objective;
  readonly #collective: Collective;
  readonly #watch: Stopwatch;
  readonly #grower: Grower;
  readonly #model: ModelBuilder;
  readonly #evaluation: EvaluationSets | undefined;
  readonly #metrics: readonly Metric[];
  readonly #history: History;
  readonly #journal: TrainingJournal;
  readonly #stopping: Stopping | undefined;

  private constructor(parts: {
    data: DMatrix;
    options: TrainOptions;
    collective: Collective;
    objective: Objective;
    watch: Stopwatch;
    grower: Grower;
    model: ModelBuilder;
    evaluation: EvaluationSets | undefined;
    metrics: readonly Metric[];
    journal: TrainingJournal;
    stopping: Stopping | undefined;
  }) {
    this.#data = parts.data;
    this.#options = parts.options;
    this.#collective = parts.collective;
    this.#objective = parts.objective;
    this.#watch = parts.watch;
    this.#grower = parts.grower;
    this.#model = parts.model;
    this.#evaluation = parts.evaluation;
    this.#metrics = parts.metrics;
    this.#journal = parts.journal;
    this.#stopping = parts.stopping;
    this.#history = structuredClone(parts.journal.resume?.history ?? {});
  }

  static async start(
    given: TrainParameters,
    data: DMatrix,
    options: TrainOptions,
    team: Team | undefined,
    collective: Collective,
    journal: TrainingJournal = {},
  ): Promise<TrainingRun> {
    checkTable("the training table", data, await countAllRows(data.rowCount, collective));
    const parameters = await withClassCount(resolveTrainParameters(given, data), data, collective);
    const objective = createObjectiveFor(parameters, options.objective);
    objective.checkLabels(labelsOf(data));
    if (collective.worldSize === 1 && options.onWarning) {
      warnOfEmptyColumns(data, options.onWarning);
      warnOfMissingWords(data, options.onWarning);
      if (!options.objective) warnOfEqualLabels(data, options.onWarning);
    }
    for (const [name, set] of Object.entries(options.evals ?? {})) {
      checkTable(`evaluation set "${name}"`, set, await countAllRows(set.rowCount, collective));
      checkSameClasses(`evaluation set "${name}"`, set, data);
      checkSameCuts(`evaluation set "${name}"`, set, data);
      objective.checkLabels(labelsOf(set));
    }
    if (options.cuts !== undefined) checkCuts(options.cuts, data);
    const metrics = metricsOf(parameters, objective, options);
    const stopping = createStopping(options, metrics, journal);
    const watch = new Stopwatch();
    const cuts =
      options.cuts ?? (await watch.time("cuts", () => createCuts(data, parameters.maxBin, team, collective)));
    throwIfAborted(options.signal);
    const initialModel = journal.resume?.booster ?? options.initialModel;
    const model = await ModelBuilder.start(parameters, objective, data, initialModel, collective);
    const treeParameters = withTreeDefaults(parameters, objective);
    const { evals = {}, kernels = "auto" } = options;
    const evaluation =
      Object.keys(evals).length === 0
        ? undefined
        : new EvaluationSets(evals, data, cuts, {
            groupCount: objective.groupCount,
            objectiveName: objective.name,
            treesPerRound: objective.groupCount * treeParameters.numParallelTree,
            maxDepth: treeParameters.maxDepth,
            maxLeaves: treeParameters.maxLeaves,
            memberCount: team?.memberCount ?? 1,
            kernels,
          });
    const { backend, executor } = await watch.time("bin", () =>
      createLocalBackend(data, cuts, treeParameters, objective, {
        bundling: options.bundling ?? true,
        kernels,
        evaluation,
        team,
        collective,
        objectiveSource: { name: parameters.objective, parameters: objectiveParameters(parameters) },
      }),
    );
    backend.margins.set(startMargins(data, model, objective, initialModel));
    await watch.time("evaluate", () =>
      evaluation?.start(model.build(), (set) => startMargins(set, model, objective, initialModel), executor),
    );
    // A metric of the user's own may look at the rows of its table.
    const isShown = options.metrics !== undefined && Object.values(evals).includes(data);
    if (options.consumeData && !isShown) data.features.release?.();
    const grower = new Grower(treeParameters, data, backend);
    return new TrainingRun({
      data,
      options,
      collective,
      objective,
      watch,
      grower,
      model,
      evaluation,
      metrics,
      journal,
      stopping,
    });
  }

  async train(): Promise<TrainResult> {
    const { rounds, callbacks = [], onRound, signal, initialModel } = this.#options;
    const firstRound = this.#model.roundCount;
    const totalRounds = (this.#journal.resume ? (initialModel?.roundCount ?? 0) : firstRound) + rounds;
    const stopping = this.#stopping;
    const begin = performance.now();
    for (const callback of callbacks) await callback.beforeTraining?.();
    for (let round = firstRound; round < totalRounds; round++) {
      throwIfAborted(signal);
      const trees = await this.#watch.time("train", () =>
        this.#grower.growRound(round, this.#objective.groupCount),
      );
      const treeGroup = this.#model.addRound(trees);
      const scores = await this.#watch.time("evaluate", () => this.#evaluate(trees, treeGroup));
      const event = this.#describeRound(round, firstRound, totalRounds, scores, begin);
      onRound?.(event);
      let isDone = false;
      for (const callback of callbacks) {
        const answer = await callback.afterRound?.(event, () => this.#snapshot(stopping));
        if (answer === "stop") isDone = true;
      }
      if (stopping?.tracker.observe(round, scores[stopping.key])) isDone = true;
      await this.#journal.afterRound?.(event, () => this.#state(stopping, isDone));
      if (isDone) break;
      // Lets timers, signals and the progress bar have their turn.
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    const booster = this.#snapshot(stopping);
    for (const callback of callbacks) await callback.afterTraining?.(booster);
    const best = stopping?.tracker.state;
    return {
      booster,
      history: this.#history,
      ...(best && best.bestRound >= 0 ? { bestIteration: best.bestRound, bestScore: best.bestScore } : {}),
      seconds: this.#watch.seconds,
    };
  }

  /** The metrics of every set after a round that grew these trees, by "set-metric". */
  async #evaluate(trees: readonly Tree[], treeGroup: Int32Array): Promise<Record<string, number>> {
    const scores: Record<string, number> = {};
    this.#evaluation?.addRound(trees, treeGroup);
    for (const set of this.#evaluation?.sets ?? []) {
      const custom = this.#options.metrics ?? [];
      const results = await evaluateMetrics(
        set,
        this.#objective.groupCount,
        this.#metrics,
        custom,
        this.#collective,
      );
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

  #state(stopping: { tracker: EarlyStopping } | undefined, isStopped: boolean): TrainingState {
    return {
      booster: this.#snapshot(stopping),
      history: this.#history,
      earlyStopping: stopping && { ...stopping.tracker.state },
      isStopped,
    };
  }

  #snapshot(stopping: { tracker: EarlyStopping } | undefined): Booster {
    const best = stopping?.tracker.state;
    const attributes: Record<string, string> = {};
    if (best && best.bestRound >= 0) {
      attributes.best_iteration = String(best.bestRound);
      attributes.best_score = String(best.bestScore);
    }
    return new Booster(this.#model.build(attributes));
  }
}

/** Counts the classes of multi:* when the user did not: the label's dictionary, or the largest label + 1. */
async function withClassCount(
  parameters: ResolvedParameters,
  data: DMatrix,
  collective: Collective,
): Promise<ResolvedParameters> {
  if (taskOf(parameters.objective) !== "multiclass" || parameters.given.has("numClass")) return parameters;
  const count = Float64Array.of(data.labelClasses?.length ?? 0);
  if (count[0] === 0) for (const label of data.label!) count[0] = Math.max(count[0], Math.floor(label) + 1);
  await collective.allReduceMax(count);
  return { ...parameters, all: { ...parameters.all, numClass: count[0] } };
}

function createObjectiveFor(
  parameters: ResolvedParameters,
  custom: CustomObjectiveFunction | undefined,
): Objective {
  const own = objectiveParameters(parameters);
  if (custom !== undefined) return customObjective(custom, { like: parameters.objective, parameters: own });
  return createObjective(parameters.objective, own);
}

/** What an objective is made from: of the tree's parameters only those given, for it may have own defaults. */
function objectiveParameters({ all, given }: ResolvedParameters): Readonly<Record<string, unknown>> {
  const isFor = ([name]: [string, unknown]) => given.has(name) || !(name in treeParameterDeclarations);
  return Object.fromEntries(Object.entries(all).filter(isFor));
}

/** The tree's parameters, with the objective's own defaults where the user gave nothing. */
function withTreeDefaults({ tree, given }: ResolvedParameters, objective: Objective): TreeParameters {
  const defaults = Object.entries(objective.treeDefaults ?? {}).filter(([name]) => !given.has(name));
  return { ...tree, ...Object.fromEntries(defaults) };
}

function metricsOf(parameters: ResolvedParameters, objective: Objective, options: TrainOptions): Metric[] {
  const names = parameters.evalMetrics;
  if (names.length > 0) return names.map((name) => createMetric(name, parameters.all));
  const hasOwn = options.metrics !== undefined && options.metrics.length > 0;
  return hasOwn ? [] : [createMetric(objective.defaultMetric, parameters.all)];
}

/** @throws {CoppiceError} INVALID_PARAMETER when the options of early stopping do not fit */
function createStopping(
  { earlyStopping, evals = {}, metrics: custom = [] }: TrainOptions,
  metrics: readonly Metric[],
  journal: TrainingJournal,
): Stopping | undefined {
  if (earlyStopping === undefined) return undefined;
  const { set, metric, isHigherBetter } = findWatched(earlyStopping, Object.keys(evals), [
    ...metrics,
    ...custom,
  ]);
  const tracker = new EarlyStopping(earlyStopping, isHigherBetter, journal.resume?.earlyStopping);
  return { tracker, key: `${set}-${metric}` };
}

/** The margins before the first round: the table's base margins or the base score, and the initial model. */
function startMargins(
  data: DMatrix,
  model: ModelBuilder,
  objective: Objective,
  initialModel: Booster | undefined,
): Float32Array {
  const { rowCount, baseMargin } = data;
  const { groupCount } = objective;
  if (initialModel !== undefined) {
    return toGroupMajor(initialModel.predict(data, { kind: "margin" }), rowCount, groupCount);
  }
  if (baseMargin !== undefined) {
    if (baseMargin.length !== rowCount * groupCount) {
      throw new CoppiceError(
        "INVALID_DATA",
        `\`baseMargin\` must have ${rowCount} × ${groupCount} values, got ${baseMargin.length}`,
      );
    }
    return toGroupMajor(baseMargin, rowCount, groupCount);
  }
  const margins = new Float32Array(rowCount * groupCount);
  baseMargins(objective.name, model.baseScore, groupCount).forEach((margin, group) => {
    margins.fill(margin, group * rowCount, (group + 1) * rowCount);
  });
  return margins;
}
