// The page's side of training: everything heavy happens in a worker, and the page's thread only passes
// messages. The trees are those of every other place.

import { proxy, type Remote, releaseProxy, transfer, wrap } from "comlink";
import { Booster, type PredictOptions } from "../booster/booster.ts";
import type { AbortSignalLike } from "../core/abort-signal.ts";
import {
  abortSignal,
  type Declarations,
  type Joined,
  type ValuesOf,
  valuesThatReach,
  type Without,
  without,
} from "../core/declaration.ts";
import { CoppiceError, throwIfAborted } from "../core/errors.ts";
import { checkOptions } from "../core/options.ts";
import type { DMatrix } from "../data/dmatrix.ts";
import type { ForestCoverOptions } from "../datasets/forest-cover.ts";
import type { ReadTableOptions } from "../input/read-table.ts";
import type { SplitOptions } from "../input/sink/table-dmatrix.ts";
import { type RunOptions, runOptions } from "../run/run-options.ts";
import type { TrainRunResult } from "../run/train-run.ts";
import type { TrainParameters } from "../training/parameters.ts";
import type { TrainResult } from "../training/train.ts";
import { trainOptions } from "../training/train-options.ts";
import { buffersIn, unwrap } from "./answer.ts";
import { RemoteTable } from "./remote-table.ts";
import { inputToWire, type TableInput } from "./sources.ts";
import { type StartedWorker, startWorker } from "./start-worker.ts";
import { type TrainerSupport, tellSupport } from "./support.ts";
import { tableFromWire, tableToWire } from "./table-wire.ts";
import type {
  ColumnDescription,
  TableDescription,
  TrainerService,
  TrainOptionsWire,
} from "./trainer-service.ts";

export interface BrowserTrainerOptions {
  /** The worker's file, if it is not where the package or the bundler put it. */
  readonly workerUrl?: string | URL | undefined;
}

/** Functions that cannot cross to the worker that trains. */
const FUNCTIONS = ["callbacks", "objective", "metrics"] as const;

const ownOptions = {
  /** Tables whose metrics are computed after every round, by name. The training table may be among them. */
  evals: { type: "any", of: undefined as unknown as Readonly<Record<string, DMatrix | RemoteTable>> },
  /** Ends the training after the round at hand and keeps its model; `signal` gives it up instead. */
  stop: abortSignal,
  /** Keeps the training in the browser's database: launched again under this name, it goes on. */
  run: {
    type: "options",
    options: without(runOptions, ["storage"]) as Declarations,
    of: undefined as unknown as Omit<RunOptions, "storage">,
  },
} as const satisfies Declarations;

const browserTrainOptions: Joined<Without<typeof trainOptions, typeof FUNCTIONS>, typeof ownOptions> = {
  ...without(trainOptions, FUNCTIONS),
  ...ownOptions,
};

/** As everywhere, but for functions that would have to run in the worker. */
export interface BrowserTrainOptions extends ValuesOf<typeof browserTrainOptions> {}

export interface BrowserTrainResult extends TrainResult {
  /** For a training with `run`. */
  readonly run?: TrainRunResult["run"];
}

/** A worker that reads tables, trains and predicts. */
export class BrowserTrainer {
  /** What this browser and page allow. */
  readonly support: TrainerSupport;
  readonly #started: StartedWorker;
  readonly #service: Remote<TrainerService>;
  #nextJob = 0;
  #isClosed = false;
  /** Rejects when the worker dies. */
  readonly #death: Promise<never>;

