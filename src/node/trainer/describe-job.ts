// What a Trainer tells its workers, from its options.

import { valuesThatReach } from "../../core/declaration.ts";
import type { TrainJob } from "../../distributed/hub/job.ts";
import { trainOptions } from "../../training/train-options.ts";
import { places } from "../files/places.ts";
import {
  type DatasetPaths,
  scalingOptions,
  type TrainerOptions,
  trainerRunOptions,
} from "./trainer-options.ts";

/** @throws {CoppiceError} INVALID_DATA when there is no such file */
export async function describeJob(options: TrainerOptions): Promise<TrainJob> {
  const { params, totalRounds, datasets, label, table, scaling, run } = options;
  const { initialModel, objectiveModule, profile = false } = options;
  const tableOptions = { ...table, label };
  const specOf = async (paths: DatasetPaths) => ({
    paths: await places.expand(paths),
    options: tableOptions,
  });
  const { train, ...others } = datasets;
  const evals: Record<string, TrainJob["train"]> = {};
  for (const [name, paths] of Object.entries(others)) evals[name] = await specOf(paths);
  return {
    params,
    rounds: totalRounds,
    train: await specOf(train),
    evals,
    training: valuesThatReach(trainOptions, options, "process"),
    threads: scaling?.cpusPerWorker ?? scalingOptions.cpusPerWorker.default,
    hasInitialModel: initialModel !== undefined,
    objectiveModule,
    withProfile: profile,
    run: run && valuesThatReach(trainerRunOptions, run, "process"),
  };
}
