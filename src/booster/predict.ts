// Prediction of many rows over threads: blocks of rows pass through a memory that a team shares. The values
// are those of `booster.predict`, bit for bit.

import type { AbortSignalLike } from "../core/abort-signal.ts";
import { Arena, measureArena } from "../core/arena.ts";
import type { Declarations, ValuesOf } from "../core/declaration.ts";
import { abortSignal } from "../core/declaration.ts";
import { throwIfAborted } from "../core/errors.ts";
import { soloExecutor } from "../core/executor.ts";
import { Tasks } from "../core/tasks.ts";
import { DMatrix } from "../data/dmatrix.ts";
import { DenseFeatures, type Features } from "../data/features.ts";
import type { PredictJob } from "../parallel/jobs.ts";
import type { ThreadHost } from "../parallel/port.ts";
import { Team } from "../parallel/team.ts";
import { checkThreads, threadCount } from "../parallel/thread-count.ts";
import { alignFeatures } from "./align.ts";
import type { Booster, PredictOptions } from "./booster.ts";
import { type BlockShape, PredictMember, placeBlock, predictTasks, TASK_ROWS } from "./predict-member.ts";

export const parallelOptions = {
  /** As many as pay off by default, at most the cores. Never changes a value. */
  threads: { ...threadCount, flag: "<n>", doc: "threads to predict on; they never change a value" },
  /** Gives the prediction up. */
  signal: abortSignal,
} as const satisfies Declarations;

export interface ParallelPredictOptions extends PredictOptions, ValuesOf<typeof parallelOptions> {}

/** Row and tree pairs below which a further thread costs more than it brings. */
const STEPS_PER_THREAD = 40_000_000;
/** How many such pairs one is that is explained. */
const CONTRIBUTION_STEPS = 100;
/** Values of a block's rows and predictions: 16 MB. */
const BLOCK_VALUES = 4 << 20;
/** A block should take about that long: between blocks the caller's thread is free and can be told to stop. */
const BLOCK_MS = 100;

/**
 * Predictions for every row as `booster.predict` gives them, over threads where that pays off.
 *
 * @param threadHost starts threads; without it the caller's thread works alone
 * @throws {CoppiceError} like `booster.predict`; ABORTED through `signal`
 */
export async function predict(
  booster: Booster,
  data: DMatrix,
  { threads: wanted, signal, ...options }: ParallelPredictOptions = {},
  threadHost: ThreadHost | undefined = undefined,
): Promise<Float32Array> {
  checkThreads(wanted);
  throwIfAborted(signal);
  const features = alignFeatures(booster.model, data, options.strict);
  if (data.rowCount === 0) return booster.predict(data, options);
  const width = measureWidth(booster, data, features, options);
  const threads = threadHost ? (wanted ?? usefulThreads(booster, data, options, threadHost)) : 1;
  const shape = planBlock(data, width, threads);
  await using team = threadHost && threads > 1 ? new Team(threadHost, threads) : undefined;
  return await predictBlocks({ booster, data, features, options }, shape, team, signal);
}

/** Values per row: those of the first, which also finds out what is wrong with the options. */
function measureWidth(booster: Booster, data: DMatrix, features: Features, options: PredictOptions): number {
  const { featureCount, baseMargin } = data;
  const first = features.readRows(0, 1, new Float32Array(featureCount));
  const row = new DMatrix(new DenseFeatures([first], 1, featureCount), {
    baseMargin: baseMargin?.subarray(0, marginsPerRow(data)),
  });
  return booster.predict(row, options).length;
}

function marginsPerRow({ baseMargin, rowCount }: DMatrix): number {
  return baseMargin === undefined ? 0 : baseMargin.length / rowCount;
}

function usefulThreads(booster: Booster, data: DMatrix, options: PredictOptions, host: ThreadHost): number {
  const isExplained = !["value", "margin", "class", "leaf"].includes(options.kind ?? "value");
  const steps = data.rowCount * booster.model.trees.length * (isExplained ? CONTRIBUTION_STEPS : 1);
  return Math.max(1, Math.min(host.parallelism, Math.floor(steps / STEPS_PER_THREAD)));
}

function planBlock(data: DMatrix, width: number, threads: number): BlockShape {
  const marginCount = marginsPerRow(data);
  const rows = Math.min(BLOCK_VALUES / (data.featureCount + marginCount + width), data.rowCount);
  const rowCount = Math.ceil(Math.max(1, rows) / TASK_ROWS) * TASK_ROWS;
  return {
    rowCount: Math.max(rowCount, threads * TASK_ROWS),
    featureCount: data.featureCount,
    marginCount,
    width,
  };
}

/** What is predicted. */
interface Prediction {
  readonly booster: Booster;
  readonly data: DMatrix;
  /** Those of `data`, as the model numbers them. */
  readonly features: Features;
  readonly options: PredictOptions;
}

async function predictBlocks(
  { booster, data, features, options }: Prediction,
  shape: BlockShape,
  team: Team | undefined,
  signal: AbortSignalLike | undefined,
): Promise<Float32Array> {
  const { rowCount: capacity, width, marginCount } = shape;
  const sizeBytes = measureArena((arena) => placeBlock(arena, shape));
  const buffer = team ? new SharedArrayBuffer(sizeBytes) : new ArrayBuffer(sizeBytes);
  const block = placeBlock(new Arena(buffer), shape);
  const tasks = new Tasks(predictTasks, block.tasks);
  const member = new PredictMember(booster, options, block);
  const job: PredictJob = { kind: "predict", model: booster.model, options, shape, buffer };
  const executor = team ? await team.assign(job, member) : soloExecutor(member);
  const output = new Float32Array(data.rowCount * width);
  const leastRows = TASK_ROWS * executor.memberCount;
  for (let begin = 0, rows = leastRows; begin < data.rowCount; ) {
    throwIfAborted(signal);
    const start = performance.now();
    const end = Math.min(begin + rows, data.rowCount);
    const values = features.readRows(begin, end, block.values);
    if (values.buffer !== buffer) block.values.set(values);
    block.baseMargin.set(data.baseMargin?.subarray(begin * marginCount, end * marginCount) ?? []);
    let taskCount = 0;
    for (let rowBegin = 0; rowBegin < end - begin; rowBegin += TASK_ROWS) {
      tasks.write("predict", taskCount++, { rowBegin, rowEnd: Math.min(rowBegin + TASK_ROWS, end - begin) });
    }
    executor.run("predict", taskCount);
    output.set(block.predictions.subarray(0, (end - begin) * width), begin * width);
    begin = end;
    const fit = (rows * BLOCK_MS) / Math.max(performance.now() - start, 1e-3);
    rows = Math.max(leastRows, Math.min(capacity, Math.floor(fit / TASK_ROWS) * TASK_ROWS));
    if (begin < data.rowCount) await new Promise((resolve) => setTimeout(resolve, 0));
  }
  return output;
}
