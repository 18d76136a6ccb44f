// Every objective, one line each.

export { absoluteError } from "./absolute-error.ts";
export { gamma } from "./elementwise/gamma.ts";
export { hinge } from "./elementwise/hinge.ts";
export { binaryLogistic, binaryLogitRaw, logisticRegression } from "./elementwise/logistic.ts";
export { poisson } from "./elementwise/poisson.ts";
export { pseudoHuber } from "./elementwise/pseudo-huber.ts";
export { squaredError } from "./elementwise/squared-error.ts";
export { squaredLogError } from "./elementwise/squared-log-error.ts";
export { tweedie } from "./elementwise/tweedie.ts";
export { quantileError } from "./quantile-error.ts";
export { rankMap, rankNdcg, rankPairwise } from "./ranking/lambda-rank.ts";
export { softmax, softprob } from "./softmax.ts";
export { aft } from "./survival/aft.ts";
export { cox } from "./survival/cox.ts";
