// Decodes the document of a model file, as XGBoost 1.7 to 3.x write it, into a Model. Older layouts
// (dart wrapped around gbtree, no round offsets, a scalar base score) become the present one here,
// and every value that others rely on is checked.

import type { CategoryNames, FeatureType } from "../data/dmatrix.ts";
import { type DocumentValue, decodeText, Field } from "./format/document.ts";
import type { Model, ModelObjective } from "./model.ts";
import { decodeTree } from "./tree-decoder.ts";

/** What prediction has room for. */
const MAX_FEATURES: number = 2 ** 28 - 1;
const FEATURE_TYPES: readonly string[] = ["q", "float", "int", "i", "c"] satisfies FeatureType[];
/** XGBoost's numbers of the integer types a dictionary may have, i8 to u64. */
const FIRST_INTEGER_TYPE = 9;
const LAST_INTEGER_TYPE = 16;

/** @throws {CoppiceError} INVALID_MODEL naming the field that breaks a rule; UNSUPPORTED for vector leaves */
export function decodeModel(document: DocumentValue): Model {
  const top = new Field(document);
  // A booster that was pickled or serialised wraps the model together with its configuration.
  const learner = (top.find("Model") ?? top).get("learner");
  const parameters = learner.get("learner_model_param");
  const numClass = parameters.get("num_class").asInteger(0);
  const targets = parameters.find("num_target")?.asInteger(0) ?? 1;
  const groupCount = Math.max(1, numClass, targets);
  const featureCount = parameters.get("num_feature").asInteger(0, MAX_FEATURES);
  const names = decodeTexts(learner.find("feature_names"), featureCount);
  const types = decodeTexts(learner.find("feature_types"), featureCount);
  for (const [i, type] of types.entries()) {
    if (!FEATURE_TYPES.includes(type)) {
      learner
        .get("feature_types")
        .at(i)
        .fail(`one of ${FEATURE_TYPES.join(", ")}`);
    }
  }
  return {
    featureCount,
    featureNames: names,
    featureTypes: types as FeatureType[],
    objective: decodeObjective(learner.get("objective")),
    groupCount,
    numClass,
    baseScore: decodeBaseScore(parameters.get("base_score"), groupCount),
    boostFromAverage: parameters.find("boost_from_average")?.value !== "0",
    ...decodeBooster(learner.get("gradient_booster"), featureCount, groupCount),
    attributes: decodeTextRecord(learner.get("attributes")),
  };
}

type BoosterPart = Pick<
  Model,
  | "categories"
  | "categoryTypes"
  | "trees"
  | "treeGroup"
  | "roundOffsets"
  | "numParallelTree"
  | "treeWeights"
  | "linearWeights"
>;

function decodeBooster(booster: Field, featureCount: number, groupCount: number): BoosterPart {
  const name = booster.get("name").asText();
  if (name === "gblinear") return decodeLinear(booster.get("model"), featureCount, groupCount);
  if (name !== "gbtree" && name !== "dart") booster.get("name").fail('"gbtree", "dart" or "gblinear"');
  // Until 3.2 dart holds a gbtree; then the weights moved beside its model, and into it with 3.4.
  const trees = booster.find("gbtree") ?? booster;
  const model = trees.get("model");
  const weights = model.find("weight_drop") ?? booster.find("weight_drop");
  return decodeForest(model, weights, featureCount, groupCount);
}

function decodeForest(
  model: Field,
  weights: Field | undefined,
  featureCount: number,
  groupCount: number,
): BoosterPart {
  const trees = model
    .get("trees")
    .items()
    .map((tree) => decodeTree(tree, featureCount));
  const treeGroup = Int32Array.from(model.get("tree_info").asIntegers(trees.length, 0, groupCount - 1));
  const parallel = model.find("gbtree_model_param")?.find("num_parallel_tree")?.asInteger(0) ?? 1;
  const numParallelTree = Math.max(1, parallel);
  const offsets = model.find("iteration_indptr");
  const categories = model.find("cats");
  return {
    ...(categories ? decodeDictionaries(categories, featureCount) : { categories: [] }),
    trees,
    treeGroup,
    roundOffsets: offsets
      ? decodeOffsets(offsets, trees.length)
      : deriveOffsets(treeGroup, numParallelTree, model),
    numParallelTree,
    treeWeights: weights?.asFloats(trees.length) ?? null,
    linearWeights: null,
  };
}

function decodeOffsets(field: Field, treeCount: number): Uint32Array {
  const offsets = Uint32Array.from(field.asIntegers(undefined, 0, treeCount));
  const isRising = offsets.every((offset, i) => i === 0 || offset >= offsets[i - 1]);
  if (offsets[0] !== 0 || offsets[offsets.length - 1] !== treeCount || !isRising) {
    field.fail(`a list that rises from 0 to the ${treeCount} trees`);
  }
  return offsets;
}

