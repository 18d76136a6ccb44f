// What the drivers of both systems are asked for, as JSON in their first argument.

export interface DriverRequest {
  /** A Parquet file with a column "label"; its row groups are of equal size. */
  readonly data: string;
  readonly params: {
    readonly objective: "multi:softprob";
    readonly num_class: number;
    readonly max_depth: number;
  };
  readonly rounds: number;
  readonly checkpointEvery: number;
  /** After how many rounds a worker is killed, once; 0 for never. */
  readonly killAt: number;
  readonly name: string;
  readonly storage: string;
  /** Gets a line "seconds rounds" after every round; beside it ".struck" the moment of the kill. */
  readonly log: string;
  /** Where the model goes, as JSON. */
  readonly model: string;
  /** Of Ray's dashboard. */
  readonly dashboard: string;
  /** Of Ray itself, host:port. */
  readonly cluster: string;
}
