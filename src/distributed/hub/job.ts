// What a driver tells its workers: the table, the training and where it is kept, as JSON. Functions cannot
// travel; a custom objective is named by its module, which every worker imports. The bytes of an initial model
// go to rank 0 in a frame of their own, and from there to its peers.

import type { ValuesThatReach } from "../../core/declaration.ts";
import type { ReadTableOptions } from "../../input/read-table.ts";
import type { runOptions } from "../../run/run-options.ts";
import type { TrainParameters } from "../../training/parameters.ts";
import type { trainOptions } from "../../training/train-options.ts";

/** A table by its files and how they are read. */
export interface DatasetSpec {
  /** Paths as every worker sees them, in order. */
  readonly paths: readonly string[];
  readonly options: Omit<ReadTableOptions, "signal">;
}

export interface TrainJob {
  readonly params: TrainParameters;
  readonly rounds: number | undefined;
  readonly train: DatasetSpec;
  /** Evaluation tables by name; features and coding are the training table's. */
  readonly evals: Readonly<Record<string, DatasetSpec>>;
  /** Every option of training that can reach a process. */
  readonly training: ValuesThatReach<typeof trainOptions, "process">;
  readonly threads: number;
  /** Whether rank 0 has been sent a model to continue from. */
  readonly hasInitialModel: boolean;
  /** Path or URL of a module, as every worker sees it, whose default export is a custom objective. */
  readonly objectiveModule: string | undefined;
  /** Whether the model carries the histograms of its training rows. */
  readonly withProfile: boolean;
  readonly run:
    | (ValuesThatReach<typeof runOptions, "process"> & {
        /** A folder as every worker sees it. */
        readonly storage: string;
      })
    | undefined;
}

/** What a worker says of itself at the end. */
export interface WorkerReport {
  readonly rank: number;
  /** Of the training table. */
  readonly rowCount: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
  readonly seconds: {
    readonly read: number;
    readonly cuts: number;
    readonly bin: number;
    readonly train: number;
    readonly evaluate: number;
  };
  readonly peakRssBytes: number;
}