  private constructor(started: StartedWorker, service: Remote<TrainerService>, support: TrainerSupport) {
    this.#started = started;
    this.#service = service;
    this.support = support;
    this.#death = new Promise((_, reject) => {
      started.worker.onerror = (event) => {
        event.preventDefault();
        reject(new CoppiceError("INTERNAL", `the trainer's worker ended: ${event.message}`));
      };
    });
    // Told to whoever waits for an answer; alone it is no news.
    this.#death.catch(() => {});
  }

  /**
   * Starts the worker.
   *
   * @throws {CoppiceError} UNSUPPORTED when no worker can be started
   */
  static async open(options: BrowserTrainerOptions = {}): Promise<BrowserTrainer> {
    const started = await startWorker(options.workerUrl);
    const service = wrap<TrainerService>(started.worker);
    return new BrowserTrainer(started, service, tellSupport(await service.describe(), started.origin));
  }

  /** The columns of a table that is not read yet. @throws {CoppiceError} INVALID_DATA as `readTable` */
  async columns(
    input: TableInput | readonly TableInput[],
    options: ReadTableOptions = {},
  ): Promise<ColumnDescription[]> {
    return unwrap(await this.#ask(this.#service.columns(toWires(input), plain(options))));
  }

  /**
   * Reads a table into the worker: CSV, libsvm, Parquet or Arrow, packed or not.
   *
   * @throws {CoppiceError} INVALID_DATA when it cannot be fetched or is not what it must be
   */
  async readTable(
    input: TableInput | readonly TableInput[],
    options: ReadTableOptions = {},
  ): Promise<RemoteTable> {
    throwIfAborted(options.signal);
    return this.#table(unwrap(await this.#ask(this.#service.readTable(toWires(input), plain(options)))));
  }

  /** Reads a table into training and validation rows; see `readSourcesSplit`. */
  async readTableSplit(
    input: TableInput | readonly TableInput[],
    options: ReadTableOptions & SplitOptions,
  ): Promise<{ train: RemoteTable; valid: RemoteTable }> {
    const split = this.#service.readTableSplit(toWires(input), plain(options) as typeof options);
    const { train, valid } = unwrap(await this.#ask(split));
    return { train: this.#table(train), valid: this.#table(valid) };
  }

  /**
   * Hands a table over to the worker.
   *
   * @param isMoved whether it is moved rather than copied; the page cannot use it afterwards
   */
  async addTable(data: DMatrix, isMoved = false): Promise<RemoteTable> {
    const wire = tableToWire(data);
    const sent = isMoved ? transfer(wire, buffersIn(wire)) : wire;
    return this.#table(unwrap(await this.#ask(this.#service.addTable(sent))));
  }

  /** A synthetic table with the columns of the Covertype data, made in the worker; the label is 0 to 6. */
  async forestCover(options: ForestCoverOptions): Promise<RemoteTable> {
    return this.#table(unwrap(await this.#ask(this.#service.forestCover(options))));
  }

  /** The rows `rows` of a table, in that order. */
  async readRows(table: RemoteTable, rows: readonly number[]): Promise<DMatrix> {
    return tableFromWire(unwrap(await this.#ask(this.#service.readRows(table.id, rows))));
  }

  /**
   * Trains a model; see `train` of the neutral entry.
   *
   * @throws {CoppiceError} INVALID_PARAMETER, INVALID_DATA for bad input; ABORTED through `signal`
   */
  async train(
    parameters: TrainParameters,
    data: DMatrix | RemoteTable,
    options: BrowserTrainOptions,
  ): Promise<BrowserTrainResult> {
    refuseFunctions(options);
    checkOptions("train()", browserTrainOptions, options);
    const { evals = {}, signal, stop, onRound, onWarning, initialModel, run } = options;
    throwIfAborted(signal);
    const own: RemoteTable[] = [];
    const job = this.#nextJob++;
    const abortNow = () => void this.#service.abort(job);
    const stopNow = () => void this.#service.stop(job);
    try {
      const sets: Record<string, number> = {};
      const tables = new Map<DMatrix, RemoteTable>();
      const idOf = async (table: DMatrix | RemoteTable): Promise<number> => {
        if (table instanceof RemoteTable) return table.id;
        const known =
          tables.get(table) ?? (await this.addTable(table, options.consumeData && table === data));
        if (!tables.has(table)) own.push(known);
        tables.set(table, known);
        return known.id;
      };
      // Evaluation sets first: the training table may be moved away.
      for (const [name, set] of Object.entries(evals)) sets[name] = set === data ? -1 : await idOf(set);
      const id = await idOf(data);
      for (const name of Object.keys(sets)) if (sets[name] === -1) sets[name] = id;
      const wire: TrainOptionsWire = {
        ...valuesThatReach(trainOptions, options, "thread"),
        evals: sets,
        initialModel: initialModel?.model,
        run,
      };
      const answered = this.#service.train(
        { job, parameters, table: id, options: wire },
        proxy((event) => onRound?.(event)),
        proxy((message) => onWarning?.(message)),
      );
      signal?.addEventListener("abort", abortNow);
      stop?.addEventListener("abort", stopNow);
      if (signal?.aborted) abortNow();
      if (stop?.aborted) stopNow();
      const { model, run: about, ...result } = unwrap(await this.#ask(answered));
      const booster = new Booster(model);
      return about === undefined ? { ...result, booster } : { ...result, booster, run: about };
    } finally {
      signal?.removeEventListener("abort", abortNow);
      stop?.removeEventListener("abort", stopNow);
      for (const table of own) table.close();
    }
  }

  /** Predictions for a table, see `Booster.predict`. */
  async predict(
    booster: Booster,
    data: DMatrix | RemoteTable,
    options: PredictOptions = {},
  ): Promise<Float32Array> {
    const table = data instanceof RemoteTable ? data : await this.addTable(data);
    try {
      return unwrap(await this.#ask(this.#service.predict(booster.model, table.id, options)));
    } finally {
      if (table !== data) table.close();
    }
  }

  /** Ends the worker and all that runs in it. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#service[releaseProxy]();
    this.#started.worker.terminate();
    this.#started.release();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }

  #ask<T>(answered: Promise<T>): Promise<T> {
    return Promise.race([answered, this.#death]);
  }

  #table(description: TableDescription): RemoteTable {
    return new RemoteTable(description, () => {
      if (!this.#isClosed) void this.#service.dropTable(description.id);
    });
  }
}

function toWires(input: TableInput | readonly TableInput[]) {
  const inputs = (Array.isArray(input) ? input : [input]) as TableInput[];
  return inputs.map((each) => inputToWire(each, document.baseURI));
}

/** Without what cannot cross. */
function plain<Options extends { signal?: AbortSignalLike | undefined }>(options: Options): Options {
  return { ...options, signal: undefined };
}

function refuseFunctions(options: object): void {
  for (const name of FUNCTIONS) {
    if ((options as Record<string, unknown>)[name] === undefined) continue;
    throw new CoppiceError(
      "UNSUPPORTED",
      `\`${name}\` cannot be used from a page: functions cannot cross to the worker that trains`,
      { parameter: name },
    );
  }
}
