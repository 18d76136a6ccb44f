// reg:absoluteerror: |margin - label|. Its models can be predicted with; training it is still to come.

import type { ObjectiveModule } from "./objective-module.ts";

export const absoluteError: ObjectiveModule = { name: "reg:absoluteerror", task: "regression" };
