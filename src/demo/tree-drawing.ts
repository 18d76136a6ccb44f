// A tree of the model as a picture: inner nodes with their question, leaves with their value, deeper levels
// cut off at what is asked for.

import type { Booster, Tree } from "../browser/index.ts";
import { drawing, scrolling, shorten, show, svg } from "./elements.ts";

const NODE_WIDTH = 148;
const LEVEL_HEIGHT = 84;

interface Placed {
  readonly node: number;
  readonly depth: number;
  /** The middle, in node widths. */
  readonly x: number;
  readonly children: readonly Placed[];
}

export function drawTree(booster: Booster, index: number, levels: number): HTMLElement {
  const tree = booster.model.trees[index];
  let nextColumn = 0;
  const place = (node: number, depth: number): Placed => {
    const isCut = tree.left[node] === -1 || depth >= levels;
    const children = isCut ? [] : [place(tree.left[node], depth + 1), place(tree.right[node], depth + 1)];
    const x = isCut ? nextColumn++ : (children[0].x + children[1].x) / 2;
    return { node, depth, x, children };
  };
  const root = place(0, 0);
  const parts: Node[] = [];
  let deepest = 0;
  const draw = (placed: Placed): void => {
    deepest = Math.max(deepest, placed.depth);
    for (const [i, child] of placed.children.entries()) {
      parts.push(branchTo(placed, child, i === 0 ? "yes" : "no"));
      draw(child);
    }
    parts.push(...boxOf(booster, tree, placed));
  };
  draw(root);
  const title = `Tree ${index}: ${tree.nodeCount} nodes; the first question is ${question(booster, tree, 0)}`;
  const width = Math.max(1, nextColumn) * NODE_WIDTH;
  return scrolling(`Tree ${index}`, drawing(title, width, (deepest + 1) * LEVEL_HEIGHT, ...parts));
}

function branchTo(from: Placed, to: Placed, answer: string): Node {
  const [x1, y1] = [(from.x + 0.5) * NODE_WIDTH, from.depth * LEVEL_HEIGHT + 46];
  const [x2, y2] = [(to.x + 0.5) * NODE_WIDTH, to.depth * LEVEL_HEIGHT + 6];
  const path = `M${x1} ${y1}C${x1} ${y1 + 20} ${x2} ${y2 - 20} ${x2} ${y2}`;
  const label = svg(
    "text",
    { class: "faint", x: (x1 + x2) / 2, y: (y1 + y2) / 2 + 4, "text-anchor": "middle" },
    answer,
  );
  return svg("g", {}, svg("path", { class: "branch", d: path }), label);
}

function boxOf(booster: Booster, tree: Tree, { node, depth, x }: Placed): Node[] {
  const isLeaf = tree.left[node] === -1;
  const middle = (x + 0.5) * NODE_WIDTH;
  const top = depth * LEVEL_HEIGHT + 6;
  const text = isLeaf ? show(tree.leafValue[node]) : question(booster, tree, node);
  return [
    svg("rect", { class: isLeaf ? "leaf" : "box", x: middle - 70, y: top, width: 140, height: 40, rx: 6 }),
    svg("text", { x: middle, y: top + 16, "text-anchor": "middle" }, shorten(text, 22)),
    svg(
      "text",
      { class: "faint", x: middle, y: top + 32, "text-anchor": "middle" },
      `cover ${show(tree.sumHessian[node])}`,
    ),
  ];
}

function question(booster: Booster, tree: Tree, node: number): string {
  if (tree.left[node] === -1) return "none, it is one leaf";
  const name = booster.featureNames[tree.splitFeature[node]];
  if (tree.splitType[node] === 1) return `${shorten(name, 14)} in a set`;
  return `${shorten(name, 13)} < ${show(tree.splitCondition[node])}`;
}
