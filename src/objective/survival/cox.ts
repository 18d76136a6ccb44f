// survival:cox: the partial likelihood of proportional hazards, a negative label is censored. Its models can be
// predicted with; training it is still to come.

import type { ObjectiveModule } from "../objective-module.ts";

export const cox: ObjectiveModule = {
  name: "survival:cox",
  task: "survival",
  output: { value: "exp" },
};
