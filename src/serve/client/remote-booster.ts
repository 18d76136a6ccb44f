// A model on a server, asked as if it were here: a table in, predictions out. Rows travel as binary
// tensors in blocks, a few at a time, so that a table of any length needs little memory and no request is
// longer than servers take.

import { alignFeatures, type ModelInputs } from "../../booster/align.ts";
import type { Declarations, Joined, ValuesOf } from "../../core/declaration.ts";
import { abortSignal } from "../../core/declaration.ts";
import { CoppiceError, showValue } from "../../core/errors.ts";
import { checkOptions } from "../../core/options.ts";
import type { CategoryNames, DMatrix, LabelClass } from "../../data/dmatrix.ts";
import { Caller, callerOptions } from "./caller.ts";

const ownOptions = {
  /** The model; may be left out when the server has only one. */
  model: { type: "string" },
  /** By default the latest. */
  version: { type: "string" },
} as const satisfies Declarations;

const connectOptions: Joined<typeof ownOptions, typeof callerOptions> = { ...ownOptions, ...callerOptions };

export interface ConnectOptions extends ValuesOf<typeof connectOptions> {}

/** What is predicted, as `Booster.predict` has it. */
export type RemoteKind = "value" | "margin" | "class" | "leaf" | "contributions";

const remotePredictOptions = {
  /** "value" by default. */
  kind: {
    type: "string",
    choices: ["value", "margin", "class", "leaf", "contributions"] satisfies RemoteKind[],
    default: "value",
  },
  /** Whether names of features must be the model's; true by default. */
  strict: { type: "boolean", default: true },
  /** Gives the prediction up. */
  signal: { ...abortSignal, of: undefined as unknown as AbortSignal },
} as const satisfies Declarations;

export interface RemotePredictOptions extends ValuesOf<typeof remotePredictOptions> {}

const outputOf: Readonly<Record<RemoteKind, string>> = {
  value: "predict",
  margin: "margin",
  class: "class",
  leaf: "leaf",
  contributions: "contributions",
};

/** Bytes of one request's rows, and requests under way at a time. */
const BLOCK_BYTES = 1 << 20;
const BLOCKS_AT_ONCE = 3;

interface Metadata {
  readonly name: string;
  readonly parameters: {
    readonly named: boolean;
    readonly classes: readonly LabelClass[] | null;
    readonly features: readonly { readonly name: string; readonly categories: CategoryNames }[];
  };
}

/**
 * Connects to a model server.
 *
 * @param url where the server is; several that hold the same models are asked in turn
 * @example const remote = await connect("http://127.0.0.1:8080", { token, model: "iris" });
 *   await remote.predict(data);
 * @throws {CoppiceError} INVALID_DATA when there is no such model; PEER_LOST or TIMEOUT when no server answers
 */
export async function connect(
  url: string | readonly string[],
  options: ConnectOptions = {},
): Promise<RemoteBooster> {
  checkOptions("connect()", connectOptions, options);
  const caller = new Caller(typeof url === "string" ? [url] : url, options);
  const name = options.model ?? (await onlyModel(caller));
  const version = options.version === undefined ? "" : `/versions/${encodeURIComponent(options.version)}`;
  const path = `/v2/models/${encodeURIComponent(name)}${version}`;
  const metadata = (await (await caller.call(path)).json()) as Metadata;
  if (!Array.isArray(metadata.parameters?.features)) {
    throw new CoppiceError(
      "UNSUPPORTED",
      `the server of model ${showValue(name)} does not describe its features`,
    );
  }
  return new RemoteBooster(caller, path, metadata);
}

async function onlyModel(caller: Caller): Promise<string> {
  const { models } = (await (await caller.call("/v2/models")).json()) as {
    models: readonly { name: string }[];
  };
  const names = [...new Set(models.map(({ name }) => name))];
  if (names.length === 1) return names[0];
  throw new CoppiceError(
    "INVALID_PARAMETER",
    `\`model\` must be one of the server's models, ${showValue(names)}, got none`,
    { parameter: "model" },
  );
}

/** A model on a server. */
export class RemoteBooster {
  readonly name: string;
  readonly featureNames: readonly string[];
  /** What the class numbers stand for; undefined when the model does not say. */
  readonly labelClasses: readonly LabelClass[] | undefined;
  readonly #caller: Caller;
  readonly #path: string;
  readonly #inputs: ModelInputs;

