// Which features a node may be split on: what column sampling draws for its tree, level and node, less
// what interaction constraints forbid. Draws are keyed by (seed, round, tree, level or node), never taken
// from a stream, so the order in which nodes are visited does not matter.

import { log } from "../core/math/exp-log.ts";
import { uniform } from "../core/random.ts";
import type { TreeParameters } from "./tree-parameters.ts";

const fround = Math.fround;

/** What a draw is for: the second key of `uniform`. */
const stream = { rows: 1, tree: 2, level: 3, node: 4 } as const;

/** The key stream of row sampling, see `uniform`. */
export const ROW_STREAM: number = stream.rows;

/** The features that the nodes of one tree may use; lists are ascending. */
export class FeatureSets {
  readonly #parameters: TreeParameters;
  readonly #weights: Float32Array | undefined;
  readonly #round: number;
  readonly #tree: number;
  readonly #ofTree: Uint32Array;
  readonly #ofLevel = new Map<number, Uint32Array>();

  /**
   * @param tree the tree's number within its round
   * @param weights the chance of each feature to be drawn, relative to the others
   */
  constructor(
    parameters: TreeParameters,
    featureCount: number,
    weights: Float32Array | undefined,
    round: number,
    tree: number,
  ) {
    this.#parameters = parameters;
    this.#weights = weights;
    this.#round = round;
    this.#tree = tree;
    const all = Uint32Array.from({ length: featureCount }, (_, f) => f);
    this.#ofTree = this.#draw(all, parameters.colsampleBytree, stream.tree, 0);
  }

  /**
   * The features that node `node` at `depth` may use.
   *
   * @param path the features used above the node, see `InteractionConstraints`
   */
  ofNode(node: number, depth: number, path: readonly number[]): Uint32Array {
    const { colsampleBylevel, colsampleBynode, interactionConstraints } = this.#parameters;
    let level = this.#ofLevel.get(depth);
    if (level === undefined) {
      level = this.#draw(this.#ofTree, colsampleBylevel, stream.level, depth);
      this.#ofLevel.set(depth, level);
    }
    const drawn = this.#draw(level, colsampleBynode, stream.node, node);
    if (interactionConstraints === undefined || path.length === 0) return drawn;
    const allowed = allowedFeatures(interactionConstraints, path);
    return drawn.filter((f) => allowed.has(f));
  }

  /**
   * A share of `from` without replacement. XGBoost parity: at least one, rounded down after a float32
   * product, by which 0.29 of 100 are 29.
   */
  #draw(from: Uint32Array, share: number, purpose: number, index: number): Uint32Array {
    if (share >= 1) return from;
    const count = Math.max(1, Math.floor(fround(fround(share) * from.length)));
    const keys = new Map<number, number>();
    for (const f of from) {
      // Efraimidis & Spirakis 2006: the largest u^(1/w) win; compared through their logarithms.
      const u = uniform(this.#parameters.seed, purpose, this.#round, this.#tree, index * 16777216 + f);
      const weight = this.#weights === undefined ? 1 : this.#weights[f];
      keys.set(f, weight > 0 ? log(u + 2 ** -33) / weight : -Infinity);
    }
    return Uint32Array.from(from)
      .sort((a, b) => keys.get(b)! - keys.get(a)! || a - b)
      .slice(0, count)
      .sort();
  }
}

/**
 * The features that may follow `path`: those on it, and the members of every set that contains all of
 * it. XGBoost parity: the root may use any feature.
 */
export function allowedFeatures(sets: readonly (readonly number[])[], path: readonly number[]): Set<number> {
  const allowed = new Set(path);
  for (const set of sets) {
    if (path.every((f) => set.includes(f))) for (const f of set) allowed.add(f);
  }
  return allowed;
}
