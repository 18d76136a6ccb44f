// Writing: byte for byte the files of XGBoost 3.4.1, or on request files that older versions understand.

import { describe, expect, test } from "vitest";
import { loadModel } from "../../src/booster/booster.ts";
import { readModel } from "../../src/model/model-reader.ts";
import { writeModel } from "../../src/model/model-writer.ts";
import { caseNames, readCase, TARGET_VERSION } from "./xgboost-cases.ts";

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

describe(`a model of XGBoost ${TARGET_VERSION}`, () => {
  for (const name of caseNames(TARGET_VERSION)) {
    const { json, ubj } = readCase(TARGET_VERSION, name);

    test(`${name} read and written is the same JSON`, () => {
      expect(text(writeModel(readModel(json), "json"))).toBe(text(json));
      expect(text(writeModel(readModel(ubj), "json"))).toBe(text(json));
    });

    test(`${name} read and written is the same UBJSON`, () => {
      expect(writeModel(readModel(ubj), "ubj")).toEqual(ubj);
      expect(writeModel(readModel(json), "ubj")).toEqual(ubj);
    });
  }
});

describe('a file for readers since XGBoost 1.7 (compatibility "xgboost-1.7")', () => {
  const older = (name: string) => {
    const { json, data } = readCase(TARGET_VERSION, name);
    const booster = loadModel(json);
    const bytes = booster.toBytes("json", { compatibility: "xgboost-1.7" });
    return { booster, data, bytes, file: JSON.parse(text(bytes)) };
  };

  for (const name of caseNames(TARGET_VERSION)) {
    if (["multi-target", "quantile"].includes(name)) continue;
    test(`${name} means the same and has one base score`, () => {
      const { booster, data, bytes, file } = older(name);
      expect(file.learner.learner_model_param.base_score).toMatch(/^-?[0-9.]+E-?[0-9]+$/);
      // Names of categories do not fit into such a file, so their codes must already be the model's.
      const options = { kind: "margin", strict: false } as const;
      if (name === "category-names") return;
      expect(loadModel(bytes).predict(data, options)).toEqual(booster.predict(data, options));
      const ubj = loadModel(booster.toBytes("ubj", { compatibility: "xgboost-1.7" }));
      expect(ubj.predict(data, options)).toEqual(booster.predict(data, options));
    });
  }

  test("different base scores go into a first round of constant trees", () => {
    const { booster, bytes } = older("softprob");
    const again = loadModel(bytes);
    expect(again.roundCount).toBe(booster.roundCount + 1);
    expect(again.model.baseScore).toEqual(Float32Array.of(0));
    expect(again.model.trees[1].leafValue).toEqual(booster.model.baseScore.slice(1, 2));
    const noted = booster.withAttributes({ best_iteration: "1" });
    const written = loadModel(noted.toBytes("json", { compatibility: "xgboost-1.7" }));
    expect(written.bestIteration).toBe(2);
  });

  test("dart has the layout of its time", () => {
    const { file } = older("dart-regression");
    expect(Object.keys(file.learner.gradient_booster)).toEqual(["gbtree", "name", "weight_drop"]);
    expect(file.learner.gradient_booster.name).toBe("dart");
  });

  test("is refused where several base scores have nowhere to go", () => {
    for (const name of ["multi-target", "quantile"]) {
      const { json } = readCase(TARGET_VERSION, name);
      const write = () => loadModel(json).toBytes("json", { compatibility: "xgboost-1.7" });
      expect(write).toThrow("one base score");
    }
  });
});

test("unknown formats are refused", () => {
  const model = readModel(readCase(TARGET_VERSION, "regression").json);
  expect(() => writeModel(model, "xml" as "json")).toThrow('got "xml"');
  const compatibility = "xgboost-0.9" as "xgboost-1.7";
  expect(() => writeModel(model, "json", { compatibility })).toThrow('got "xgboost-0.9"');
});

test("a growing model that is written again and again comes out as if it were written once", () => {
  for (const name of caseNames(TARGET_VERSION)) {
    const model = readModel(readCase(TARGET_VERSION, name).ubj);
    if (model.linearWeights !== null) continue;
    const written = new WeakMap();
    for (const round of [1, 2, model.roundOffsets.length - 1]) {
      const treeCount = model.roundOffsets[Math.min(round, model.roundOffsets.length - 1)];
      const part = {
        ...model,
        trees: model.trees.slice(0, treeCount),
        treeGroup: model.treeGroup.slice(0, treeCount),
        roundOffsets: model.roundOffsets.slice(0, round + 1),
        treeWeights: model.treeWeights?.slice(0, treeCount) ?? null,
      };
      expect(writeModel(part, "ubj", { written })).toEqual(writeModel(part, "ubj"));
    }
    // For JSON nothing is kept.
    expect(writeModel(model, "json", { written })).toEqual(writeModel(model, "json"));
  }
});