  /** Users call `connect`. */
  constructor(caller: Caller, path: string, { name, parameters }: Metadata) {
    const { features, named, classes } = parameters;
    this.name = name;
    this.featureNames = features.map((feature) => feature.name);
    this.labelClasses = classes ?? undefined;
    this.#caller = caller;
    this.#path = path;
    this.#inputs = {
      featureCount: features.length,
      featureNames: named ? this.featureNames : [],
      categories: features.map((feature) => feature.categories),
    };
  }

  /**
   * Predictions for every row, row-major: what `Booster.predict` gives, bit by bit.
   *
   * @throws {CoppiceError} INVALID_DATA when the features are not the model's or the server refuses them;
   *   PEER_LOST or TIMEOUT when no server answers; ABORTED through `signal`
   */
  async predict(data: DMatrix, options: RemotePredictOptions = {}): Promise<Float32Array> {
    const blocks: Float32Array[] = [];
    for await (const block of this.predictBlocks(data, options)) blocks.push(block);
    if (blocks.length === 1) return blocks[0];
    const joined = new Float32Array(blocks.reduce((sum, block) => sum + block.length, 0));
    let at = 0;
    for (const block of blocks) {
      joined.set(block, at);
      at += block.length;
    }
    return joined;
  }

  /** The same in pieces, in the order of rows, while later rows are still on their way. */
  async *predictBlocks(data: DMatrix, options: RemotePredictOptions = {}): AsyncGenerator<Float32Array> {
    checkOptions("predict()", remotePredictOptions, options);
    const { kind = "value", strict = true, signal } = options;
    const features = alignFeatures(this.#inputs, data, strict);
    const { featureCount } = this.#inputs;
    const rowsAtOnce = Math.max(1, Math.floor(BLOCK_BYTES / (4 * Math.max(1, featureCount))));
    const pending: Promise<Float32Array>[] = [];
    const scratch = new Float32Array(Math.min(rowsAtOnce, data.rowCount) * data.featureCount);
    for (let begin = 0; begin < data.rowCount; begin += rowsAtOnce) {
      const end = Math.min(data.rowCount, begin + rowsAtOnce);
      const rows = widen(
        features.readRows(begin, end, scratch),
        end - begin,
        data.featureCount,
        featureCount,
      );
      const block = this.#ask(rows, end - begin, kind, signal);
      // Whoever waits for it hears of a failure; until then it must not count as unheard.
      block.catch(() => {});
      pending.push(block);
      if (pending.length === BLOCKS_AT_ONCE) yield await (pending.shift() as Promise<Float32Array>);
    }
    for (const block of pending) yield await block;
  }

  async #ask(
    rows: Float32Array,
    rowCount: number,
    kind: RemoteKind,
    signal: AbortSignal | undefined,
  ): Promise<Float32Array> {
    const { featureCount } = this.#inputs;
    const isBinary = kind !== "class";
    const header = new TextEncoder().encode(
      JSON.stringify({
        inputs: [
          {
            name: "input",
            shape: [rowCount, featureCount],
            datatype: "FP32",
            parameters: { binary_data_size: rows.byteLength },
          },
        ],
        outputs: [{ name: outputOf[kind], parameters: { binary_data: isBinary } }],
      }),
    );
    const body = new Uint8Array(header.length + rows.byteLength);
    body.set(header);
    body.set(new Uint8Array(rows.buffer, rows.byteOffset, rows.byteLength), header.length);
    const headers = {
      "Content-Type": "application/octet-stream",
      "Inference-Header-Content-Length": String(header.length),
    };
    const response = await this.#caller.call(`${this.#path}/infer`, body, headers, signal);
    return kind === "class" ? this.#readClasses(response) : readTensor(response, kind === "leaf");
  }

  /** The numbers of the classes whose labels were answered. */
  async #readClasses(response: Response): Promise<Float32Array> {
    const { outputs } = (await response.json()) as { outputs: readonly { data: readonly LabelClass[] }[] };
    const codes = new Map(this.labelClasses?.map((label, code) => [label, code]));
    return Float32Array.from(outputs[0].data, (label) => codes.get(label) ?? Number(label));
  }
}

/** Rows of `to` values, NaN where the table has no column. */
function widen(rows: Float32Array, rowCount: number, from: number, to: number): Float32Array {
  if (from === to) return rows;
  const wide = new Float32Array(rowCount * to).fill(NaN);
  for (let row = 0; row < rowCount; row++) wide.set(rows.subarray(row * from, (row + 1) * from), row * to);
  return wide;
}

/** The only tensor of a binary answer. */
async function readTensor(response: Response, isInteger: boolean): Promise<Float32Array> {
  const header = Number(response.headers.get("inference-header-content-length") ?? NaN);
  const bytes = await response.arrayBuffer();
  if (!(header <= bytes.byteLength) || (bytes.byteLength - header) % 4 !== 0) {
    throw new CoppiceError("PEER_LOST", "the server's answer is not a binary tensor");
  }
  const tensor = bytes.slice(header);
  return isInteger ? Float32Array.from(new Int32Array(tensor)) : new Float32Array(tensor);
}
