// What is said between the reader of a table and the threads that parse parts of it. A block crosses as one
// array per kind of value: column after column, in the order of the requests.

import type { ErrorWire } from "../../core/errors.ts";
import type { ReadTableOptions } from "../formats/read-options.ts";
import type { ColumnRequest, ColumnValues, TableBlock } from "../table/table.ts";

/** The table, and what is wanted of it; plain data. */
export interface PartJob {
  readonly kind: "job";
  /** Of the sources, by which a thread opens its own. */
  readonly names: readonly string[];
  readonly options: ReadTableOptions;
  readonly requests: readonly ColumnRequest[];
  /** By part the quotes that it has in each source. */
  readonly quotes: readonly (readonly number[])[];
}

export interface PartOrder {
  readonly kind: "part";
  readonly index: number;
}

/** Gives back the memory of a block that has been read. */
export interface PartReturn {
  readonly kind: "return";
  readonly buffers: readonly ArrayBuffer[];
}

export type PartAnswer =
  | { readonly kind: "block"; readonly index: number; readonly block: PackedBlock }
  | { readonly kind: "end"; readonly index: number }
  | { readonly kind: "failed"; readonly error: ErrorWire };

export interface PackedBlock {
  readonly rowCount: number;
  readonly float32: Float32Array<ArrayBuffer>;
  readonly float64: Float64Array<ArrayBuffer>;
  readonly codes: Int32Array<ArrayBuffer>;
  /** One per text column. */
  readonly texts: readonly NewTexts[];
}

/** The texts of a dictionary that the other side does not have yet; after all it has, or anew. */
interface NewTexts {
  readonly isAnew: boolean;
  readonly texts: readonly string[];
}

/** Packs the blocks of one part, one after another. */
export class BlockPacker {
  readonly #requests: readonly ColumnRequest[];
  /** By text column the dictionary seen last, and how much of it has been sent. */
  readonly #sent: { dictionary: readonly string[]; count: number }[] = [];

  constructor(requests: readonly ColumnRequest[]) {
    this.#requests = requests;
  }

  /** @param allocate gives a buffer of at least that many bytes */
  async pack(block: TableBlock, allocate: (sizeBytes: number) => ArrayBuffer): Promise<PackedBlock> {
    const { rowCount } = block;
    const cells = (isKind: (request: ColumnRequest) => unknown) =>
      rowCount * this.#requests.filter(isKind).length;
    const cells32 = cells(({ kind, float32 }) => kind === "number" && float32);
    const cells64 = cells(({ kind, float32 }) => kind === "number" && !float32);
    const cellsOfText = cells(({ kind }) => kind === "string");
    const float32 = new Float32Array(allocate(4 * cells32), 0, cells32);
    const float64 = new Float64Array(allocate(8 * cells64), 0, cells64);
    const codes = new Int32Array(allocate(4 * cellsOfText), 0, cellsOfText);
    const texts: NewTexts[] = [];
    const used = { float32: 0, float64: 0, codes: 0 };
    for (const [i, request] of this.#requests.entries()) {
      const values = await block.readColumn(i);
      if (values.kind === "string") {
        codes.set(values.codes.subarray(0, rowCount), used.codes++ * rowCount);
        texts.push(this.#newTexts(texts.length, values.dictionary));
      } else {
        const [target, at] = request.float32 ? [float32, used.float32++] : [float64, used.float64++];
        target.set(values.values.subarray(0, rowCount), at * rowCount);
      }
    }
    return { rowCount, float32, float64, codes, texts };
  }

  #newTexts(column: number, dictionary: readonly string[]): NewTexts {
    const before = this.#sent[column];
    const isAnew = before?.dictionary !== dictionary;
    const texts = dictionary.slice(isAnew ? 0 : before.count);
    this.#sent[column] = { dictionary, count: dictionary.length };
    return { isAnew, texts };
  }
}

/** The buffers of a block, to be moved instead of copied. */
export function buffersOf({ float32, float64, codes }: PackedBlock): ArrayBuffer[] {
  return [float32.buffer, float64.buffer, codes.buffer];
}

/** Unpacks the blocks of one part in their order. */
export class BlockUnpacker {
  readonly #requests: readonly ColumnRequest[];
  readonly #source: string;
  readonly #dictionaries: string[][] = [];

  constructor(requests: readonly ColumnRequest[], source: string) {
    this.#requests = requests;
    this.#source = source;
  }

  unpack({ rowCount, float32, float64, codes, texts }: PackedBlock): TableBlock {
    texts.forEach((added, column) => {
      if (added.isAnew) this.#dictionaries[column] = [];
      for (const text of added.texts) this.#dictionaries[column].push(text);
    });
    const used = { float32: 0, float64: 0, codes: 0 };
    const columns = this.#requests.map((request): ColumnValues => {
      if (request.kind === "string") {
        const column = used.codes++;
        const begin = column * rowCount;
        return {
          kind: "string",
          codes: codes.subarray(begin, begin + rowCount),
          dictionary: this.#dictionaries[column],
        };
      }
      const [from, at] = request.float32 ? [float32, used.float32++] : [float64, used.float64++];
      return { kind: "number", values: from.subarray(at * rowCount, (at + 1) * rowCount) };
    });
    return {
      rowCount,
      readColumn: (request) => columns[request],
      // What is wrong is looked for again by a reader that knows the line.
      placeOf: () => this.#source,
    };
  }
}
