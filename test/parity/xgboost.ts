// The live XGBoost that parity tests compare with: a Python process (xgboost_server.py) that stays
// open while a test file runs. Requests may be sent without waiting; replies come in their order.
// A message is a uint32 length (little-endian), JSON, and the raw arrays which the JSON names.

import { type ChildProcessByStdio, spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll } from "vitest";
import { describeNeeding, python, type RequirementName } from "../require.ts";

/** A table as XGBoost's DMatrix takes it: `data` is [rows × columns] row-major, NaN = missing. */
export interface Table {
  readonly rows: number;
  readonly columns: number;
  readonly data: Float32Array;
  readonly label?: Float32Array;
  readonly weight?: Float32Array;
  readonly baseMargin?: Float32Array;
  /** "float" or "c" per column. */
  readonly featureTypes?: readonly string[];
  readonly featureNames?: readonly string[];
  /** What the codes of each column stand for, or null; makes it a data frame, which needs pandas. */
  readonly categories?: readonly (readonly string[] | readonly number[] | null)[];
}

/** XGBoost's own parameter names; constraints as arrays. */
export type XGBoostParams = Readonly<Record<string, unknown>>;

export type Wanted = "json" | "ubj" | "margin" | "value" | "leaf" | "contribs";

/** What was wanted, by name: files as bytes, predictions flattened row-major. */
export interface Results {
  readonly json?: Uint8Array;
  readonly ubj?: Uint8Array;
  readonly margin?: Float32Array;
  readonly value?: Float32Array;
  readonly leaf?: Float32Array;
  readonly contribs?: Float32Array;
  /** Metric values per round of the training table, when `eval_metric` was given. */
  readonly history: Readonly<Record<string, Readonly<Record<string, readonly number[]>>>>;
}

type Arrays = Record<string, Float32Array | Uint32Array | Uint8Array>;
interface Reply {
  readonly header: Record<string, unknown>;
  readonly arrays: Arrays;
}
interface Pending {
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: Error) => void;
}

/** `describeNeeding` with an XGBoost that runs while its tests do. */
export function describeWithXGBoost(
  names: RequirementName | readonly RequirementName[],
  title: string,
  body: (xgboost: () => XGBoost) => void,
): void {
  describeNeeding(names, title, () => {
    let xgboost: XGBoost;
    beforeAll(async () => {
      xgboost = await XGBoost.start();
    }, 60_000);
    afterAll(() => xgboost?.close());
    body(() => xgboost);
  });
}

/** One Python process with XGBoost; close it when the test file ends. */
export class XGBoost {
  readonly #process: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #pending: Pending[] = [];
  #received: Buffer[] = [];
  #receivedBytes = 0;
  #neededBytes = 4;
  #log = "";

