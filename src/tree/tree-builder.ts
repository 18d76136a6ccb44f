// Collects the nodes of a growing tree and turns them into a Tree.

import { splitValues, type Tree } from "./tree.ts";

interface Node {
  left: number;
  right: number;
  parent: number;
  splitFeature: number;
  splitCondition: number;
  leafValue: number;
  defaultLeft: boolean;
  lossChange: number;
  sumHessian: number;
  baseWeight: number;
  categories: Int32Array | null;
}

export class TreeBuilder {
  readonly #nodes: Node[] = [];

  get nodeCount(): number {
    return this.#nodes.length;
  }

  /** Appends a leaf and returns its id. */
  addLeaf(parent: number, leafValue: number, baseWeight: number, sumHessian: number): number {
    return (
      this.#nodes.push({
        left: -1,
        right: -1,
        parent,
        splitFeature: 0,
        splitCondition: 0,
        leafValue,
        defaultLeft: false,
        lossChange: 0,
        sumHessian,
        baseWeight,
        categories: null,
      }) - 1
    );
  }

  /** Turns a leaf into an inner node. */
  splitLeaf(id: number, split: Partial<Node>): void {
    Object.assign(this.#nodes[id], split);
  }

  isLeaf(id: number): boolean {
    return this.#nodes[id].left === -1;
  }

  leafValue(id: number): number {
    return this.#nodes[id].leafValue;
  }

  build(): Tree {
    const nodes = this.#nodes;
    const column = <A extends Int32Array | Uint32Array | Float32Array | Uint8Array>(
      array: A,
      read: (node: Node) => number,
    ): A => {
      for (let i = 0; i < nodes.length; i++) array[i] = read(nodes[i]);
      return array;
    };
    const count = nodes.length;
    const categoryOffsets = new Uint32Array(count + 1);
    for (let i = 0; i < count; i++) {
      categoryOffsets[i + 1] = categoryOffsets[i] + (nodes[i].categories?.length ?? 0);
    }
    const categories = new Int32Array(categoryOffsets[count]);
    for (let i = 0; i < count; i++) categories.set(nodes[i].categories ?? [], categoryOffsets[i]);
    return {
      nodeCount: count,
      left: column(new Int32Array(count), (node) => node.left),
      right: column(new Int32Array(count), (node) => node.right),
      parent: column(new Int32Array(count), (node) => node.parent),
      splitFeature: column(new Uint32Array(count), (node) => node.splitFeature),
      ...splitValues(
        column(new Float32Array(count), (node) => (node.left === -1 ? node.leafValue : node.splitCondition)),
      ),
      defaultLeft: column(new Uint8Array(count), (node) => (node.defaultLeft ? 1 : 0)),
      splitType: column(new Uint8Array(count), (node) => (node.categories ? 1 : 0)),
      lossChange: column(new Float32Array(count), (node) => node.lossChange),
      sumHessian: column(new Float32Array(count), (node) => node.sumHessian),
      baseWeight: column(new Float32Array(count), (node) => node.baseWeight),
      categories,
      categoryOffsets,
    };
  }
}
