// Where the feature values of a table go while it is read: one column of one incoming block at a time, of
// the rows that are placed in the sink's table.

/** Which rows of an incoming block go to one table. */
export interface Placement {
  /** Their positions in the block, ascending; null for all of them. */
  readonly rows: Int32Array | null;
  readonly count: number;
}

export interface FeatureSink {
  /** Rows that are complete. */
  readonly rowCount: number;
  /**
   * Makes room for `count` more rows, which the `write` functions then fill column by column.
   *
   * @param weights those of the rows, where the table has weights
   */
  reserve(count: number, weights: Float32Array | undefined): void;
  /** Takes one feature of all reserved rows, finite or NaN for missing; the array is used again afterwards. */
  writeNumbers(feature: number, numbers: Float32Array): void;
  /** Takes one categorical feature of the reserved rows; negative codes mean missing. */
  writeCodes(feature: number, codes: Int32Array, placement: Placement): void;
  /**
   * Takes one feature of all reserved rows, given as small integers, where the sink has a quick way for them.
   *
   * @param missing what means missing
   * @param newCodes by what the integers are replaced, null for nothing
   */
  writeIntegers?(
    feature: number,
    integers: Uint8Array | Uint16Array,
    missing: number,
    newCodes: Int32Array | null,
  ): void;
  /** Declares the reserved rows complete. */
  commit(count: number): void;
}

/** A sink for the rows of a table that nobody wants. */
export const discardRows: FeatureSink = {
  rowCount: 0,
  reserve() {},
  writeNumbers() {},
  writeCodes() {},
  commit() {},
};
