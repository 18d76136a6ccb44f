// How good predictions are, by one measure for all engines: the share of right classes and the mean
// negative log-likelihood of the true one.

export interface Quality {
  readonly accuracy: number;
  readonly logLoss: number;
}

const SMALLEST = 1e-15;

/** @param predictions probabilities: [rows] of class 1, or [rows × classes] row-major */
export function measureQuality(predictions: Float32Array, label: Float32Array): Quality {
  const groups = predictions.length / label.length;
  if (!Number.isInteger(groups) || groups === 0) {
    throw new Error(`${predictions.length} predictions do not fit ${label.length} rows`);
  }
  let right = 0;
  let loss = 0;
  for (let row = 0; row < label.length; row++) {
    const probabilities = predictions.subarray(row * groups, (row + 1) * groups);
    const own =
      groups === 1 && label[row] === 0 ? 1 - probabilities[0] : probabilities[groups === 1 ? 0 : label[row]];
    loss -= Math.log(Math.max(own, SMALLEST));
    const predicted = groups === 1 ? Number(probabilities[0] > 0.5) : indexOfLargest(probabilities);
    if (predicted === label[row]) right++;
  }
  return { accuracy: right / label.length, logLoss: loss / label.length };
}

function indexOfLargest(values: Float32Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i] > values[best]) best = i;
  return best;
}
