// A Split as numbers in shared memory: the doubles of `splitField`, and the categories that go right as bits.

import { type GrowMemory, SPLIT_FIELDS, splitField } from "../../kernel/grow/grow-memory.ts";
import { Split } from "../split.ts";

/** The arrays in which splits stand. */
export type SplitRecords = Pick<GrowMemory, "splits" | "splitCategories" | "categoryWords">;

/** Writes `split` to a node's slot. */
export function writeSplit(memory: SplitRecords, slot: number, split: Split): void {
  const fields = memory.splits;
  const at = slot * SPLIT_FIELDS;
  fields[at + splitField.gain] = split.gain;
  fields[at + splitField.feature] = split.feature;
  fields[at + splitField.bin] = split.bin;
  fields[at + splitField.condition] = split.condition;
  fields[at + splitField.defaultLeft] = split.defaultLeft ? 1 : 0;
  fields[at + splitField.leftGrad] = split.leftGrad;
  fields[at + splitField.leftHess] = split.leftHess;
  fields[at + splitField.rightGrad] = split.rightGrad;
  fields[at + splitField.rightHess] = split.rightHess;
  fields[at + splitField.isCategorical] = split.categories === null ? 0 : 1;
  if (split.categories === null) return;
  const words = categorySet(memory, slot);
  words.fill(0);
  for (const code of split.categories) words[code >>> 5] |= 1 << (code & 31);
}

/** The split in a node's slot. */
export function readSplit(memory: SplitRecords, slot: number): Split {
  const fields = memory.splits;
  const at = slot * SPLIT_FIELDS;
  const split = new Split();
  split.gain = fields[at + splitField.gain];
  split.feature = fields[at + splitField.feature];
  split.bin = fields[at + splitField.bin];
  split.condition = fields[at + splitField.condition];
  split.defaultLeft = fields[at + splitField.defaultLeft] === 1;
  split.leftGrad = fields[at + splitField.leftGrad];
  split.leftHess = fields[at + splitField.leftHess];
  split.rightGrad = fields[at + splitField.rightGrad];
  split.rightHess = fields[at + splitField.rightHess];
  if (fields[at + splitField.isCategorical] === 1) {
    split.categories = listCategories(categorySet(memory, slot));
  }
  return split;
}

function categorySet({ splitCategories, categoryWords }: SplitRecords, slot: number): Uint32Array {
  return splitCategories.subarray(slot * categoryWords, (slot + 1) * categoryWords);
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
  const gain = at + splitField.gain;
  const feature = at + splitField.feature;
  if (theirs[gain] !== ours[gain]) return theirs[gain] > ours[gain];
  return theirs[gain] > 0 && theirs[feature] < ours[feature];
}
