// `coppice inspect`: what a model file holds.

import { basename } from "node:path";
import { type Command, Option } from "commander";
import type { Booster } from "../../booster/booster.ts";
import type { ImportanceKind } from "../../booster/importance.ts";
import { CoppiceError } from "../../core/errors.ts";
import { loadModel } from "../../node/files/model-files.ts";
import { isLeaf, type Tree } from "../../tree/tree.ts";
import { integerFrom, pathEndingIn } from "../flags/flag-values.ts";
import type { CommandContext } from "../terminal/context.ts";
import { describeImportance, importanceTable, magnitudes, measureFor } from "../terminal/importance-table.ts";
import { checkWritable, writeFigure } from "../terminal/output-files.ts";
import { formatCount, formatMetric, formatTable } from "../terminal/text-table.ts";

interface InspectFlags {
  readonly features: number;
  readonly tree: number;
  readonly measure: ImportanceKind;
  readonly figure?: string | undefined;
  readonly json?: boolean | undefined;
}

export function addInspectCommand(program: Command, context: CommandContext): void {
  program
    .command("inspect")
    .description(
      "Show what a model holds: objective, rounds, trees, features and their importance, one tree.",
    )
    .argument("<model>", "model: JSON or UBJSON, from here or from XGBoost")
    .option("--features <n>", "how many features to list", integerFrom(0), 20)
    .option("--tree <n>", "which tree to show, from 0", integerFrom(0), 0)
    .addOption(
      new Option("--measure <name>", "what features are ordered by and the figure shows")
        .choices(["weight", "gain", "cover", "totalGain", "totalCover"])
        .default("totalGain"),
    )
    .option("--figure <file>", "where the importance goes as a figure", pathEndingIn([".svg"]))
    .option("--json", "print one JSON object and nothing else")
    .action(async (path: string, flags: InspectFlags) => runInspect(path, flags, context));
}

async function runInspect(path: string, flags: InspectFlags, context: CommandContext): Promise<void> {
  await checkWritable(flags.figure);
  const booster = await loadModel(path);
  const measure = measureFor(booster, flags.measure);
  const importance = importanceTable(booster, measure);
  if (flags.figure !== undefined) {
    const { drawImportance } = await import("../../plot/importance-figure.ts");
    const values = magnitudes(importance, measure);
    const { featureCount } = booster.model;
    await writeFigure(
      flags.figure,
      drawImportance(values, { measure, featureCount, title: `Feature importance, ${basename(path)}` }),
    );
  }
  if (flags.json) {
    context.print(JSON.stringify({ ...jsonSummary(booster), importance }));
    return;
  }
  const parts = [formatTable(textSummary(booster), [0, 1]), describeImportance(importance, flags.features)];
  if (booster.model.trees.length > 0) parts.push(showTree(booster, flags.tree));
  context.print(parts.join("\n\n"));
}

/** The facts of a model, by name. */
function jsonSummary(booster: Booster): Record<string, unknown> {
  const { model, labelClasses, bestIteration } = booster;
  const { trees } = model;
  return {
    objective: model.objective.name,
    classes: labelClasses ?? null,
    groups: model.groupCount,
    rounds: booster.roundCount,
    bestIteration: bestIteration ?? null,
    trees: trees.length,
    leaves: trees.reduce((sum, tree) => sum + leafCount(tree), 0),
    maxDepth: trees.reduce((max, tree) => Math.max(max, depthOf(tree)), 0),
    features: model.featureCount,
    featureNames: model.featureNames,
    baseScore: Array.from(model.baseScore),
    attributes: model.attributes,
  };
}

function textSummary(booster: Booster): string[][] {
  const { model, labelClasses, bestIteration, roundCount } = booster;
  const { trees, groupCount, featureTypes } = model;
  const classes = labelClasses?.slice(0, 12).join(", ") + ((labelClasses?.length ?? 0) > 12 ? ", …" : "");
  const leaves = trees.reduce((sum, tree) => sum + leafCount(tree), 0);
  const depth = trees.reduce((max, tree) => Math.max(max, depthOf(tree)), 0);
  const categorical = featureTypes.filter((type) => type === "c").length;
  const lines = [
    ["objective", model.objective.name],
    ["rounds", `${roundCount}${bestIteration === undefined ? "" : `, the best is ${bestIteration + 1}`}`],
    ["trees", `${formatCount(trees.length)}, ${formatCount(leaves)} leaves, depth up to ${depth}`],
    ["features", `${model.featureCount}${categorical > 0 ? `, ${categorical} of them categorical` : ""}`],
    ["base score", Array.from(new Set(model.baseScore), formatMetric).join(", ")],
  ];
  if (groupCount > 1) lines.splice(1, 0, ["outputs", String(groupCount)]);
  if (labelClasses) lines.splice(1, 0, ["classes", classes]);
  if (model.treeWeights) lines.push(["booster", "dart"]);
  if (!model.linearWeights) return lines;
  return [...lines.filter(([name]) => name !== "trees"), ["booster", "gblinear"]];
}

/** As much of a tree as a terminal can take. */
const MAX_TREE_LINES = 40;

function showTree(booster: Booster, index: number): string {
  const { trees } = booster.model;
  if (index >= trees.length) {
    throw new CoppiceError(
      "INVALID_PARAMETER",
      `\`--tree\` must be one of the ${trees.length} trees, counted from 0, got ${index}`,
    );
  }
  const lines = booster.dump("text", { withStats: true })[index].trimEnd().split("\n");
  const rest = lines.length - MAX_TREE_LINES;
  const shown = rest > 0 ? [...lines.slice(0, MAX_TREE_LINES), `and ${rest} more nodes`] : lines;
  return `tree ${index}\n${shown.join("\n")}`;
}

function leafCount(tree: Tree): number {
  let count = 0;
  for (let node = 0; node < tree.nodeCount; node++) if (isLeaf(tree, node)) count++;
  return count;
}

function depthOf(tree: Tree): number {
  let depth = 0;
  const stack = [[0, 0]];
  for (let entry = stack.pop(); entry; entry = stack.pop()) {
    const [node, level] = entry;
    depth = Math.max(depth, level);
    if (!isLeaf(tree, node)) stack.push([tree.left[node], level + 1], [tree.right[node], level + 1]);
  }
  return depth;
}
