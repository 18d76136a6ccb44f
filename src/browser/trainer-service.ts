// The trainer as it runs in its worker: it holds tables by number, trains on them and predicts. Everything
// that comes in and goes out is plain data; results are moved to the page, not copied.

import type { PredictOptions } from "../booster/booster.ts";
import { Booster } from "../booster/booster.ts";
import { predict } from "../booster/predict.ts";
import type { ValuesThatReach } from "../core/declaration.ts";
import { CoppiceError } from "../core/errors.ts";
import type { DMatrix } from "../data/dmatrix.ts";
import type { ForestCoverOptions } from "../datasets/forest-cover.ts";
import { openTable } from "../input/formats/open-table.ts";
import { type ReadTableOptions, readSources, readSourcesSplit } from "../input/read-table.ts";
import type { SplitOptions } from "../input/sink/table-dmatrix.ts";
import { canCompileWasm } from "../kernel/wasm/wasm-module.ts";
import type { Model } from "../model/model.ts";
import type { runOptions } from "../run/run-options.ts";
import { type TrainRunResult, train } from "../run/train-run.ts";
import type { TrainParameters } from "../training/parameters.ts";
import type { RoundEvent, TrainResult } from "../training/train.ts";
import type { TrainOptions, trainOptions } from "../training/train-options.ts";
import { type Answer, answer, buffersIn } from "./answer.ts";
import { databaseStorage } from "./database-storage.ts";
import { forestCoverTable } from "./forest-cover-table.ts";
import { type InputWire, openInput } from "./sources.ts";
import { type TableWire, tableFromWire, tableToWire } from "./table-wire.ts";
import { canShareMemory, workerThreads } from "./worker-scope.ts";

/** A table of the worker as the page knows it. */
export interface TableDescription {
  readonly id: number;
  readonly rowCount: number;
  readonly featureCount: number;
  readonly featureNames: readonly string[] | undefined;
  readonly featureTypes: DMatrix["featureTypes"];
  readonly categories: DMatrix["categories"];
  readonly labelClasses: DMatrix["labelClasses"];
  /** A copy. */
  readonly label: Float32Array | undefined;
}

/** A column of a file before it is read. */
export interface ColumnDescription {
  readonly name: string;
  /** "other" cannot be read. */
  readonly kind: "number" | "string" | "other";
}

export interface WorkerSupport {
  readonly threads: number;
  readonly hasSharedMemory: boolean;
  readonly hasWebAssembly: boolean;
}

/** Options of a training that can cross to the worker. */
export interface TrainOptionsWire extends ValuesThatReach<typeof trainOptions, "thread"> {
  readonly evals: Readonly<Record<string, number>>;
  readonly initialModel: Model | undefined;
  readonly run: ValuesThatReach<typeof runOptions, "thread"> | undefined;
}

/** A training that is asked for. */
export interface TrainRequest {
  /** By which it is aborted or stopped. */
  readonly job: number;
  readonly parameters: TrainParameters;
  /** The number of its table. */
  readonly table: number;
  readonly options: TrainOptionsWire;
}

export interface TrainResultWire extends Omit<TrainResult, "booster"> {
  readonly model: Model;
  readonly run: TrainRunResult["run"] | undefined;
}

/** A training under way. */
interface Job {
  readonly controller: AbortController;
  isStopped: boolean;
}

export class TrainerService {
  readonly #tables = new Map<number, DMatrix>();
  readonly #jobs = new Map<number, Job>();
  #nextTable = 0;
  readonly #threadHost = workerThreads();

  describe(): WorkerSupport {
    return {
      threads: this.#threadHost?.parallelism ?? 1,
      hasSharedMemory: canShareMemory(),
      hasWebAssembly: canCompileWasm(),
    };
  }

  /** The columns of a file and its first rows, to choose a label from. */
  columns(inputs: readonly InputWire[], options: ReadTableOptions): Promise<Answer<ColumnDescription[]>> {
    return answer(async () => {
      const reader = await openTable(await openAll(inputs), options);
      const columns = reader.columns.map(({ name, kind }) => ({ name, kind }));
      await reader.close();
      return columns;
    });
  }

