// Reading models: older layouts mean the same, and a damaged file is refused with its place, never
// half read.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { loadModel } from "../../src/booster/booster.ts";
import { CoppiceError } from "../../src/core/errors.ts";
import { readModel } from "../../src/model/model-reader.ts";
import { caseNames, readCase, readFixture, TARGET_VERSION, versions } from "./xgboost-cases.ts";

const SEED = 20250105;
// biome-ignore lint/suspicious/noExplicitAny: tests change any field of a parsed model file
type Loose = any;

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

/** A model file of XGBoost as an object, changed by `change`, as text. Only for files without NaN. */
function changed(
  name: string,
  change: (file: Loose, model: Loose) => void,
  version = TARGET_VERSION,
): string {
  const file = JSON.parse(text(readCase(version, name).json));
  change(file, file.learner.gradient_booster.model);
  return JSON.stringify(file);
}

function errorOf(action: () => unknown): CoppiceError {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(CoppiceError);
    return error as CoppiceError;
  }
  throw new Error("nothing was thrown");
}

describe("the same model from another layout", () => {
  const { json } = readCase(TARGET_VERSION, "softmax");
  // JSON.stringify, which writes changed files, has no negative zero.
  const model = readModel(changed("softmax", () => {}));

  test("JSON, its text and UBJSON", () => {
    expect(readModel(text(json))).toEqual(readModel(json));
    expect(readModel(readCase(TARGET_VERSION, "softmax").ubj)).toEqual(readModel(json));
  });

  test("without round offsets", () => {
    expect(readModel(changed("softmax", (_, forest) => delete forest.iteration_indptr))).toEqual(model);
  });

  test("with booleans for default directions, and -1 above the root", () => {
    const other = changed("softmax", (_, forest) => {
      for (const tree of forest.trees) {
        tree.default_left = tree.default_left.map(Boolean);
        tree.parents[0] = -1;
      }
    });
    expect(readModel(other)).toEqual(model);
  });

  test("without what readers may do without", () => {
    const other = changed("softmax", (file, forest) => {
      delete file.version;
      delete file.learner.feature_names;
      delete file.learner.feature_types;
      delete file.learner.learner_model_param.num_target;
      delete file.learner.learner_model_param.boost_from_average;
      delete forest.cats;
      file.extra = { deep: [[{}]] };
      for (const tree of forest.trees) {
        for (const key of Object.keys(tree)) if (key.startsWith("categor")) delete tree[key];
        delete tree.split_type;
        delete tree.tree_param;
      }
    });
    expect(readModel(other)).toEqual(model);
  });

  test("wrapped together with a configuration", () => {
    expect(readModel(`{"Config":{},"Model":${text(json)}}`)).toEqual(readModel(json));
  });

  test("a base score as number, text or list", () => {
    for (const score of [0.25, "2.5E-1", "[2.5E-1]", "[2.5E-1,2.5E-1,2.5E-1]"]) {
      const other = readModel(
        changed("softmax", (file) => {
          file.learner.learner_model_param.base_score = score;
        }),
      );
      expect(new Set(other.baseScore)).toEqual(new Set([0.25]));
    }
  });
});

describe("a file that is cut off", () => {
  test.each(["json", "ubj"] as const)("is refused at every length (%s)", (format) => {
    const bytes = readCase(TARGET_VERSION, "categorical")[format];
    for (let length = 0; length < bytes.length; length += length < 300 ? 1 : 37) {
      const error = errorOf(() => readModel(bytes.subarray(0, length)));
      expect(error.code).toBe("INVALID_MODEL");
      expect(error.details.offset).toBeLessThanOrEqual(length);
    }
  });
});

describe("a file with altered bytes", () => {
  test.each(["json", "ubj"] as const)("is refused, or is a model that predicts (%s)", (format) => {
    const cases = ["categorical", "category-names", "dart", "gblinear", "pruned"].map((name) =>
      readCase(TARGET_VERSION, name),
    );
    const change = fc.tuple(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), fc.nat(255));
    fc.assert(
      fc.property(
        fc.constantFrom(...cases),
        fc.array(change, { minLength: 1, maxLength: 4 }),
        (one, changes) => {
          const bytes = one[format].slice();
          for (const [place, byte] of changes) bytes[Math.floor(place * bytes.length)] = byte;
          try {
            const booster = loadModel(bytes);
            if (booster.model.featureCount > 1000) return;
            booster.predict(one.data, { kind: "margin", strict: false });
          } catch (error) {
            expect(error).toBeInstanceOf(CoppiceError);
            expect(["INVALID_MODEL", "UNSUPPORTED", "INVALID_DATA"]).toContain((error as CoppiceError).code);
          }
        },
      ),
      { seed: SEED, numRuns: 3000 },
    );
  });
});

