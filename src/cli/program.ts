// All commands together, and what becomes of an error: wrong usage and parameters out of range end
// with 2, everything else with 1; only the message is shown unless --verbose asks for the stack.

import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { CoppiceError } from "../core/errors.ts";
import { addBatchPredictCommand } from "./commands/batch-predict.ts";
import { addConvertCommand } from "./commands/convert.ts";
import { addCvCommand } from "./commands/cv.ts";
import { addDatasetsCommand } from "./commands/datasets.ts";
import { addDriftCommand } from "./commands/drift.ts";
import { addEvalCommand } from "./commands/eval.ts";
import { addInspectCommand } from "./commands/inspect.ts";
import { addPredictCommand } from "./commands/predict.ts";
import { addQuickstartCommand } from "./commands/quickstart.ts";
import { addServeCommand } from "./commands/serve.ts";
import { addTrainCommand } from "./commands/train.ts";
import { addKubernetesCommand, addWorkerCommand } from "./commands/worker.ts";
import { canonicalArguments } from "./flags/parameter-flags.ts";
import type { CommandContext } from "./terminal/context.ts";

/** The command line of `coppice`. */
function createProgram(context: CommandContext): Command {
  const program = new Command("coppice")
    .description("Gradient-boosted trees: XGBoost's trees and model files, in TypeScript.")
    .version(packageVersion(), "--version", "show the version")
    .helpOption("-h, --help", "show this help")
    .helpCommand("help [command]", "show the help of a command")
    .option("--verbose", "show where an error comes from")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.print(text.replace(/\n$/, "")),
      writeErr: (text) => context.note(text.replace(/\n$/, "")),
      outputError: (text, write) => write(text.replace(/^error: /, "coppice: ")),
    })
    .configureHelp({ helpWidth: 110, showGlobalOptions: false });
  for (const add of [
    addTrainCommand,
    addPredictCommand,
    addBatchPredictCommand,
    addEvalCommand,
    addCvCommand,
    addInspectCommand,
    addConvertCommand,
    addServeCommand,
    addDriftCommand,
    addDatasetsCommand,
    addQuickstartCommand,
    addWorkerCommand,
    addKubernetesCommand,
  ]) {
    add(program, context);
  }
  return program;
}

/** Runs the command line `args` and gives its exit code. */
export async function runProgram(args: readonly string[], context: CommandContext): Promise<number> {
  const program = createProgram(context);
  const isVerbose = args.includes("--verbose");
  try {
    await program.parseAsync(canonicalArguments(args.filter((argument) => argument !== "--verbose")), {
      from: "user",
    });
    return 0;
  } catch (error) {
    // Commander has written its message already.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    return report(error, isVerbose, context);
  }
}

function report(error: unknown, isVerbose: boolean, context: CommandContext): number {
  const { signal } = context;
  if (signal.aborted && error instanceof CoppiceError && error.code === "ABORTED") {
    context.note(`coppice: ${signal.reason instanceof Error ? signal.reason.message : "interrupted"}`);
    return 1;
  }
  const isExpected = error instanceof CoppiceError;
  const message = error instanceof Error ? error.message : String(error);
  context.note(`coppice: ${isExpected ? message : `unexpected error: ${message}`}`);
  if (isVerbose && error instanceof Error) context.note(describeStack(error));
  else if (!isExpected) context.note("coppice: --verbose shows where it comes from");
  return isExpected && isWrongUsage(error) ? 2 : 1;
}

/** A parameter or objective that is wrong, or that coppice does not do, came from a flag. */
function isWrongUsage({ code, details }: CoppiceError): boolean {
  return (
    code === "INVALID_PARAMETER" ||
    (code === "UNSUPPORTED" && ("parameter" in details || "objective" in details))
  );
}

function describeStack(error: Error): string {
  const own = error.stack ?? String(error);
  return error.cause instanceof Error ? `${own}\ncaused by ${describeStack(error.cause)}` : own;
}

function packageVersion(): string {
  const manifest = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(manifest) as { version: string }).version;
}
