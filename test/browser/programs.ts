// Programs that run in a page under test. They stand alone: a browser gets their text, so they use nothing but
// their argument and the page's globals, of which `coppice` is the library.

export interface SampleTask {
  readonly rows: number;
  readonly rounds: number;
  readonly parameters: object;
  readonly options: object;
}

export interface SampleReport {
  readonly support: {
    readonly threads: number;
    readonly hasSharedMemory: boolean;
    readonly hasWebAssembly: boolean;
    readonly worker: string;
    readonly notes: readonly string[];
  };
  /** The rounds that were told. */
  readonly events: readonly number[];
  readonly warnings: readonly string[];
  /** The longest time between two ticks of the page, in milliseconds. */
  readonly longestGap: number;
  readonly trainMs: number;
  /** SHA-256 of the model file. */
  readonly digest: string;
  readonly predicted: number;
}

/** Trains on the sample and tells what happened. */
export const trainOnSample = async ({
  rows,
  rounds,
  parameters,
  options,
}: SampleTask): Promise<SampleReport> => {
  // biome-ignore lint/suspicious/noExplicitAny: the page's own global
  const { BrowserTrainer } = (globalThis as any).coppice;
  const trainer = await BrowserTrainer.open();
  const table = await trainer.forestCover({ rows, seed: 1 });
  const events: number[] = [];
  const warnings: string[] = [];
  let longestGap = 0;
  let last = performance.now();
  const beat = setInterval(() => {
    longestGap = Math.max(longestGap, performance.now() - last);
    last = performance.now();
  }, 1);
  const begin = performance.now();
  const result = await trainer.train(parameters, table, {
    rounds,
    onRound: ({ round }: { round: number }) => events.push(round),
    onWarning: (message: string) => warnings.push(message),
    ...options,
  });
  const trainMs = performance.now() - begin;
  clearInterval(beat);
  const bytes = result.booster.toBytes("json");
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const values: Float32Array = await trainer.predict(result.booster, table);
  trainer.close();
  return {
    support: trainer.support,
    events,
    warnings,
    longestGap,
    trainMs,
    digest: Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join(""),
    predicted: values.length,
  };
};

/** Notes how long each key press waits for the page. */
export const watchKeys = (): void => {
  const keyDelays: number[] = [];
  document.addEventListener("keydown", (event) => keyDelays.push(performance.now() - event.timeStamp));
  Object.assign(globalThis, { keyDelays });
};

export interface StopReport {
  readonly stoppedRounds: number;
  readonly abortCode: string;
  /** Rows that the same trainer predicts afterwards. */
  readonly rowsAfter: number;
}

export const stopAndAbort = async ({ parameters }: { parameters: object }): Promise<StopReport> => {
  // biome-ignore lint/suspicious/noExplicitAny: the page's own global
  const { BrowserTrainer } = (globalThis as any).coppice;
  const trainer = await BrowserTrainer.open();
  const table = await trainer.forestCover({ rows: 1000, seed: 1 });
  const stop = new AbortController();
  const stopped = await trainer.train(parameters, table, {
    rounds: 10_000,
    stop: stop.signal,
    onRound: ({ round }: { round: number }) => round === 2 && stop.abort(),
  });
  const abort = new AbortController();
  const abortCode = await trainer
    .train(parameters, table, {
      rounds: 10_000,
      signal: abort.signal,
      onRound: ({ round }: { round: number }) => round === 2 && abort.abort(),
    })
    .catch((error: { code: string }) => error.code);
  const again = await trainer.train(parameters, table, { rounds: 1 });
  const predicted = await trainer.predict(again.booster, table, { kind: "class" });
  trainer.close();
  return { stoppedRounds: stopped.booster.roundCount, abortCode, rowsAfter: predicted.length };
};

export const provokeErrors = async (): Promise<[string, string][]> => {
  // biome-ignore lint/suspicious/noExplicitAny: the page's own global
  const { BrowserTrainer } = (globalThis as any).coppice;
  const trainer = await BrowserTrainer.open();
  const table = await trainer.forestCover({ rows: 100 });
  const closed = await trainer.forestCover({ rows: 100 });
  closed.close();
  const objective = { objective: "reg:squarederror" };
  const tries = [
    () => trainer.readTable("/missing.csv"),
    () => trainer.train(objective, table, { rounds: -1 }),
    () => trainer.readTable(7),
    () => trainer.train(objective, table, { rounds: 1, callbacks: [] }),
    () => trainer.train(objective, closed, { rounds: 1 }),
  ];
  const errors: [string, string][] = [];
  for (const run of tries) {
    await run().then(
      () => errors.push(["no error", ""]),
      (error: { code: string; message: string }) => errors.push([error.code, error.message]),
    );
  }
  trainer.close();
  return errors;
};

