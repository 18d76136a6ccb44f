// survival:aft: an accelerated failure time. Its models can be predicted with; training it is still to come.

import type { ObjectiveModule } from "../objective-module.ts";

export const aft: ObjectiveModule = {
  name: "survival:aft",
  task: "survival",
  // Metrics see margins.
  output: { value: "exp", evaluation: "identity" },
};