describe("a field that breaks its rule is named", () => {
  const forest = "learner.gradient_booster.model";
  const tree = `${forest}.trees[0]`;
  const damages: [string, (file: Loose, forest: Loose, tree: Loose) => void, string][] = [
    ["no learner", (file) => delete file.learner, "`learner` is missing"],
    ["no objective", (file) => delete file.learner.objective, "`learner.objective` is missing"],
    ["unknown booster", (file) => (file.learner.gradient_booster.name = "gbforest"), "gradient_booster.name"],
    ["text for a number", (_, __, t) => (t.split_conditions[2] = "x"), `${tree}.split_conditions[2]`],
    ["short array", (_, __, t) => t.sum_hessian.pop(), `${tree}.sum_hessian`],
    ["child too large", (_, __, t) => (t.left_children[0] = 999), `${tree}.left_children[0]`],
    ["fraction", (_, __, t) => (t.left_children[0] = 1.5), `${tree}.left_children[0]`],
    ["cycle", (_, __, t) => (t.left_children[2] = 0), `${tree}.left_children[2]`],
    ["child of two", (_, __, t) => (t.right_children[0] = t.left_children[0]), `${tree}.right_children[0]`],
    [
      "half a leaf",
      (_, __, t) => (t.right_children[t.left_children.length - 1] = 1),
      `${tree}.right_children`,
    ],
    ["wrong parent", (_, __, t) => (t.parents[1] = 2), `${tree}.parents[1]`],
    ["feature too large", (_, __, t) => (t.split_indices[0] = 3), `${tree}.split_indices[0]`],
    ["bad default", (_, __, t) => (t.default_left[0] = 2), `${tree}.default_left[0]`],
    ["node count", (_, __, t) => (t.tree_param.num_nodes = "4"), `${tree}.`],
    ["no categories", (_, __, t) => delete t.categories, `${tree}.categories\` is missing`],
    ["category too large", (_, __, t) => (t.categories[0] = 2 ** 24), `${tree}.categories[0]`],
    ["category range", (_, __, t) => (t.categories_sizes[0] = 99), `${tree}.categories_sizes[0]`],
    [
      "overlapping",
      (_, __, t) => (t.categories_segments[0] = t.categories.length),
      `${tree}.categories_segments`,
    ],
    ["group", (_, f) => (f.tree_info[1] = 1), `${forest}.tree_info[1]`],
    ["rounds", (_, f) => (f.iteration_indptr[1] = 3), `${forest}.iteration_indptr`],
    ["rounds fall", (_, f) => (f.iteration_indptr = [0, 2, 1, 3]), `${forest}.iteration_indptr`],
    ["weights", (_, f) => (f.weight_drop = [1]), `${forest}.weight_drop`],
    ["base score", (file) => (file.learner.learner_model_param.base_score = "[x]"), "base_score"],
    ["no base score", (file) => (file.learner.learner_model_param.base_score = "NaN"), "base_score"],
    ["base scores", (file) => (file.learner.learner_model_param.base_score = "[1E0,2E0]"), "base_score"],
    ["feature count", (file) => (file.learner.learner_model_param.num_feature = "-1"), "num_feature"],
    ["names", (file) => (file.learner.feature_names = ["a"]), "learner.feature_names"],
    ["types", (file) => (file.learner.feature_types = ["c", "x", "q"]), "learner.feature_types[1]"],
    ["attribute", (file) => (file.learner.attributes.a = 1), "learner.attributes.a"],
    ["dictionaries", (_, f) => (f.cats.enc = [{}]), `${forest}.cats.enc`],
  ];
  test.each(damages)("%s", (_, damage, place) => {
    const source = changed("categorical", (file, model) => damage(file, model, model.trees[0]));
    const error = errorOf(() => readModel(source));
    expect(error.code).toBe("INVALID_MODEL");
    expect(error.message).toContain(place);
  });

  test("dictionaries with offsets beyond the text, types and bytes that are none", () => {
    const named = (change: (enc: Loose) => void) =>
      errorOf(() => readModel(changed("category-names", (_, model) => change(model.cats.enc)))).message;
    expect(named((enc) => (enc[0].offsets[1] = 99))).toContain("cats.enc[0].offsets[1]");
    expect(named((enc) => (enc[0].offsets[1] = 15))).toContain("cats.enc[0].offsets[2]");
    expect(named((enc) => (enc[0].values[0] = -1))).toContain("values` has text that is not UTF-8 at byte 0");
    expect(named((enc) => (enc[1].type = 7))).toContain("cats.enc[1].type");
  });
});

test("what is no model at all is told by its first bytes", () => {
  expect(() => readModel(new Uint8Array(0))).toThrow("it is empty");
  expect(() => readModel("binf\0\0")).toThrow("begins with the bytes 62 69 6e 66 00 00");
  expect(() => readModel("[1]")).toThrow("beginning with {");
  expect(() => readModel("{}")).toThrow("`learner` is missing");
  expect(() => readModel(5 as unknown as string)).toThrow("Uint8Array or as text");
});

test("a Buffer, whose slices are no copies, reads like its bytes", () => {
  const { ubj } = readCase(TARGET_VERSION, "category-names");
  // In the middle of a larger memory, as small Buffers are.
  const buffer = Buffer.concat([Buffer.alloc(13), ubj]).subarray(13);
  expect(readModel(buffer)).toEqual(readModel(new Uint8Array(ubj)));
});

test("trees with vector leaves are refused as not supported", () => {
  const error = errorOf(() => readModel(readFixture(TARGET_VERSION, "vector-leaf.json")));
  expect(error.code).toBe("UNSUPPORTED");
  expect(error.message).toContain("vector leaves");
});

test("JSON and UBJSON of every version are the same model", () => {
  for (const version of versions) {
    for (const name of caseNames(version)) {
      const { json, ubj } = readCase(version, name);
      expect(readModel(ubj)).toEqual(readModel(json));
    }
  }
});
