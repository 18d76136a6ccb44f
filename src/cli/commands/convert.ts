// `coppice convert`: a model file into another form of it.

import type { Command } from "commander";
import type { Booster } from "../../booster/booster.ts";
import { CoppiceError } from "../../core/errors.ts";
import { loadModel } from "../../node/files/model-files.ts";
import { places } from "../../node/files/places.ts";
import { integerFrom, pathEndingIn } from "../flags/flag-values.ts";
import type { CommandContext } from "../terminal/context.ts";
import { checkWritable, writeModelFile } from "../terminal/output-files.ts";
import { formatBytes } from "../terminal/text-table.ts";

interface ConvertFlags {
  readonly withStats?: boolean | undefined;
  readonly tree: number;
}

export function addConvertCommand(program: Command, context: CommandContext): void {
  program
    .command("convert")
    .description("Write a model in another form: XGBoost's JSON or UBJSON, or a readable dump of its trees.")
    .argument("<input>", "model: JSON or UBJSON")
    .argument(
      "<output>",
      "by its ending: .json or .ubj a model, .txt all trees as text, .dot one tree as a graph",
      pathEndingIn([".json", ".ubj", ".txt", ".dot"]),
    )
    .option("--with-stats", "add gain and cover to a dump")
    .option("--tree <n>", "which tree a graph shows, from 0", integerFrom(0), 0)
    .action(async (input: string, output: string, flags: ConvertFlags) => {
      await checkWritable(output);
      const booster = await loadModel(input);
      const sizeBytes = await write(booster, output, flags);
      context.print(`${output} (${formatBytes(sizeBytes)})`);
    });
}

async function write(booster: Booster, path: string, flags: ConvertFlags): Promise<number> {
  const { withStats = false } = flags;
  if (/\.(json|ubj)$/i.test(path)) return writeModelFile(path, booster);
  const text = /\.dot$/i.test(path)
    ? `${graphOf(booster, flags.tree, withStats)}\n`
    : booster
        .dump("text", { withStats })
        .map((tree, i) => `booster[${i}]:\n${tree}`)
        .join("");
  return places.of(path).write(path, text);
}

function graphOf(booster: Booster, tree: number, withStats: boolean): string {
  const graphs = booster.dump("dot", { withStats });
  if (tree < graphs.length) return graphs[tree].trimEnd();
  throw new CoppiceError(
    "INVALID_PARAMETER",
    `\`--tree\` must be one of the ${graphs.length} trees, counted from 0, got ${tree}`,
  );
}
