// Models as text for people, as XGBoost's get_dump writes it: indented text, JSON, or Graphviz's dot.
// Numbers have nine significant digits. The yes branch of a numeric split is the left one ("a<3"), of
// a categorical split the right one ("a:{0,2}"), of an indicator the one where missing does not go.

import { CoppiceError, showValue } from "../core/errors.ts";
import { formatGeneral } from "../core/format-float.ts";
import type { Tree } from "../tree/tree.ts";
import { quoteText } from "./format/json-writer.ts";
import type { Model } from "./model.ts";

export type DumpFormat = "text" | "json" | "dot";

export interface DumpOptions {
  /** Whether gains and covers are shown; false by default. */
  withStats?: boolean | undefined;
}

/**
 * One text per tree; one text in all for a linear model.
 *
 * @throws {CoppiceError} INVALID_PARAMETER for an unknown format; UNSUPPORTED for "dot" of gblinear
 */
export function dumpModel(model: Model, format: DumpFormat = "text", options: DumpOptions = {}): string[] {
  if (format !== "text" && format !== "json" && format !== "dot") {
    throw new CoppiceError(
      "INVALID_PARAMETER",
      `\`format\` must be "text", "json" or "dot", got ${showValue(format)}`,
      { parameter: "format" },
    );
  }
  if (model.linearWeights !== null) return [dumpLinear(model, model.linearWeights, format)];
  const withStats = options.withStats ?? false;
  return model.trees.map((tree) => {
    const view = new TreeView(model, tree, format, withStats);
    if (format === "text") return textOf(view, 0, 0);
    if (format === "json") return jsonOf(view, 0, 0);
    return `digraph {\n    graph [ rankdir=TB ]\n${dotOf(view, 0)}}`;
  });
}

/** What there is to show about the nodes of one tree. */
class TreeView {
  readonly tree: Tree;
  readonly withStats: boolean;
  readonly #model: Model;
  readonly #format: DumpFormat;

  constructor(model: Model, tree: Tree, format: DumpFormat, withStats: boolean) {
    this.#model = model;
    this.#format = format;
    this.tree = tree;
    this.withStats = withStats;
  }

  isLeaf(node: number): boolean {
    return this.tree.left[node] === -1;
  }

  isIndicator(node: number): boolean {
    return this.#typeOf(node) === "i";
  }

  /** The feature's name with JSON's escapes. */
  name(node: number): string {
    const feature = this.tree.splitFeature[node];
    const { featureNames } = this.#model;
    return featureNames.length === 0 ? `f${feature}` : quoteText(featureNames[feature]).slice(1, -1);
  }

  /** The condition after the name: "<3", ":{0,2}", or nothing for an indicator. */
  condition(node: number): string {
    if (this.tree.splitType[node] === 1) return `:{${this.categories(node).join(",")}}`;
    return this.isIndicator(node) ? "" : `<${this.threshold(node)}`;
  }

  /**
   * XGBoost parity: the condition of an integer feature is shown as the next integer; dot, which does
   * not turn it into one, shows the sign of a negative zero.
   */
  threshold(node: number): string {
    const value = this.tree.splitCondition[node];
    if (this.#typeOf(node) !== "int" || !Number.isFinite(value)) return formatGeneral(value, 9);
    return this.#format === "dot" ? formatGeneral(Math.ceil(value), 9) : String(Math.ceil(value) + 0);
  }

  categories(node: number): number[] {
    const { categories, categoryOffsets } = this.tree;
    return Array.from(categories.subarray(categoryOffsets[node], categoryOffsets[node + 1]));
  }

  missing(node: number): number {
    return this.tree.defaultLeft[node] ? this.tree.left[node] : this.tree.right[node];
  }

  yes(node: number): number {
    const { left, right, splitType } = this.tree;
    if (splitType[node] === 1) return right[node];
    if (!this.isIndicator(node)) return left[node];
    return this.tree.defaultLeft[node] ? right[node] : left[node];
  }

  no(node: number): number {
    return this.tree.left[node] + this.tree.right[node] - this.yes(node);
  }

  leaf(node: number): string {
    return formatGeneral(this.tree.leafValue[node], 9);
  }

  gain(node: number): string {
    return formatGeneral(this.tree.lossChange[node], 9);
  }

  cover(node: number): string {
    return formatGeneral(this.tree.sumHessian[node], 9);
  }

  #typeOf(node: number): string {
    const type = this.#model.featureTypes[this.tree.splitFeature[node]] ?? "q";
    return this.tree.splitType[node] === 1 ? "c" : type;
  }
}

