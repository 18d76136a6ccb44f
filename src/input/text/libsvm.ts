// libsvm text, one row a line: `label[:weight] [qid:query] index:value ...`, a `#` begins a comment.
// Indices stay as they are: XGBoost takes them as zero-based, so a one-based file has an empty
// feature 0. What a row does not name is missing. The result is sparse.

import { CoppiceError, showValue, throwIfAborted } from "../../core/errors.ts";
import { DMatrix } from "../../data/dmatrix.ts";
import { SparseFeatures } from "../../data/features.ts";
import { type SplitOptions, splitByHash } from "../sink/table-dmatrix.ts";
import type { ByteSource } from "../table/bytes.ts";
import { parseNumberText } from "../table/convert.ts";
import { Growable } from "../table/growable.ts";
import { LabelEncoder } from "../table/labels.ts";
import { QueryGroups } from "../table/query-groups.ts";
import type { TableOptions } from "../table/roles.ts";
import { parseDecimal } from "./decimal.ts";
import { TextBuffer } from "./text-buffer.ts";

export interface LibsvmOptions
  extends Pick<TableOptions, "labelKind" | "labelClasses" | "missing" | "signal"> {
  /** By default one more than the largest index. */
  featureCount?: number | undefined;
}

/**
 * Reads libsvm files, one after another, as one table.
 *
 * @throws {CoppiceError} INVALID_DATA with path and line of what is not libsvm
 */
export async function libsvmToDMatrix(
  sources: readonly ByteSource[],
  options: LibsvmOptions = {},
): Promise<DMatrix> {
  const [matrix] = await readTables(sources, options, 1, () => 0);
  return matrix;
}

/** Reads libsvm files into training and validation rows, told apart as by `tableToSplit`. */
export async function libsvmToSplit(
  sources: readonly ByteSource[],
  options: LibsvmOptions & SplitOptions,
): Promise<{ train: DMatrix; valid: DMatrix }> {
  const [train, valid] = await readTables(sources, options, 2, splitByHash(options));
  return { train, valid };
}

async function readTables(
  sources: readonly ByteSource[],
  options: LibsvmOptions,
  tableCount: number,
  tableOf: (index: number) => number,
): Promise<DMatrix[]> {
  const rows = new LibsvmRows(options, tableCount, tableOf);
  for (const source of sources) {
    const buffer = new TextBuffer(source);
    try {
      await buffer.skipByteOrderMark();
      for (let line = 1; !(buffer.isFinal && buffer.begin >= buffer.end); ) {
        const end = buffer.bytes.indexOf(LF, buffer.begin);
        if (end >= buffer.end && !buffer.isFinal) {
          throwIfAborted(options.signal);
          await buffer.readMore();
          continue;
        }
        rows.addLine(buffer.bytes, buffer.begin, Math.min(end, buffer.end), `${source.name}:${line++}`);
        buffer.begin = end + 1;
      }
    } finally {
      await buffer.close();
    }
  }
  return rows.finish(sources.map((source) => source.name).join(", "));
}

const LF = 10;
const HASH = 35;
const COLON = 58;

function isBlank(byte: number): boolean {
  return byte === 32 || byte === 9 || byte === 13;
}

/** One or two sparse tables under construction. */
class LibsvmRows {
  readonly #options: LibsvmOptions;
  readonly #missing: readonly number[];
  readonly #tableOf: (index: number) => number;
  readonly #tables: SparseRows[];
  readonly #labels: LabelEncoder;
  readonly #queries: QueryGroups;
  readonly #decoder: TextDecoder = new TextDecoder();
  readonly #number: Float64Array = new Float64Array(1);
  #rowCount = 0;
  /** Whether rows have query ids and weights: all or none. */
  #hasQueries = false;
  #hasWeights = false;
  #featureCount = 0;
  /** The entries of the row at hand. */
  #rowIndices: number[] = [];
  #rowValues: number[] = [];

