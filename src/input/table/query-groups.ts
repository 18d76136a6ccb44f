// The rows of a query (ranking) must stand together. Counts the rows of each query and numbers the
// queries, so that a split into training and validation rows can keep them whole.

import { CoppiceError, showValue } from "../../core/errors.ts";
import type { LabelClass } from "../../data/dmatrix.ts";

export class QueryGroups {
  readonly #seen: Set<LabelClass> = new Set();
  readonly #sizes: number[][];
  #current: LabelClass | undefined;
  #currentTable = 0;

  constructor(tableCount: number) {
    this.#sizes = Array.from({ length: tableCount }, () => []);
  }

  /**
   * Counts one row and gives the table it belongs to.
   *
   * @param tableOf the table of a query, by the query's number in order of appearance
   * @throws {CoppiceError} INVALID_DATA when a query's rows do not stand together or its id is missing
   */
  add(id: LabelClass | undefined, tableOf: (query: number) => number, placeOf: () => string): number {
    if (id === undefined) throw new CoppiceError("INVALID_DATA", `${placeOf()}: the query id is missing`);
    if (typeof id === "number" && !Number.isSafeInteger(id)) {
      throw new CoppiceError(
        "INVALID_DATA",
        `${placeOf()}: a numeric query id must be an integer below 2^53, got ${id}; read the column as text with \`textColumns\``,
      );
    }
    if (id !== this.#current) {
      if (this.#seen.has(id)) {
        throw new CoppiceError(
          "INVALID_DATA",
          `${placeOf()}: rows of a query must stand together, got query ${showValue(id)} a second time`,
        );
      }
      this.#currentTable = tableOf(this.#seen.size);
      this.#seen.add(id);
      this.#current = id;
      this.#sizes[this.#currentTable].push(0);
    }
    const sizes = this.#sizes[this.#currentTable];
    sizes[sizes.length - 1]++;
    return this.#currentTable;
  }

  /** Rows per query of a table, in row order. */
  sizesOf(table: number): Uint32Array {
    return Uint32Array.from(this.#sizes[table]);
  }
}
