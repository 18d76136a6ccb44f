// Flags that train on several workers.

import { type Command, InvalidArgumentError, Option } from "commander";
import type { Engine } from "../../distributed/hub/engine.ts";
import type { splitOptions } from "../../input/sink/table-dmatrix.ts";
import { environment } from "../../node/engines/environment-engine.ts";
import { processes } from "../../node/engines/processes-engine.ts";
import { failureOptions } from "../../node/trainer/trainer-options.ts";
import { failUsage } from "./flag-values.ts";
import { addFlags, type FlagValues } from "./option-flags.ts";
import { addRayFlags, checkRayFlags, type RayFlags, rayOf } from "./ray-flags.ts";

export interface WorkerFlags extends RayFlags {
  readonly workers?: readonly [number, number] | undefined;
  readonly maxFailures: number;
}

/** What is validated on. */
export interface ValidationFlags extends FlagValues<typeof splitOptions> {
  readonly valid?: readonly string[] | undefined;
}

const { maxFailures } = failureOptions;
const failures = { maxFailures };

export function addWorkerFlags(command: Command): void {
  command
    .optionsGroup("Workers (they never change the model):")
    .option(
      "--workers <n>",
      "worker processes to train on, or a range: 2-8; --threads counts for each",
      parseRange,
    )
    .addOption(
      new Option(
        "--engine <name>",
        "who starts the workers: this command, a Ray cluster, or (env) mpirun, srun, Kubernetes",
      )
        .choices(["processes", "ray", "env"])
        .default(undefined, "processes"),
    );
  addFlags(command, failures, { maxFailures: 3 });
  addRayFlags(command);
}

function parseRange(text: string): readonly [number, number] {
  const match = /^(\d+)(?:-(\d+))?$/.exec(text.trim());
  const fewest = Number(match?.[1]);
  const most = Number(match?.[2] ?? match?.[1]);
  if (match !== null && fewest >= 1 && most >= fewest && most <= 1024) return [fewest, most];
  throw new InvalidArgumentError("It must be an integer in [1, 1024], or two of them like 2-8.");
}

/** Whether the flags ask for workers. Ends the command on wrong usage. */
export function usesWorkers(command: Command, flags: WorkerFlags & ValidationFlags): boolean {
  const { workers, engine } = flags;
  if (workers === undefined && engine !== "env") {
    if (engine !== undefined) failUsage(command, `--engine ${engine} needs --workers`);
    if (command.getOptionValueSource("maxFailures") === "cli")
      failUsage(command, "--max-failures needs --workers");
    return false;
  }
  checkRayFlags(command, flags);
  if (flags.validFraction !== undefined)
    failUsage(command, "--valid-fraction cannot be used with workers; give --valid");
  if (engine === "env" && workers !== undefined) {
    failUsage(command, "--engine env takes the number of workers from the launcher, not from --workers");
  }
  return true;
}

/** The engine that the flags name. */
export function engineOf(flags: RayFlags): Engine | ReturnType<typeof environment> {
  if (flags.engine === "env") return environment(process.env);
  return flags.address === undefined ? processes() : rayOf(flags, flags.address);
}
