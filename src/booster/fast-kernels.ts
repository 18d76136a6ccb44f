// The fastest kernels for prediction; whoever needs a small bundle does without them.

import { createMarginKernel } from "../kernel/predict/rank-forest.ts";
import { createRowKernel } from "../kernel/predict/row-forest.ts";
import type { PredictionKernels } from "./margins.ts";

export const fastKernels: PredictionKernels = { forRows: createMarginKernel, forRow: createRowKernel };