  private constructor() {
    const server = fileURLToPath(new URL("./xgboost_server.py", import.meta.url));
    const environment = { ...process.env, OMP_NUM_THREADS: "1", OPENBLAS_NUM_THREADS: "1" };
    this.#process = spawn(python, [server], {
      stdio: ["pipe", "pipe", "pipe"],
      env: environment,
    });
    this.#process.stdout.on("data", (chunk: Buffer) => {
      try {
        this.#receive(chunk);
      } catch (error) {
        this.#fail(error as Error);
      }
    });
    this.#process.stderr.on("data", (chunk: Buffer) => {
      this.#log = (this.#log + chunk.toString()).slice(-4000);
    });
    this.#process.on("error", (error) => this.#fail(error));
    this.#process.stdin.on("error", (error) => this.#fail(error));
    this.#process.on("close", () => this.#fail(new Error(`the XGBoost process ended: ${this.#log}`)));
  }

  /** Starts the process and checks that it runs the version that we compare with. */
  static async start(version = "3.4.1"): Promise<XGBoost> {
    const server = new XGBoost();
    const { header } = await server.#request({ op: "version" }, {});
    if (header.version !== version) {
      await server.close();
      throw new Error(`parity tests compare with XGBoost ${version}, found ${String(header.version)}`);
    }
    return server;
  }

  /** The cuts of a QuantileDMatrix. */
  async cuts(table: Table, maxBin: number): Promise<{ values: Float32Array; offsets: Uint32Array }> {
    const { arrays } = await this.#request(
      { op: "cuts", ...describeTable(table), max_bin: maxBin },
      tableArrays(table),
    );
    return { values: arrays.values as Float32Array, offsets: arrays.offsets as Uint32Array };
  }

  async train(
    table: Table,
    params: XGBoostParams,
    rounds: number,
    want: readonly Wanted[],
  ): Promise<Results> {
    const header = { op: "train", ...describeTable(table), params, rounds, want };
    const reply = await this.#request(header, tableArrays(table));
    const history = Object.entries(reply.header.history as Record<string, Record<string, string[]>>).map(
      ([name, metrics]) => [name, numbersOf(metrics)],
    );
    return { ...reply.arrays, history: Object.fromEntries(history) } as Results;
  }

  /** Loads a model file (JSON or UBJ, told apart by XGBoost) and predicts with it. */
  async predict(model: Uint8Array, table: Table, want: readonly Wanted[]): Promise<Results> {
    const header = { op: "predict", ...describeTable(table), want };
    const reply = await this.#request(header, { model, ...tableArrays(table) });
    return { ...reply.arrays, history: {} } as Results;
  }

  /** Ends the process; requests that still wait fail. */
  async close(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const ended = new Promise<void>((resolve) => this.#process.once("close", () => resolve()));
    this.#process.stdin.end();
    const timer = setTimeout(() => this.#process.kill("SIGKILL"), 2000);
    await ended;
    clearTimeout(timer);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #request(header: Record<string, unknown>, arrays: Arrays): Promise<Reply> {
    const entries = Object.entries(arrays);
    const list = entries.map(([name, array]) => ({ name, type: typeOf(array), bytes: array.byteLength }));
    const text = Buffer.from(JSON.stringify({ ...header, arrays: list }));
    const length = Buffer.alloc(4);
    length.writeUInt32LE(text.length);
    return new Promise((resolve, reject) => {
      this.#pending.push({ resolve, reject });
      this.#process.stdin.write(Buffer.concat([length, text]));
      for (const [, array] of entries) {
        // Copied: the caller may reuse its array before the pipe has taken it.
        const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
        this.#process.stdin.write(Buffer.from(bytes));
      }
    });
  }

  #receive(chunk: Buffer): void {
    this.#received.push(chunk);
    this.#receivedBytes += chunk.length;
    while (this.#receivedBytes >= this.#neededBytes) {
      const all = Buffer.concat(this.#received);
      const used = this.#takeMessage(all);
      const rest = all.subarray(used);
      this.#received = [rest];
      this.#receivedBytes = rest.length;
      if (used === 0) return;
    }
  }

  /** Hands out the message at the start of `bytes` and returns its length, or 0 when it is not complete. */
  #takeMessage(bytes: Buffer): number {
    const textEnd = 4 + bytes.readUInt32LE(0);
    this.#neededBytes = textEnd;
    if (bytes.length < textEnd) return 0;
    const header = JSON.parse(bytes.toString("utf8", 4, textEnd));
    const entries: { name: string; type: string; bytes: number }[] = header.arrays;
    const end = entries.reduce((sum, entry) => sum + entry.bytes, textEnd);
    this.#neededBytes = end;
    if (bytes.length < end) return 0;
    const arrays: Arrays = {};
    let at = textEnd;
    for (const entry of entries) {
      // A copy of its own, so that it is aligned and outlives the receive buffer.
      const raw = new Uint8Array(bytes.subarray(at, at + entry.bytes)).buffer;
      arrays[entry.name] = fromBytes(entry.type, raw);
      at += entry.bytes;
    }
    this.#neededBytes = 4;
    const waiting = this.#pending.shift();
    if (header.ok) waiting?.resolve({ header, arrays });
    else waiting?.reject(new Error(`XGBoost refused: ${header.error}`));
    return end;
  }

  #fail(error: Error): void {
    for (const waiting of this.#pending.splice(0)) waiting.reject(error);
  }
}

function describeTable(table: Table): Record<string, unknown> {
  return {
    rows: table.rows,
    columns: table.columns,
    feature_types: table.featureTypes,
    feature_names: table.featureNames,
    categories: table.categories,
  };
}

function tableArrays(table: Table): Arrays {
  const arrays: Arrays = { data: table.data };
  if (table.label) arrays.label = table.label;
  if (table.weight) arrays.weight = table.weight;
  if (table.baseMargin) arrays.base_margin = table.baseMargin;
  return arrays;
}

/** Scores that Python wrote as text. */
function numbersOf(metrics: Record<string, string[]>): Record<string, number[]> {
  const entries = Object.entries(metrics).map(([metric, values]) => [
    metric,
    values.map((value) => Number(value.replace("inf", "Infinity"))),
  ]);
  return Object.fromEntries(entries);
}

function typeOf(array: Arrays[string]): string {
  if (array instanceof Float32Array) return "f32";
  return array instanceof Uint32Array ? "u32" : "u8";
}

function fromBytes(type: string, raw: ArrayBuffer): Arrays[string] {
  if (type === "f32") return new Float32Array(raw);
  return type === "u32" ? new Uint32Array(raw) : new Uint8Array(raw);
}
