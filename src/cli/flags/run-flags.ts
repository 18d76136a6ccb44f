// Flags that keep a training as a run, so that it can be killed and launched again.

import type { Command } from "commander";
import { Option } from "commander";
import type { FolderRunOptions } from "../../node/files/run-result.ts";
import { failUsage, integerFrom } from "./flag-values.ts";

export interface RunFlags {
  readonly storage?: string | undefined;
  readonly name?: string | undefined;
  readonly checkpointEvery?: number | undefined;
  readonly keep?: number | undefined;
  readonly scoreBy?: string | undefined;
  readonly scoreOrder?: "min" | "max" | undefined;
  readonly continueFor?: number | undefined;
  readonly forceNew?: boolean | undefined;
}

export function addRunFlags(command: Command): void {
  command
    .optionsGroup("Run (launched again with the same storage and name it goes on):")
    .option("--storage <folder>", "where runs are kept")
    .option("--name <name>", "name of the run")
    .option(
      "--checkpoint-every <n>",
      "rounds between checkpoints, 0 for one at the end (default: 10)",
      integerFrom(0),
    )
    .option("--keep <n>", "checkpoints to keep: the best and always the latest (default: 2)", integerFrom(1))
    .option(
      "--score-by <set-metric>",
      "what makes a checkpoint the best, for example valid-mlogloss (default: latest)",
    )
    .addOption(
      new Option("--score-order <order>", "which scores are good (default: the metric's own)").choices([
        "min",
        "max",
      ]),
    )
    .option("--continue-for <n>", "rounds to add to a finished run, instead of --rounds", integerFrom(1))
    .option("--force-new", "begin anew and keep the run of this name as <name>.1, <name>.2, ..");
}

/** The run that the flags mean; undefined when they ask for none. Ends the command on wrong usage. */
export function runOptionsOf(command: Command, flags: RunFlags): FolderRunOptions["run"] | undefined {
  const { storage, name, checkpointEvery, keep, scoreBy, scoreOrder, continueFor, forceNew } = flags;
  const given = { checkpointEvery, keep, scoreBy, scoreOrder, continueFor, forceNew };
  if (storage === undefined || name === undefined) {
    const lonely = Object.entries({ storage, name, ...given }).find(([, value]) => value !== undefined);
    if (lonely === undefined) return undefined;
    const flag = command.options.find((option) => option.attributeName() === lonely[0])!.long;
    return failUsage(command, `${flag} needs ${missing(storage, name)}`);
  }
  if (continueFor !== undefined && command.getOptionValueSource("rounds") === "cli") {
    failUsage(command, "give either --rounds or --continue-for");
  }
  if (continueFor !== undefined && forceNew) failUsage(command, "give either --continue-for or --force-new");
  const checkpoint = { everyRounds: checkpointEvery, keep, scoreBy, order: scoreOrder };
  return { name, storage, checkpoint, continueFor, forceNew };
}

function missing(storage: string | undefined, name: string | undefined): string {
  if (storage === undefined && name === undefined) return "--storage and --name";
  return storage === undefined ? "--storage" : "--name";
}
