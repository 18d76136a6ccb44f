// Counts over the last rows, in slices of a tenth of the window: the oldest slice leaves when the others
// hold a whole window. Memory is that of eleven arrays of counts, whatever the traffic.

const SLICES = 10;

export class DriftWindow {
  readonly #size: number;
  readonly #windowRows: number;
  #slices: { readonly counts: Uint32Array; rows: number }[] = [];
  #rowCount = 0;

  /** @param size length of an array of counts */
  constructor(size: number, windowRows: number) {
    this.#size = size;
    this.#windowRows = windowRows;
  }

  /** Rows that the window holds now. */
  get rowCount(): number {
    return this.#rowCount;
  }

  /** The counts to add further rows to; `advance` says how many they were. */
  get current(): Uint32Array {
    const last = this.#slices[this.#slices.length - 1];
    if (last !== undefined && last.rows < this.#windowRows / SLICES) return last.counts;
    const slice = { counts: new Uint32Array(this.#size), rows: 0 };
    this.#slices.push(slice);
    return slice.counts;
  }

  advance(rows: number): void {
    this.#slices[this.#slices.length - 1].rows += rows;
    this.#rowCount += rows;
    while (this.#slices.length > 1 && this.#rowCount - this.#slices[0].rows >= this.#windowRows) {
      this.#rowCount -= this.#slices[0].rows;
      this.#slices.shift();
    }
  }

  /** Adds rows that were counted elsewhere. */
  add(counts: Uint32Array, rows: number): void {
    const { current } = this;
    for (let i = 0; i < current.length; i++) current[i] += counts[i];
    this.advance(rows);
  }

  /** The counts of the whole window. */
  total(): Float64Array {
    const total = new Float64Array(this.#size);
    for (const { counts } of this.#slices) for (let i = 0; i < total.length; i++) total[i] += counts[i];
    return total;
  }
}
