// reg:quantileerror: the pinball loss, one output per quantile. Its models can be predicted with; training it is
// still to come.

import type { ObjectiveModule } from "./objective-module.ts";

export const quantileError: ObjectiveModule = {
  name: "reg:quantileerror",
  task: "regression",
  // So that quantiles do not cross.
  output: { value: "sort" },
};
