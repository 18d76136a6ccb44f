// The two flags of early stopping, which several commands share.

import type { Command } from "commander";
import type { EarlyStoppingOptions } from "../../training/early-stopping.ts";
import { failUsage } from "./flag-values.ts";

export interface EarlyStoppingFlags {
  readonly earlyStopping?: number | undefined;
  readonly minDelta?: number | undefined;
}

export function checkEarlyStopping(command: Command, { earlyStopping, minDelta }: EarlyStoppingFlags): void {
  if (minDelta !== undefined && earlyStopping === undefined) {
    failUsage(command, "--min-delta needs --early-stopping");
  }
}

export function earlyStoppingOf({
  earlyStopping,
  minDelta,
}: EarlyStoppingFlags): EarlyStoppingOptions | undefined {
  return earlyStopping === undefined ? undefined : { rounds: earlyStopping, minDelta };
}
