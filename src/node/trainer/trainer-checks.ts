// What a Trainer refuses before anything is started.

import { CoppiceError, showValue } from "../../core/errors.ts";
import { checkOptionNames, type OptionNames } from "../../core/options.ts";
import { checkTableOptions } from "../../input/table-option-names.ts";
import { checkpointOptionNames } from "../../run/checkpoint.ts";
import { checkEarlyStopping } from "../../training/early-stopping.ts";
import { pathOf } from "../files/files.ts";
import { places } from "../files/places.ts";
import { checkObjectiveModule } from "../workers/objective-module.ts";
import type { FailureOptions, ScalingOptions, TrainerOptions, TrainerRunOptions } from "./trainer.ts";

export interface WorkerRange {
  readonly fewest: number;
  readonly most: number;
  readonly cpus: number;
}

const MAX_WORKERS = 1024;

/** @throws {CoppiceError} INVALID_PARAMETER naming option, rule and value */
export function workerRange({ workers, cpusPerWorker = 1 }: ScalingOptions = { workers: 1 }): WorkerRange {
  const [fewest, most] = typeof workers === "number" ? [workers, workers] : workers;
  const isCount = (value: unknown, least: number, largest: number) =>
    Number.isInteger(value) && (value as number) >= least && (value as number) <= largest;
  if (!isCount(fewest, 1, MAX_WORKERS) || !isCount(most, fewest, MAX_WORKERS)) {
    refuse(
      "scaling.workers",
      `an integer in [1, ${MAX_WORKERS}], or two of them, the smaller first`,
      workers,
    );
  }
  if (!isCount(cpusPerWorker, 1, MAX_WORKERS)) {
    refuse("scaling.cpusPerWorker", `an integer in [1, ${MAX_WORKERS}]`, cpusPerWorker);
  }
  return { fewest, most, cpus: cpusPerWorker };
}

const optionNames: OptionNames<TrainerOptions> = {
  params: true,
  totalRounds: true,
  datasets: true,
  label: true,
  table: true,
  scaling: true,
  run: true,
  failure: true,
  engine: true,
  tls: true,
  earlyStopping: true,
  evalTrain: true,
  initialModel: true,
  objectiveModule: true,
  profile: true,
  onRound: true,
  onFailure: true,
  onWarning: true,
  signal: true,
};
const runNames: OptionNames<TrainerRunOptions> = {
  name: true,
  storage: true,
  checkpoint: true,
  failure: true,
  continueFor: true,
  forceNew: true,
};
const scalingNames: OptionNames<ScalingOptions> = { workers: true, cpusPerWorker: true };
const failureNames: OptionNames<FailureOptions> = { maxFailures: true, backOffMs: true };

function checkNames(options: TrainerOptions): void {
  checkOptionNames("Trainer", options, optionNames);
  const { run, scaling = {}, failure = {}, table = {}, earlyStopping } = options;
  checkOptionNames("scaling", scaling, scalingNames);
  checkOptionNames("failure", failure, failureNames);
  checkTableOptions(table, "table");
  if (earlyStopping !== undefined) checkEarlyStopping(earlyStopping);
  if (run === undefined) return;
  checkOptionNames("run", run, runNames);
  checkOptionNames("run.failure", run.failure ?? {}, failureNames);
  checkOptionNames("run.checkpoint", run.checkpoint ?? {}, checkpointOptionNames);
}

/** @throws {CoppiceError} INVALID_PARAMETER naming option, rule and value */
export function checkTrainer(options: TrainerOptions): void {
  checkNames(options);
  const { datasets, run, totalRounds } = options;
  if (datasets?.train === undefined) refuse("datasets.train", "one or several paths", datasets?.train);
  for (const [name, paths] of Object.entries(datasets)) places.check(`datasets.${name}`, paths);
  places.check("run.storage", run?.storage);
  places.check("initialModel", options.initialModel);
  for (const [name, path] of Object.entries(options.tls ?? {})) pathOf(path, `tls.${name}`);
  const isContinued = run?.continueFor !== undefined;
  if (!isContinued && !(Number.isInteger(totalRounds) && totalRounds! >= 0)) {
    refuse("totalRounds", "an integer of at least 0", totalRounds);
  }
  if (run !== undefined && (typeof run.storage !== "string" || run.storage === "")) {
    refuse("run.storage", "the path of a folder", run.storage);
  }
  const { initialModel, objectiveModule } = options;
  if (initialModel !== undefined && typeof initialModel !== "string" && !("toBytes" in initialModel)) {
    refuse("initialModel", "a model, or the path of one", initialModel);
  }
  if (objectiveModule !== undefined && typeof objectiveModule !== "string") {
    refuse("objectiveModule", "the path or URL of a module: functions cannot travel", objectiveModule);
  }
  if (objectiveModule !== undefined) checkObjectiveModule(objectiveModule);
  const { maxFailures = 0, backOffMs = 0 } = run?.failure ?? options.failure ?? {};
  if (!(Number.isInteger(maxFailures) && maxFailures >= 0)) {
    refuse("failure.maxFailures", "an integer of at least 0", maxFailures);
  }
  if (!(backOffMs >= 0 && backOffMs < Infinity)) {
    refuse("failure.backOffMs", "a number of at least 0", backOffMs);
  }
}

function refuse(parameter: string, rule: string, value: unknown): never {
  throw new CoppiceError("INVALID_PARAMETER", `\`${parameter}\` must be ${rule}, got ${showValue(value)}`, {
    parameter,
  });
}
