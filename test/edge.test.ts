// The edge entry: the same predictions as the whole library, in a bundle of a few kilobytes.

import { gzipSync } from "node:zlib";
import { rolldown } from "rolldown";
import { expect, test } from "vitest";
import { Booster } from "../src/booster/booster.ts";
import { loadModel, Predictor } from "../src/edge.ts";
import { caseNames, decodeFloats, readCase, TARGET_VERSION } from "./model/xgboost-cases.ts";

test("predicts what the whole library predicts", () => {
  for (const name of caseNames(TARGET_VERSION)) {
    const { ubj, data, expected } = readCase(TARGET_VERSION, name);
    const predictor = loadModel(ubj);
    expect(predictor).toBeInstanceOf(Predictor);
    expect(predictor).not.toBeInstanceOf(Booster);
    expect(predictor.predict(data)).toEqual(decodeFloats(expected.value));
  }
});

/** Size in bytes of a minified and zipped bundle that uses `names` of the edge entry. */
async function bundleSize(names: string): Promise<number> {
  const edge = new URL("../src/edge.ts", import.meta.url).pathname;
  const entry = {
    name: "entry",
    resolveId: (id: string) => (id === "entry" ? id : null),
    load: (id: string) => (id === "entry" ? `export ${names} from ${JSON.stringify(edge)};` : null),
  };
  const bundle = await rolldown({ input: "entry", plugins: [entry] });
  const { output } = await bundle.generate({ format: "esm", minify: true });
  expect(output).toHaveLength(1);
  for (const id of output[0].moduleIds) {
    expect(id).not.toMatch(/contributions|explainer|importance|dump|writer|encoder|train|sketch|histogram/);
  }
  return gzipSync(output[0].code, { level: 9 }).length;
}

test("is below 12 KiB for loading and predicting rows, below 15 KiB with tables and the compact form", async () => {
  expect(await bundleSize("{ loadModel }")).toBeLessThan(12 * 1024);
  expect(await bundleSize("{ loadCompactModel }")).toBeLessThan(10 * 1024);
  expect(await bundleSize("*")).toBeLessThan(15 * 1024);
});
