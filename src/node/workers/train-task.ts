// What a worker does once it knows its peers: reads its part of the tables and trains with the others.
// All peers come to the same model; rank 0 tells the driver.

import { type Booster, loadModel } from "../../booster/booster.ts";
import { withTrainingProfile } from "../../booster/training-profile.ts";
import { type Collective, solo } from "../../core/collective.ts";
import type { DMatrix } from "../../data/dmatrix.ts";
import type { TrainJob, WorkerReport } from "../../distributed/hub/job.ts";
import { encodeHistory, encodeRound, type WireResult } from "../../distributed/hub/round-wire.ts";
import type { Mesh } from "../../distributed/mesh/mesh.ts";
import { gatherSample } from "../../distributed/shard/shared-sample.ts";
import { type TrainRunResult, train } from "../../run/train-run.ts";
import { storageOf } from "../files/run-result.ts";
import { nodeThreads } from "../threads/threads.ts";
import { importObjective } from "./objective-module.ts";
import { readShard } from "./read-shard.ts";

/** What a worker tells while it works. */
export interface JobEvents {
  round(event: unknown): void;
  warning(text: string): void;
}

export interface JobOutcome {
  readonly model: Uint8Array;
  readonly result: WireResult;
  readonly report: WorkerReport;
}

/**
 * Does a worker's part of a training.
 *
 * @param initialModel the file of the model to continue from, on rank 0 where the job has one
 * @throws what reading and training throw
 */
export async function runJob(
  job: TrainJob,
  mesh: Mesh,
  initialModel: Uint8Array | undefined,
  events: JobEvents,
): Promise<JobOutcome> {
  const collective: Collective = mesh.worldSize === 1 ? solo : mesh;
  const begin = performance.now();
  const { data, evals } = await readTables(job, collective);
  const readSeconds = (performance.now() - begin) / 1000;
  const { rowCount } = data;
  const isFirst = mesh.rank === 0;
  // Taken first: training empties the table.
  const sample = job.withProfile ? await gatherSample(data, collective) : undefined;
  const options = {
    rounds: job.rounds,
    evals,
    ...job.training,
    threads: job.threads,
    initialModel: job.hasInitialModel ? await shareModel(initialModel, collective) : undefined,
    objective: job.objectiveModule === undefined ? undefined : await importObjective(job.objectiveModule),
    consumeData: true,
    ...(isFirst
      ? { onRound: (event: Parameters<typeof encodeRound>[0]) => events.round(encodeRound(event)) }
      : {}),
    ...(isFirst ? { onWarning: events.warning } : {}),
  };
  const environment = { collective, threadHost: nodeThreads };
  const { run } = job;
  const outcome =
    run === undefined
      ? await train(job.params, data, { ...options, rounds: job.rounds ?? 0 }, environment)
      : await train(
          job.params,
          data,
          { ...options, run: { ...run, storage: storageOf(run.storage) } },
          environment,
        );
  const about = (outcome as Partial<TrainRunResult>).run;
  return {
    model: (sample ? withTrainingProfile(outcome.booster, sample) : outcome.booster).toBytes("ubj"),
    result: {
      history: encodeHistory(outcome.history),
      bestIteration: outcome.bestIteration,
      bestScore: outcome.bestScore,
      resumedFrom: about?.resumedFrom ?? 0,
      wasFinished: about?.wasFinished ?? false,
    },
    report: {
      rank: mesh.rank,
      rowCount,
      bytesSent: mesh.bytesSent,
      bytesReceived: mesh.bytesReceived,
      seconds: { read: readSeconds, ...outcome.seconds },
      peakRssBytes: process.resourceUsage().maxRSS * 1024,
    },
  };
}

/** The model that rank 0 has, on every peer. */
async function shareModel(own: Uint8Array | undefined, collective: Collective): Promise<Booster> {
  const [bytes] = await collective.allGather(own ?? new Uint8Array(0));
  return loadModel(bytes);
}

async function readTables(
  job: TrainJob,
  collective: Collective,
): Promise<{ data: DMatrix; evals: Record<string, DMatrix> }> {
  const data = await readShard(job.train, collective);
  const evals: Record<string, DMatrix> = {};
  const { featureNames: features, labelClasses, categories } = data;
  for (const [name, spec] of Object.entries(job.evals)) {
    evals[name] = await readShard(spec, collective, { features, labelClasses, categories });
  }
  return { data, evals };
}