/** XGBoost before 2.0 does not write where rounds begin: each has numParallelTree trees per group. */
function deriveOffsets(treeGroup: Int32Array, numParallelTree: number, model: Field): Uint32Array {
  const groups = treeGroup.reduce((most, group) => Math.max(most, group + 1), 1);
  const treesPerRound = groups * numParallelTree;
  if (treeGroup.length % treesPerRound !== 0) {
    model.get("trees").fail(`rounds of ${treesPerRound} trees`);
  }
  const rounds = treeGroup.length / treesPerRound;
  return Uint32Array.from({ length: rounds + 1 }, (_, round) => round * treesPerRound);
}

function decodeLinear(model: Field, featureCount: number, groupCount: number): BoosterPart {
  const rounds = model.find("boosted_rounds")?.asInteger(0, 1 << 24) ?? 0;
  return {
    categories: [],
    trees: [],
    treeGroup: new Int32Array(0),
    roundOffsets: new Uint32Array(rounds + 1),
    numParallelTree: 1,
    treeWeights: null,
    linearWeights: model.get("weights").asFloats((featureCount + 1) * groupCount),
  };
}

/** One number, or a list in text: "5E-1", "[6E-1]", "[2E-1,3E-1]". */
function decodeBaseScore(field: Field, groupCount: number): Float32Array {
  const text = typeof field.value === "number" ? String(field.value) : field.asText();
  const numbers = text
    .replace(/^\[(.*)\]$/, "$1")
    .split(",")
    .map((number) => (number.trim() === "" ? NaN : Number(number)));
  const scores = Float32Array.from(numbers);
  if (!scores.every(Number.isFinite)) field.fail("a finite number or a list of them");
  if (scores.length !== 1 && scores.length !== groupCount) field.fail(`1 or ${groupCount} numbers`);
  return scores;
}

function decodeObjective(field: Field): ModelObjective {
  const parameters: Record<string, Record<string, string>> = {};
  const arrays: Record<string, Float32Array> = {};
  for (const [key, part] of field.entries()) {
    if (key === "name") continue;
    if (part.value instanceof Map) parameters[key] = decodeTextRecord(part);
    else arrays[key] = part.asFloats();
  }
  const name = field.get("name").asText();
  return Object.keys(arrays).length > 0 ? { name, parameters, arrays } : { name, parameters };
}

function decodeTextRecord(field: Field): Record<string, string> {
  return Object.fromEntries(field.entries().map(([key, value]) => [key, value.asText()]));
}

/** Names or types: one per feature, or none at all. */
function decodeTexts(field: Field | undefined, featureCount: number): string[] {
  const texts = field?.items().map((item) => item.asText()) ?? [];
  if (texts.length !== 0 && texts.length !== featureCount) {
    field?.fail(`empty or a list of ${featureCount} strings`);
  }
  return texts;
}

function decodeDictionaries(
  field: Field,
  featureCount: number,
): Pick<BoosterPart, "categories" | "categoryTypes"> {
  const encodings = field.get("enc").items();
  if (encodings.length === 0) return { categories: [] };
  if (encodings.length !== featureCount) field.get("enc").fail(`a list of ${featureCount} dictionaries`);
  const categoryTypes = new Uint8Array(featureCount);
  const categories = encodings.map((encoding, f): CategoryNames => {
    const offsets = encoding.find("offsets");
    if (offsets) return decodeNames(encoding, offsets);
    categoryTypes[f] = encoding.get("type").asInteger(FIRST_INTEGER_TYPE, LAST_INTEGER_TYPE);
    return decodeIntegerNames(encoding.get("values"), categoryTypes[f]);
  });
  if (categories.every((names) => names === null)) return { categories: [] };
  return categoryTypes.some((type) => type !== 0) ? { categories, categoryTypes } : { categories };
}

/** Texts as one array of UTF-8 bytes and the offsets of each. */
function decodeNames(encoding: Field, offsetsField: Field): CategoryNames {
  const values = encoding.get("values");
  const bytes = Uint8Array.from(values.asIntegers(undefined, -128, 255));
  const offsets = offsetsField.asIntegers(undefined, 0, bytes.length);
  if (offsets.length === 0) return null;
  return Array.from({ length: offsets.length - 1 }, (_, i) => {
    if (offsets[i] > offsets[i + 1]) offsetsField.at(i + 1).fail(`at least ${offsets[i]}`);
    return decodeText(bytes, offsets[i], offsets[i + 1], `model field \`${values.path}\``);
  });
}

/** Unsigned integers are stored as signed ones of the same width. */
function decodeIntegerNames(field: Field, type: number): CategoryNames {
  const isUnsigned = type % 2 === 0;
  const width = 8 << ((type - FIRST_INTEGER_TYPE) >> 1);
  const values = field.asIntegers(undefined, -Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
  return Array.from(values, (value) => (isUnsigned && value < 0 ? value + 2 ** width : value));
}
