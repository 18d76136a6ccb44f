// Our own binary form of a model, for a fast start: what is large lies in the file as the arrays that
// prediction uses, so that reading it is making views. Little-endian. In order:
//   8 bytes  "coppice" and the version, 1
//   u32      checksum of all that follows, in words
//   u32      length of the header in bytes
//   header   JSON (see CompactHeader), padded with spaces to whole words
//   4 bytes each: the arrays of `placeArrays`, of all trees one after another; then the bytes of
//   defaultLeft and splitType, padded to whole words
// It is a cache, not an exchange format: keep the model file, and make this from it.

import type { Model } from "../model.ts";

export const MAGIC: readonly number[] = [...new TextEncoder().encode("coppice"), 1];
export const PREFIX_BYTES = 16;

/** Everything of a model that is no array, and the lengths of those that are. */
export interface CompactHeader
  extends Pick<
    Model,
    | "featureCount"
    | "featureNames"
    | "featureTypes"
    | "categories"
    | "groupCount"
    | "numClass"
    | "boostFromAverage"
    | "numParallelTree"
    | "attributes"
  > {
  readonly objective: Pick<Model["objective"], "name" | "parameters">;
  readonly categoryTypes: readonly number[] | null;
  /** Nodes of each tree. */
  readonly nodeCounts: readonly number[];
  readonly categoryCount: number;
  readonly roundCount: number;
  readonly baseScoreCount: number;
  readonly hasTreeWeights: boolean;
  /** Null for trees. */
  readonly linearWeightCount: number | null;
  /** Names and lengths of the arrays of the objective. */
  readonly objectiveArrays: readonly (readonly [string, number])[];
}

/** The arrays behind the header, as views of one buffer. */
export interface CompactArrays {
  readonly left: Int32Array;
  readonly right: Int32Array;
  readonly parent: Int32Array;
  readonly splitFeature: Uint32Array;
  readonly splitCondition: Float32Array;
  readonly lossChange: Float32Array;
  readonly sumHessian: Float32Array;
  readonly baseWeight: Float32Array;
  /** One more per tree than it has nodes. */
  readonly categoryOffsets: Uint32Array;
  readonly categories: Int32Array;
  readonly treeGroup: Int32Array;
  readonly roundOffsets: Uint32Array;
  readonly baseScore: Float32Array;
  readonly treeWeights: Float32Array;
  readonly linearWeights: Float32Array;
  readonly objectiveArrays: readonly Float32Array[];
  readonly defaultLeft: Uint8Array;
  readonly splitType: Uint8Array;
  /** Where the file ends. */
  readonly endBytes: number;
}

/** Places the arrays from byte `begin` on; without a buffer they are empty and only `endBytes` counts. */
export function placeArrays(
  header: CompactHeader,
  buffer: ArrayBuffer | undefined,
  begin: number,
): CompactArrays {
  let at = begin;
  const take = <A>(
    View: new (buffer: ArrayBuffer, offset: number, length: number) => A,
    bytes: number,
    length: number,
  ): A => {
    const view = buffer === undefined ? new View(new ArrayBuffer(0), 0, 0) : new View(buffer, at, length);
    at += bytes * length;
    return view;
  };
  const ints = (length: number) => take(Int32Array<ArrayBuffer>, 4, length);
  const words = (length: number) => take(Uint32Array<ArrayBuffer>, 4, length);
  const floats = (length: number) => take(Float32Array<ArrayBuffer>, 4, length);
  const trees = header.nodeCounts.length;
  const nodes = header.nodeCounts.reduce((sum, count) => sum + count, 0);
  const arrays = {
    left: ints(nodes),
    right: ints(nodes),
    parent: ints(nodes),
    splitFeature: words(nodes),
    splitCondition: floats(nodes),
    lossChange: floats(nodes),
    sumHessian: floats(nodes),
    baseWeight: floats(nodes),
    categoryOffsets: words(nodes + trees),
    categories: ints(header.categoryCount),
    treeGroup: ints(trees),
    roundOffsets: words(header.roundCount + 1),
    baseScore: floats(header.baseScoreCount),
    treeWeights: floats(header.hasTreeWeights ? trees : 0),
    linearWeights: floats(header.linearWeightCount ?? 0),
    objectiveArrays: header.objectiveArrays.map(([, length]) => floats(length)),
    defaultLeft: take(Uint8Array<ArrayBuffer>, 1, nodes),
    splitType: take(Uint8Array<ArrayBuffer>, 1, nodes),
  };
  return { ...arrays, endBytes: Math.ceil(at / 4) * 4 };
}

/** Against damage, not against forgery: FNV-1a over words. */
export function checksum(words: Uint32Array): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < words.length; i++) hash = Math.imul(hash ^ words[i], 0x01000193);
  return hash >>> 0;
}
