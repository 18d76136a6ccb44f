// A task of batch inference, as a worker does it: reads one part of the input, predicts, writes the part of
// the output whole or not at all, and tells what it came to. The model is kept between tasks.

import { createHash } from "node:crypto";
import { type Booster, loadModel } from "../../booster/booster.ts";
import { profileOf } from "../../booster/training-profile.ts";
import { CoppiceError } from "../../core/errors.ts";
import { DMatrix } from "../../data/dmatrix.ts";
import { type PredictionKind, predictionColumns } from "../../input/prediction-columns.ts";
import { formatOfName } from "../../input/read-table.ts";
import { tableToDMatrix } from "../../input/sink/table-dmatrix.ts";
import { openTablePart } from "../../input/table-part.ts";
import { binsOfProfile } from "../../serve/drift/column-bins.ts";
import { observeRows } from "../../serve/drift/drift-monitor.ts";
import { evaluateModel } from "../../training/evaluate-model.ts";
import { labelsOf } from "../../training/evaluation.ts";
import { fileSource, readFileBytes } from "../files/files.ts";
import { type ReadTableOptions, readTable } from "../tables/read-table.ts";
import { type OutputFormat, writeTable } from "../tables/write-table.ts";

/** What all tasks of a batch have in common. */
export interface BatchJob {
  /** As every worker sees it. */
  readonly model: string;
  /** SHA-256 of the model file. */
  readonly modelHash: string;
  readonly kind: PredictionKind;
  /** How many of the model's rounds predict. */
  readonly rounds: number;
  readonly format: OutputFormat;
  readonly table: Omit<ReadTableOptions, "signal">;
  /** Metrics to compute, undefined for those of the objective; null for none. */
  readonly metrics: readonly string[] | undefined | null;
  readonly drift: boolean;
}

export interface BatchTask {
  readonly input: string;
  readonly output: string;
}

export interface PartOutcome {
  readonly rowCount: number;
  readonly outputBytes: number;
  readonly seconds: number;
  /** Sum of the rows' weights. */
  readonly weight: number;
  readonly metrics: Readonly<Record<string, number>> | null;
  /** Rows by the bins of the model's training profile. */
  readonly driftCounts: readonly number[] | null;
}

const ROWS_AT_ONCE = 4096;

let kept: { readonly hash: string; readonly booster: Booster } | undefined;

/** Does one task. @throws {CoppiceError} INVALID_DATA when the part or the model is not what it must be */
export async function runBatchTask(job: BatchJob, task: BatchTask): Promise<PartOutcome> {
  const begin = performance.now();
  const booster = await modelOf(job);
  const data = await readPart(job, task, booster);
  const columns = predictionColumns(booster, data, job.kind, job.rounds);
  const outputBytes = await writeTable(task.output, columns, job.format);
  // One thread: other workers have the other cores.
  const metrics =
    job.metrics === null || data.rowCount === 0
      ? null
      : (await evaluateModel(booster, data, job.rounds, job.metrics, { threads: 1 })).metrics;
  const weights = job.metrics === null ? undefined : labelsOf(data).weight;
  return {
    rowCount: data.rowCount,
    outputBytes,
    seconds: (performance.now() - begin) / 1000,
    weight: weights?.reduce((sum, weight) => sum + weight, 0) ?? data.rowCount,
    metrics,
    driftCounts: job.drift ? countDrift(booster, data) : null,
  };
}

async function modelOf({ model, modelHash }: BatchJob): Promise<Booster> {
  if (kept?.hash === modelHash) return kept.booster;
  const bytes = await readFileBytes(model);
  if (createHash("sha256").update(bytes).digest("hex") !== modelHash) {
    throw new CoppiceError("INVALID_DATA", `${model}: the file is not the one that the driver has`, {
      path: model,
    });
  }
  kept = { hash: modelHash, booster: loadModel(bytes) };
  return kept.booster;
}

/** The part with features, categories and classes coded as the model knows them. */
function readPart({ table, metrics }: BatchJob, { input }: BatchTask, booster: Booster): Promise<DMatrix> {
  const { model, labelClasses } = booster;
  const isNamed = model.featureNames.length > 0;
  const columns = {
    ...table,
    features: isNamed ? model.featureNames : undefined,
    categories: model.categories.length > 0 ? model.categories : undefined,
  };
  if (metrics !== null) {
    return readWhole(input, { ...columns, labelKind: labelClasses ? "class" : "number", labelClasses });
  }
  // A label that nobody asks for is not read; where features have no names it must not become one.
  const { label, ignore = [] } = table;
  const others = isNamed || label === undefined ? ignore : [...ignore, label];
  return readWhole(input, { ...columns, label: undefined, ignore: others });
}

/** Unlike a table on its own, a part may have no rows. */
async function readWhole(path: string, options: ReadTableOptions): Promise<DMatrix> {
  if ((options.format ?? formatOfName(path)) === "libsvm") return readTable(path, options);
  const source = await fileSource(path);
  try {
    const whole = { index: 0, count: 1, shareQuotes: async (counts: readonly number[]) => [counts] };
    return await tableToDMatrix(await openTablePart([source], whole, options), options);
  } finally {
    await source.close();
  }
}

function countDrift(booster: Booster, data: DMatrix): number[] | null {
  const profile = profileOf(booster.model.attributes);
  if (profile === undefined) return null;
  const bins = binsOfProfile(profile);
  const counts = new Uint32Array(bins.size);
  const { features, rowCount, featureCount: width, categories, featureTypes } = data;
  const scratch = new Float32Array(Math.min(ROWS_AT_ONCE, rowCount) * width);
  for (let begin = 0; begin < rowCount; begin += ROWS_AT_ONCE) {
    const end = Math.min(rowCount, begin + ROWS_AT_ONCE);
    const matrix = features.readRows(begin, end, scratch);
    const shape = { rowCount: end - begin, featureCount: width, categories, featureTypes };
    const predictions = booster.predict(DMatrix.fromDense(matrix, shape), { rounds: booster.bestRounds });
    observeRows(bins, { rowCount: end - begin, matrix, width, predictions }, counts);
  }
  return Array.from(counts);
}
