import * as ort from "onnxruntime-web";
import { expect, test } from "vitest";
import { MessageWriter } from "../../bench/onnx/protobuf.ts";
import { toOnnx } from "../../bench/onnx/tree-ensemble.ts";
import { makeClasses } from "../../bench/tables/generated.ts";
import { DMatrix } from "../../src/data/dmatrix.ts";
import { trainBooster } from "../../src/training/train.ts";

const FEATURES = 6;

function makeData(classCount: number): { data: DMatrix; values: Float32Array } {
  const { rowCount, label, values } = makeClasses(400, classCount, FEATURES);
  const holed = (values as Float32Array).map((value, i) => (i % 11 === 0 ? NaN : value));
  return { data: DMatrix.fromDense(holed, { rowCount, featureCount: FEATURES, label }), values: holed };
}

test("onnxruntime-web predicts from the ONNX form what the model predicts, missing values included", async () => {
  const { data, values } = makeData(4);
  const parameters = { objective: "multi:softprob", numClass: 4, maxDepth: 4 };
  const { booster } = await trainBooster(parameters, data, { rounds: 6 });
  const session = await ort.InferenceSession.create(toOnnx(booster.model), { executionProviders: ["wasm"] });
  const { probabilities } = await session.run({ X: new ort.Tensor("float32", values, [400, FEATURES]) });
  const own = booster.predict(data);
  const other = probabilities.data as Float32Array;
  expect(other.length).toBe(own.length);
  const largest = own.reduce((max, value, i) => Math.max(max, Math.abs(value - other[i])), 0);
  expect(largest).toBeLessThan(2e-6);
});

test("a model of another objective is refused", async () => {
  const { data } = makeData(2);
  const { booster } = await trainBooster({ objective: "binary:logistic" }, data, { rounds: 1 });
  expect(() => toOnnx(booster.model)).toThrow("multi:softprob");
});

test("a message is tags, lengths and payloads as the encoding guide shows them", () => {
  const inner = new MessageWriter().int(1, 150);
  const bytes = new MessageWriter().text(2, "testing").message(3, inner).ints(6, [3, 270, 86942]).finish();
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(" ");
  expect(hex).toBe("12 07 74 65 73 74 69 6e 67 1a 03 08 96 01 32 06 03 8e 02 9e a7 05");
});
