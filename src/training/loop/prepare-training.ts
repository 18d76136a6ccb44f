// Everything before the first round of a training: its input is checked, objective and metrics are made, the rows
// become bins, and all margins start from the model that is there.

import type { Collective, MaybePromise } from "../../core/collective.ts";
import { throwIfAborted } from "../../core/errors.ts";
import { countAllRows } from "../../core/exact-sum.ts";
import type { DMatrix } from "../../data/dmatrix.ts";
import type { Metric } from "../../metric/metric.ts";
import type { Objective } from "../../objective/objective.ts";
import { Grower } from "../../tree/grower.ts";
import { EarlyStopping, findWatched } from "../early-stopping.ts";
import { type EvaluationSet, labelsOf } from "../evaluation.ts";
import {
  checkCuts,
  checkSameClasses,
  checkSameCuts,
  checkTable,
  warnOfEmptyColumns,
  warnOfEqualLabels,
  warnOfMissingWords,
} from "../input-checks.ts";
import type { TrainingJournal } from "../journal.ts";
import { resolveTrainParameters, type TrainParameters } from "../parameters.ts";
import type { TrainOptions } from "../train-options.ts";
import { createCuts, createLocalTraining, type Workforce } from "./local-training.ts";
import type { Margins } from "./margins.ts";
import { ModelBuilder } from "./model-builder.ts";
import {
  createObjectiveFor,
  metricsOf,
  objectiveParameters,
  withClassCount,
  withTreeDefaults,
} from "./training-objective.ts";

/** Wall-clock time by phase, in seconds. */
export class Stopwatch {
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

/** Who works on a training, and who keeps its state. */
export interface TrainingSetting extends Workforce {
  readonly journal?: TrainingJournal | undefined;
}

/** Early stopping with the key of the score it watches. */
export interface Stopping {
  readonly tracker: EarlyStopping;
  readonly key: string;
}

/** A training that can begin. */
export interface PreparedTraining {
  readonly objective: Objective;
  readonly metrics: readonly Metric[];
  readonly grower: Grower;
  readonly model: ModelBuilder;
  readonly margins: Margins;
  readonly evaluation: readonly EvaluationSet[];
  readonly stopping: Stopping | undefined;
  readonly watch: Stopwatch;
}

/** @throws {CoppiceError} INVALID_PARAMETER, INVALID_DATA for bad input; ABORTED */
export async function prepareTraining(
  given: TrainParameters,
  data: DMatrix,
  options: TrainOptions,
  { team, collective, journal = {} }: TrainingSetting,
): Promise<PreparedTraining> {
  checkTable("the training table", data, await countAllRows(data.rowCount, collective));
  const parameters = await withClassCount(resolveTrainParameters(given, data), data, collective);
  const objective = createObjectiveFor(parameters, options.objective);
  await checkTables(data, options, objective, collective);
  const metrics = metricsOf(parameters, objective, options);
  const stopping = createStopping(options, metrics, journal);
  const watch = new Stopwatch();
  const workforce = { team, collective };
  const cuts =
    options.cuts ?? (await watch.time("cuts", () => createCuts(data, parameters.maxBin, workforce)));
  throwIfAborted(options.signal);
  const initialModel = journal.resume?.booster ?? options.initialModel;
  const model = await ModelBuilder.start(parameters, objective, data, initialModel, collective);
  const { evals = {}, kernels = "auto", bundling = true } = options;
  const plan = {
    parameters: withTreeDefaults(parameters, objective),
    objective,
    objectiveSource: { name: parameters.objective, parameters: objectiveParameters(parameters) },
    bundling,
    kernels,
    evaluated: Object.values(evals),
  };
  const { backend, margins } = await watch.time("bin", () =>
    createLocalTraining(data, cuts, plan, workforce),
  );
  await watch.time("evaluate", () => margins.start(model.build()));
  // A metric of the user's own may look at the rows of its table.
  const isShown = options.metrics !== undefined && Object.values(evals).includes(data);
  if (options.consumeData && !isShown) data.features.release?.();
  const grower = new Grower(plan.parameters, data, backend);
  const evaluation = Object.keys(evals).map((name, i) => ({ name, ...margins.evaluated[i] }));
  return { objective, metrics, grower, model, margins, evaluation, stopping, watch };
}

/** @throws {CoppiceError} INVALID_DATA, INVALID_PARAMETER for tables that cannot be trained on or evaluated */
async function checkTables(
  data: DMatrix,
  { objective: custom, evals = {}, cuts, onWarning }: TrainOptions,
  objective: Objective,
  collective: Collective,
): Promise<void> {
  objective.checkLabels(labelsOf(data));
  if (collective.worldSize === 1 && onWarning) {
    warnOfEmptyColumns(data, onWarning);
    warnOfMissingWords(data, onWarning);
    if (!custom) warnOfEqualLabels(data, onWarning);
  }
  for (const [name, set] of Object.entries(evals)) {
    const what = `evaluation set "${name}"`;
    checkTable(what, set, await countAllRows(set.rowCount, collective));
    checkSameClasses(what, set, data);
    checkSameCuts(what, set, data);
    objective.checkLabels(labelsOf(set));
  }
  if (cuts !== undefined) checkCuts(cuts, data);
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
