// Writing: byte for byte XGBoost's files.

import { describe, expect, test } from "vitest";
import { loadModel } from "../../src/booster/booster.ts";
import { readModel } from "../../src/model/model-reader.ts";
import { writeModel } from "../../src/model/model-writer.ts";
import { caseNames, readCase, TARGET_VERSION, versions } from "./xgboost-cases.ts";

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