export interface MoveReport {
  /** What the page has left of the values of a table that it kept, and of one that it gave away. */
  readonly keptBytes: number;
  readonly movedBytes: number;
  readonly isEqual: boolean;
}

export const moveTable = async (): Promise<MoveReport> => {
  // biome-ignore lint/suspicious/noExplicitAny: the page's own global
  const { DMatrix, train } = (globalThis as any).coppice;
  const make = () => {
    const values = Float32Array.from({ length: 600 }, (_, i) => (i * 7919) % 101);
    const label = Float32Array.from({ length: 200 }, (_, i) => i % 2);
    return { values, data: DMatrix.fromDense(values, { rowCount: 200, featureCount: 3, label }) };
  };
  const kept = make();
  const moved = make();
  const parameters = { objective: "binary:logistic" };
  const first = await train(parameters, kept.data, { rounds: 3 });
  const second = await train(parameters, moved.data, { rounds: 3, consumeData: true });
  const bytes = [first, second].map(({ booster }) => String(booster.toBytes("json")));
  return {
    keptBytes: kept.values.byteLength,
    movedBytes: moved.values.byteLength,
    isEqual: bytes[0] === bytes[1],
  };
};

/** Trains on one feature of the table in every form; the models, in base 10 of their bytes' sum and length. */
export const readEverywhere = async ({ csv }: { csv: string }): Promise<string[]> => {
  // biome-ignore lint/suspicious/noExplicitAny: the page's own global
  const { BrowserTrainer } = (globalThis as any).coppice;
  const trainer = await BrowserTrainer.open();
  const options = { label: "Cover_Type", labelKind: "class", features: ["Elevation", "Slope"] };
  const inputs = [
    "/data/x.csv",
    new URL("/data/x.parquet", document.baseURI),
    new File([csv], "x.csv"),
    new File([await (await fetch("/data/x.csv")).arrayBuffer()], "y.csv"),
  ];
  const models: string[] = [];
  for (const input of inputs) {
    const table = await trainer.readTable(input, options);
    const { booster } = await trainer.train({ objective: "multi:softprob", numClass: 7 }, table, {
      rounds: 2,
    });
    const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", booster.toBytes("ubj")));
    models.push(String(hash));
    table.close();
  }
  trainer.close();
  return models;
};

/** Begins a training that the browser keeps, and returns after a few of its rounds while it goes on. */
export const beginKept = async (task: SampleTask): Promise<number> => {
  // biome-ignore lint/suspicious/noExplicitAny: the page's own global
  const { BrowserTrainer } = (globalThis as any).coppice;
  const trainer = await BrowserTrainer.open();
  const table = await trainer.forestCover({ rows: task.rows, seed: 1 });
  return new Promise((resolve, reject) => {
    trainer
      .train(task.parameters, table, {
        rounds: task.rounds,
        run: { name: "kept", checkpoint: { everyRounds: 2 } },
        onRound: ({ round }: { round: number }) => round === 6 && resolve(round),
      })
      .catch(reject);
  });
};

/** Trains with a run that the browser keeps, noting the rounds that were told. */
export const trainKept = async (task: SampleTask): Promise<KeptReport> => {
  // biome-ignore lint/suspicious/noExplicitAny: the page's own global
  const { BrowserTrainer } = (globalThis as any).coppice;
  const trainer = await BrowserTrainer.open();
  const table = await trainer.forestCover({ rows: task.rows, seed: 1 });
  const rounds: number[] = [];
  Object.assign(globalThis, { toldRounds: rounds });
  const result = await trainer.train(task.parameters, table, {
    rounds: task.rounds,
    run: { name: "kept", checkpoint: { everyRounds: 2 } },
    onRound: ({ round }: { round: number }) => rounds.push(round),
  });
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", result.booster.toBytes("json")));
  trainer.close();
  return {
    digest: Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join(""),
    rounds,
    run: result.run,
  };
};

export interface KeptReport {
  readonly digest: string;
  readonly rounds: readonly number[];
  readonly run: { readonly resumedFrom: number; readonly attempt: number; readonly wasFinished: boolean };
}
