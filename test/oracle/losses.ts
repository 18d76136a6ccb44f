// The losses that objectives minimise, written plainly in double precision, for numerical derivatives.

/** The loss of label y at these margins (one per group), without the weight. */
export type LossOfMargins = (margins: readonly number[], y: number) => number;

const logistic: LossOfMargins = ([m], y) => Math.log1p(Math.exp(-Math.abs(m))) + Math.max(m, 0) - y * m;

const softmax: LossOfMargins = (margins, y) => {
  return Math.log(margins.reduce((sum, m) => sum + Math.exp(m), 0)) - margins[y];
};

export const losses: Readonly<Record<string, LossOfMargins>> = {
  "reg:squarederror": ([m], y) => (m - y) ** 2 / 2,
  "reg:squaredlogerror": ([m], y) => (Math.log1p(m) - Math.log1p(y)) ** 2 / 2,
  "reg:logistic": logistic,
  "binary:logistic": logistic,
  "binary:logitraw": logistic,
  "reg:pseudohubererror": ([m], y) => Math.sqrt(1 + (m - y) ** 2) - 1,
  "count:poisson": ([m], y) => Math.exp(m) - y * m,
  "reg:gamma": ([m], y) => y / Math.exp(m) + m,
  "reg:tweedie": ([m], y) => (-y * Math.exp(-0.5 * m)) / -0.5 + Math.exp(0.5 * m) / 0.5,
  "multi:softmax": softmax,
  "multi:softprob": softmax,
};

/** What XGBoost multiplies the second derivative with: 2 for classes, e^0.7 for counts. */
export const hessianFactors: Readonly<Record<string, number>> = {
  "count:poisson": Math.exp(0.7),
  "multi:softmax": 2,
  "multi:softprob": 2,
};