function textOf(view: TreeView, node: number, depth: number): string {
  const indent = "\t".repeat(depth);
  const { withStats } = view;
  if (view.isLeaf(node)) {
    const stats = withStats ? `,cover=${view.cover(node)}` : "";
    return `${indent}${node}:leaf=${view.leaf(node)}${stats}\n`;
  }
  const stats = withStats ? `,gain=${view.gain(node)},cover=${view.cover(node)}` : "";
  const split = `[${view.name(node)}${view.condition(node)}] yes=${view.yes(node)},no=${view.no(node)}`;
  // XGBoost parity: an indicator's line has no indent and does not say where missing goes.
  const line = view.isIndicator(node)
    ? `${node}:${split}${stats}\n`
    : `${indent}${node}:${split},missing=${view.missing(node)}${stats}\n`;
  const { left, right } = view.tree;
  return line + textOf(view, left[node], depth + 1) + textOf(view, right[node], depth + 1);
}

function jsonOf(view: TreeView, node: number, depth: number): string {
  const indent = "  ".repeat(depth + 1);
  const { withStats } = view;
  if (view.isLeaf(node)) {
    const stats = withStats ? `, "cover": ${view.cover(node)} ` : "";
    return `${indent}{ "nodeid": ${node}, "leaf": ${view.leaf(node)} ${stats}}`;
  }
  const isCategorical = view.tree.splitType[node] === 1;
  const condition = isCategorical ? `[${view.categories(node).join(", ")}]` : view.threshold(node);
  const isIndicator = view.isIndicator(node);
  const head = `${indent}{ "nodeid": ${node}, "depth": ${depth}, "split": "${view.name(node)}"`;
  const split = isIndicator ? "" : `, "split_condition": ${condition}`;
  const ways = `, "yes": ${view.yes(node)}, "no": ${view.no(node)}`;
  const missing = isIndicator ? "" : `, "missing": ${view.missing(node)}`;
  const stats = withStats ? `, "gain": ${view.gain(node)}, "cover": ${view.cover(node)}` : "";
  const { left, right } = view.tree;
  const children = [left[node], right[node]].map((child) => jsonOf(view, child, depth + 1));
  const begin = stats === "" ? `${missing} , "children": [\n` : `${missing} ${stats}, "children": [\n`;
  return `${head}${split}${ways}${begin}${children.join(", \n")}\n${indent}]}`;
}

function dotOf(view: TreeView, node: number): string {
  const { tree, withStats } = view;
  if (view.isLeaf(node)) {
    const stats = withStats ? `\ncover=${view.cover(node)}` : "";
    return `\n    ${node} [ label="leaf=${view.leaf(node)}${stats}" ]\n`;
  }
  const stats = withStats ? `\ngain=${view.gain(node)}\ncover=${view.cover(node)}` : "";
  const isCategorical = tree.splitType[node] === 1;
  const edges = [tree.left[node], tree.right[node]].map((child, side) => {
    // XGBoost parity: in this format an indicator's left child is yes, like a number's.
    const word = (side === 0) === isCategorical ? "no" : "yes";
    const isMissing = child === view.missing(node);
    const label = isMissing ? `${word}, missing` : word;
    return `    ${node} -> ${child} [label="${label}" color="${isMissing ? "#0000FF" : "#FF0000"}"]\n`;
  });
  const line = `\n    ${node} [ label="${view.name(node)}${view.condition(node)}${stats}" ]\n`;
  return line + edges.join("") + dotOf(view, tree.left[node]) + dotOf(view, tree.right[node]);
}

function dumpLinear({ featureCount, groupCount }: Model, weights: Float32Array, format: DumpFormat): string {
  if (format === "dot") {
    throw new CoppiceError("UNSUPPORTED", "a linear model (gblinear) has no graph to draw");
  }
  const numbers = Array.from(weights, (weight) => formatGeneral(weight, 6));
  const slopes = numbers.slice(0, featureCount * groupCount);
  const bias = numbers.slice(featureCount * groupCount);
  if (format === "text") {
    return `bias:\n${bias.map((text) => `${text}\n`).join("")}weight:\n${slopes.map((text) => `${text}\n`).join("")}`;
  }
  const list = (texts: readonly string[]) => `[\n      ${texts.join(",\n      ")}\n    ]`;
  return `  { "bias": ${list(bias)},\n    "weight": ${list(slopes)}\n  }`;
}