  constructor(options: LibsvmOptions, tableCount: number, tableOf: (index: number) => number) {
    this.#options = options;
    this.#missing = [options.missing ?? []].flat().map(Number).map(Math.fround);
    this.#tableOf = tableOf;
    this.#tables = Array.from({ length: tableCount }, () => new SparseRows());
    this.#labels = new LabelEncoder(
      "first of the line",
      options.labelKind ?? "number",
      tableCount,
      options.labelClasses,
    );
    this.#queries = new QueryGroups(tableCount);
  }

  addLine(bytes: Uint8Array, begin: number, end: number, place: string): void {
    let at = begin;
    let label = NaN;
    let weight: number | undefined;
    let query: string | undefined;
    let tokens = 0;
    this.#rowIndices.length = 0;
    this.#rowValues.length = 0;
    for (;;) {
      while (at < end && isBlank(bytes[at])) at++;
      if (at >= end || bytes[at] === HASH) break;
      const tokenBegin = at;
      let colon = -1;
      for (; at < end && !isBlank(bytes[at]) && bytes[at] !== HASH; at++) {
        if (bytes[at] === COLON && colon < 0) colon = at;
      }
      if (tokens++ === 0) {
        label = this.#numberIn(bytes, tokenBegin, colon < 0 ? at : colon, place, false);
        if (colon >= 0) weight = this.#numberIn(bytes, colon + 1, at, place, true);
      } else if (tokens === 2 && colon === tokenBegin + 3 && bytes[tokenBegin] === 113) {
        query = this.#decoder.decode(bytes.subarray(colon + 1, at));
      } else this.#addEntry(bytes, tokenBegin, colon, at, place);
    }
    if (tokens > 0) this.#addRow(label, weight, query, place);
  }

  #numberIn(bytes: Uint8Array, begin: number, end: number, place: string, float32: boolean): number {
    if (parseDecimal(bytes, begin, this.#number, 0, float32) === end) return this.#number[0];
    const text = this.#decoder.decode(bytes.subarray(begin, end));
    const value = parseNumberText(text);
    if (value === undefined) {
      throw new CoppiceError("INVALID_DATA", `${place}: expected a number, got ${showValue(text)}`);
    }
    return value;
  }

  #addEntry(bytes: Uint8Array, begin: number, colon: number, end: number, place: string): void {
    let index = 0;
    for (let at = begin; at < colon; at++) {
      const digit = bytes[at] - 48;
      index = digit >= 0 && digit <= 9 ? index * 10 + digit : NaN;
    }
    const limit = this.#options.featureCount ?? 2 ** 31;
    if (colon <= begin || !(index < limit)) {
      const text = this.#decoder.decode(bytes.subarray(begin, end));
      const rule = `\`index:value\` with an integer index in [0, ${limit})`;
      throw new CoppiceError("INVALID_DATA", `${place}: an entry must be ${rule}, got ${showValue(text)}`);
    }
    const value = Math.fround(this.#numberIn(bytes, colon + 1, end, place, true));
    if (value === Infinity || value === -Infinity) {
      throw new CoppiceError(
        "INVALID_DATA",
        `${place}: feature values must be finite in float32 or missing, got ${value} for index ${index}`,
      );
    }
    this.#featureCount = Math.max(this.#featureCount, index + 1);
    if (Number.isNaN(value) || this.#missing.includes(value)) return;
    this.#rowIndices.push(index);
    this.#rowValues.push(value);
  }

  #addRow(label: number, weight: number | undefined, query: string | undefined, place: string): void {
    if (this.#rowCount === 0) {
      this.#hasQueries = query !== undefined;
      this.#hasWeights = weight !== undefined;
    }
    if (this.#hasQueries !== (query !== undefined) || this.#hasWeights !== (weight !== undefined)) {
      const what = this.#hasQueries !== (query !== undefined) ? "a query id" : "a weight";
      throw new CoppiceError("INVALID_DATA", `${place}: either every row or none must have ${what}`);
    }
    if (weight !== undefined && !(weight >= 0 && weight < Infinity)) {
      throw new CoppiceError("INVALID_DATA", `${place}: a weight must be at least 0, got ${weight}`);
    }
    const table =
      query === undefined
        ? this.#tableOf(this.#rowCount)
        : this.#queries.add(query, this.#tableOf, () => place);
    this.#labels.push(Number.isNaN(label) ? undefined : label, table, () => place);
    this.#tables[table].add(this.#rowIndices, this.#rowValues, weight, place);
    this.#rowCount++;
  }

  finish(source: string): DMatrix[] {
    const { labels, classes } = this.#labels.finish();
    const featureCount = this.#options.featureCount ?? this.#featureCount;
    return this.#tables.map((rows, table) => {
      if (rows.rowCount === 0) {
        const part = table === 0 ? "" : " (validation part)";
        throw new CoppiceError(
          "INVALID_DATA",
          `${source}${part}: a table must have at least one row, got none`,
        );
      }
      return new DMatrix(rows.finish(featureCount), {
        label: labels[table],
        labelClasses: classes,
        weight: this.#hasWeights ? rows.weights.finish() : undefined,
        querySizes: this.#hasQueries ? this.#queries.sizesOf(table) : undefined,
      });
    });
  }
}

/** Rows of a sparse table, growing. */
class SparseRows {
  readonly weights: Growable<Float32Array> = new Growable((n) => new Float32Array(n));
  readonly #offsets: Growable<Float64Array> = new Growable((n) => new Float64Array(n));
  readonly #indices: Growable<Uint32Array> = new Growable((n) => new Uint32Array(n));
  readonly #values: Growable<Float32Array> = new Growable((n) => new Float32Array(n));

  constructor() {
    this.#offsets.push(0);
  }

  get rowCount(): number {
    return this.#offsets.length - 1;
  }

  /** Entries are put into ascending order of index. */
  add(indices: number[], values: number[], weight: number | undefined, place: string): void {
    let order: number[] | undefined;
    for (let i = 1; i < indices.length; i++) {
      if (indices[i] <= indices[i - 1])
        order ??= indices.map((_, k) => k).sort((a, b) => indices[a] - indices[b]);
    }
    for (let k = 0; k < indices.length; k++) {
      const i = order ? order[k] : k;
      if (order && k > 0 && indices[i] === indices[order[k - 1]]) {
        throw new CoppiceError(
          "INVALID_DATA",
          `${place}: an index must occur once in a row, got ${indices[i]} twice`,
        );
      }
      this.#indices.push(indices[i]);
      this.#values.push(values[i]);
    }
    this.#offsets.push(this.#indices.length);
    if (weight !== undefined) this.weights.push(weight);
  }

  finish(featureCount: number): SparseFeatures {
    return new SparseFeatures(
      this.#offsets.finish(),
      this.#indices.finish(),
      this.#values.finish(),
      featureCount,
    );
  }
}