  readTable(inputs: readonly InputWire[], options: ReadTableOptions): Promise<Answer<TableDescription>> {
    return answer(async () => this.#keep(await readSources(await openAll(inputs), options)));
  }

  readTableSplit(
    inputs: readonly InputWire[],
    options: ReadTableOptions & SplitOptions,
  ): Promise<Answer<{ train: TableDescription; valid: TableDescription }>> {
    return answer(async () => {
      const { train, valid } = await readSourcesSplit(await openAll(inputs), options);
      return { train: this.#keep(train), valid: this.#keep(valid) };
    });
  }

  addTable(wire: TableWire): Promise<Answer<TableDescription>> {
    return answer(() => this.#keep(tableFromWire(wire)));
  }

  forestCover(options: ForestCoverOptions): Promise<Answer<TableDescription>> {
    return answer(() => this.#keep(forestCoverTable(options)));
  }

  /** Some rows of a table, whole. */
  readRows(id: number, rows: readonly number[]): Promise<Answer<TableWire>> {
    return answer(() => tableToWire(this.#table(id).selectRows(rows)), buffersIn);
  }

  dropTable(id: number): void {
    this.#tables.delete(id);
  }

  /** The hooks are proxies, which cross only as arguments of their own. */
  train(
    request: TrainRequest,
    onRound: (event: RoundEvent) => void,
    onWarning: (message: string) => void,
  ): Promise<Answer<TrainResultWire>> {
    const job: Job = { controller: new AbortController(), isStopped: false };
    this.#jobs.set(request.job, job);
    const { threads } = request.options;
    const attempt = (threads: number | undefined) =>
      this.#train(job, request, { threads, onRound, onWarning });
    return answer(async () => {
      try {
        return await attempt(threads).catch((error: unknown) => {
          if (!isOutOfMemory(error) || this.#threadHost === undefined || threads === 1) throw error;
          onWarning(`${(error as CoppiceError).message}; training goes on with one thread`);
          return attempt(1);
        });
      } finally {
        this.#jobs.delete(request.job);
      }
    }, buffersIn);
  }

  async #train(
    job: Job,
    { parameters, table, options: wire }: TrainRequest,
    own: Pick<TrainOptions, "threads" | "onRound" | "onWarning">,
  ): Promise<TrainResultWire> {
    const { evals, initialModel, run, ...rest } = wire;
    const options: TrainOptions = {
      ...rest,
      ...own,
      evals: Object.fromEntries(Object.entries(evals).map(([name, id]) => [name, this.#table(id)])),
      initialModel: initialModel && new Booster(initialModel),
      signal: job.controller.signal,
      callbacks: [{ afterRound: () => (job.isStopped ? "stop" : undefined) }],
    };
    const environment = { threadHost: this.#threadHost };
    const data = this.#table(table);
    if (run === undefined) {
      const { booster, ...result } = await train(parameters, data, options, environment);
      return { ...result, model: booster.model, run: undefined };
    }
    const kept = { ...options, run: { ...run, storage: databaseStorage() } };
    const { booster, ...result } = await train(parameters, data, kept, environment);
    return { ...result, model: booster.model };
  }

  /** Ends a training with the error ABORTED, after the round at hand. */
  abort(jobId: number): void {
    this.#jobs.get(jobId)?.controller.abort();
  }

  /** Ends a training after the round at hand; its model is the result. */
  stop(jobId: number): void {
    const job = this.#jobs.get(jobId);
    if (job) job.isStopped = true;
  }

  predict(model: Model, table: number, options: PredictOptions): Promise<Answer<Float32Array>> {
    return answer(
      () => predict(new Booster(model), this.#table(table), options, this.#threadHost),
      buffersIn,
    );
  }

  #keep(data: DMatrix): TableDescription {
    const id = this.#nextTable++;
    this.#tables.set(id, data);
    const { rowCount, featureCount, featureNames, featureTypes, categories, labelClasses, label } = data;
    return { id, rowCount, featureCount, featureNames, featureTypes, categories, labelClasses, label };
  }

  #table(id: number): DMatrix {
    const found = this.#tables.get(id);
    if (found !== undefined) return found;
    throw new CoppiceError("INVALID_PARAMETER", "the table must be one of this trainer that is not closed");
  }
}

async function openAll(inputs: readonly InputWire[]) {
  const sources = [];
  for (const input of inputs) sources.push(await openInput(input));
  return sources;
}

/** Whether the one memory of a training could not be had. */
function isOutOfMemory(error: unknown): boolean {
  return error instanceof CoppiceError && error.code === "UNSUPPORTED" && "sizeBytes" in error.details;
}
