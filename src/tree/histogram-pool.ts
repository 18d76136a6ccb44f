// Histograms for reuse: allocating one per node would cost more than filling it.

export class HistogramPool {
  readonly #length: number;
  readonly #free: Float64Array[] = [];
  #liveCount = 0;

  /** @param slotCount slots per histogram, each a (sumGrad, sumHess) pair */
  constructor(slotCount: number) {
    this.#length = 2 * slotCount;
  }

  /** Bytes of the histograms that are in use. */
  get liveBytes(): number {
    return this.#liveCount * this.#length * 8;
  }

  /** A histogram of zeros. */
  acquire(): Float64Array {
    this.#liveCount++;
    const histogram = this.#free.pop();
    return histogram === undefined ? new Float64Array(this.#length) : histogram.fill(0);
  }

  release(histogram: Float64Array): void {
    this.#liveCount--;
    this.#free.push(histogram);
  }
}
