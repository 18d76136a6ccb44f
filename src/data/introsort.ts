// Introsort (Musser 1997) of (value, weight) pairs by value, step for step in the order of compares
// and moves of libstdc++'s std::sort, so that equal values end up in the same order as there.
// XGBoost parity: the sketch adds the weights of equal values in float32 in that order, and keeps
// the sign of the first of several zeros. Sorting is in place; nothing is allocated but the stack.

/** Ranges up to this length are left to the final insertion sort. */
const INSERTION_LENGTH = 16;

/** Sorts pairs [0, count) by value; no value may be NaN. */
export function introsortPairs(values: Float32Array, weights: Float32Array, count: number): void {
  if (count === 0) return;
  sortLongRanges(values, weights, 0, count, 2 * (31 - Math.clz32(count)));
  for (let i = 1; i < count; i++) {
    const value = values[i];
    const weight = weights[i];
    let hole = i;
    for (; hole > 0 && value < values[hole - 1]; hole--) {
      values[hole] = values[hole - 1];
      weights[hole] = weights[hole - 1];
    }
    values[hole] = value;
    weights[hole] = weight;
  }
}

/** Quicksort until ranges are short; `depth` more levels before heapsort takes over. */
function sortLongRanges(
  values: Float32Array,
  weights: Float32Array,
  begin: number,
  end: number,
  depth: number,
): void {
  while (end - begin > INSERTION_LENGTH) {
    if (depth-- === 0) {
      heapsort(values.subarray(begin, end), weights.subarray(begin, end));
      return;
    }
    const middle = begin + ((end - begin) >>> 1);
    swap(values, weights, begin, medianOf(values, begin + 1, middle, end - 1));
    const cut = partition(values, weights, begin + 1, end, values[begin]);
    sortLongRanges(values, weights, cut, end, depth);
    end = cut;
  }
}

/** Which of three positions holds the median. */
function medianOf(values: Float32Array, a: number, b: number, c: number): number {
  if (values[a] < values[b]) return values[b] < values[c] ? b : values[a] < values[c] ? c : a;
  return values[a] < values[c] ? a : values[b] < values[c] ? c : b;
}

/** Hoare's partition of [begin, end); values equal to the pivot are swapped too. */
function partition(
  values: Float32Array,
  weights: Float32Array,
  begin: number,
  end: number,
  pivot: number,
): number {
  for (;;) {
    while (values[begin] < pivot) begin++;
    end--;
    while (pivot < values[end]) end--;
    if (begin >= end) return begin;
    swap(values, weights, begin++, end);
  }
}

function swap(values: Float32Array, weights: Float32Array, a: number, b: number): void {
  const value = values[a];
  const weight = weights[a];
  values[a] = values[b];
  weights[a] = weights[b];
  values[b] = value;
  weights[b] = weight;
}

function heapsort(values: Float32Array, weights: Float32Array): void {
  const count = values.length;
  for (let parent = (count - 2) >>> 1; parent >= 0; parent--) sink(values, weights, parent, count);
  for (let last = count - 1; last > 0; last--) {
    swap(values, weights, 0, last);
    sink(values, weights, 0, last);
  }
}

/**
 * Among the first `count` pairs, moves a hole from `top` down to a leaf along the larger children, then the
 * pair that was at `top` up from there.
 */
function sink(values: Float32Array, weights: Float32Array, top: number, count: number): void {
  const value = values[top];
  const weight = weights[top];
  let hole = top;
  const fill = (from: number) => {
    values[hole] = values[from];
    weights[hole] = weights[from];
    hole = from;
  };
  while (2 * hole + 2 < count) {
    const right = 2 * hole + 2;
    fill(values[right] < values[right - 1] ? right - 1 : right);
  }
  if (2 * hole + 2 === count) fill(2 * hole + 1);
  for (let parent = (hole - 1) >> 1; hole > top && values[parent] < value; parent = (hole - 1) >> 1) {
    fill(parent);
  }
  values[hole] = value;
  weights[hole] = weight;
}
