// The kernels in AssemblyScript, compiled to WebAssembly with SIMD. Each has a TypeScript twin in
// src/kernel or src/objective that gives the same bytes. Pointers are byte addresses; bounds are the
// caller's duty; nothing is allocated. This file says what the module exports.

export { softmaxRows } from "./exponential";
export { measureGradients, roundGradients } from "./gradient-grid";
export { logisticGradients, softmaxGradients } from "./gradients";
export { addHistogram, addListedRows, subtractHistogram } from "./histograms";
export { addRankedTree, addToMargins } from "./margins";
export {
  joinRows,
  numberRows,
  partitionRows16,
  partitionRows32,
  partitionRows8,
  separateRows16,
  separateRows32,
  separateRows8,
} from "./partition";
export { findNumericSplit } from "./split-search";
