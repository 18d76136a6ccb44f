// A Split as numbers in shared memory: SPLIT_FIELDS doubles, and the categories that go right as bits.

import { type GrowMemory, SPLIT_FIELDS } from "../../kernel/grow/grow-memory.ts";
import { Split } from "../split.ts";

/** Writes `split` to a node's slot. */
export function writeSplit(memory: GrowMemory, slot: number, split: Split): void {
  const fields = memory.splits;
  const at = slot * SPLIT_FIELDS;
  fields[at] = split.gain;
  fields[at + 1] = split.feature;
  fields[at + 2] = split.bin;
  fields[at + 3] = split.condition;
  fields[at + 4] = split.defaultLeft ? 1 : 0;
  fields[at + 5] = split.leftGrad;
  fields[at + 6] = split.leftHess;
  fields[at + 7] = split.rightGrad;
  fields[at + 8] = split.rightHess;
  fields[at + 9] = split.categories === null ? 0 : 1;
  if (split.categories === null) return;
  const words = categorySet(memory, slot);
  words.fill(0);
  for (const code of split.categories) words[code >>> 5] |= 1 << (code & 31);
}

/** The split in a node's slot. */
export function readSplit(memory: GrowMemory, slot: number): Split {
  const fields = memory.splits;
  const at = slot * SPLIT_FIELDS;
  const split = new Split();
  split.gain = fields[at];
  split.feature = fields[at + 1];
  split.bin = fields[at + 2];
  split.condition = fields[at + 3];
  split.defaultLeft = fields[at + 4] === 1;
  split.leftGrad = fields[at + 5];
  split.leftHess = fields[at + 6];
  split.rightGrad = fields[at + 7];
  split.rightHess = fields[at + 8];
  if (fields[at + 9] === 1) split.categories = listCategories(categorySet(memory, slot));
  return split;
}

function categorySet({ splitCategories, splits }: GrowMemory, slot: number): Uint32Array {
  const words = splitCategories.length / (splits.length / SPLIT_FIELDS);
  return splitCategories.subarray(slot * words, (slot + 1) * words);
}

function listCategories(words: Uint32Array): Int32Array {
  const codes: number[] = [];
  for (let code = 0; code < 32 * words.length; code++) {
    if ((words[code >>> 5] & (1 << (code & 31))) !== 0) codes.push(code);
  }
  return Int32Array.from(codes);
}

/**
 * Whether the split record at `at` of `theirs` replaces that of `ours`. XGBoost parity: the larger gain, among
 * equal ones the lower feature.
 */
export function isBetterSplit(theirs: Float64Array, ours: Float64Array, at: number): boolean {
  if (theirs[at] !== ours[at]) return theirs[at] > ours[at];
  return theirs[at] > 0 && theirs[at + 1] < ours[at + 1];
}
