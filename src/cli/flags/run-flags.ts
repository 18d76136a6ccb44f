// Flags that keep a training as a run, so that it can be killed and launched again.

import type { Command } from "commander";
import { type Declarations, type ValuesOf, without } from "../../core/declaration.ts";
import { trainerRunOptions } from "../../node/trainer/trainer-options.ts";
import { failUsage } from "./flag-values.ts";
import { addFlags, flagValues } from "./option-flags.ts";

const folderRun = without(trainerRunOptions, ["failure"]);
const runTable = { run: { type: "options", options: folderRun } } as const satisfies Declarations;

/** A run in a folder, as both one process and several workers take it. */
export type FolderRun = ValuesOf<typeof folderRun>;

export function addRunFlags(command: Command): void {
  command.optionsGroup("Run (launched again with the same storage and name it goes on):");
  addFlags(command, runTable);
}

/** The run that the flags mean; undefined when they ask for none. Ends the command on wrong usage. */
export function runOf(command: Command): FolderRun | undefined {
  const { run } = flagValues(command, runTable);
  if (run?.continueFor === undefined) return run;
  if (command.getOptionValueSource("rounds") === "cli") {
    failUsage(command, "give either --rounds or --continue-for");
  }
  if (run.forceNew) failUsage(command, "give either --continue-for or --force-new");
  return run;
}
