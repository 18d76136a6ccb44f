// `coppice drift` on small tables, and the profile that `coppice train` leaves in a model.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { uniform } from "../../src/core/random.ts";
import { loadModel } from "../../src/node/files/model-files.ts";
import { coppice } from "./run.ts";

let folder: string;
const path = (name: string) => join(folder, name);

function write(name: string, seed: number, shift: number, colours: readonly string[]): void {
  const lines = ["height,weight,colour,label"];
  for (let row = 0; row < 800; row++) {
    const draw = (stream: number) => uniform(seed, stream, 0, 0, row);
    const [height, weight] = [10 * draw(0), 5 * draw(1)];
    lines.push(
      [height + shift, weight, colours[Math.floor(draw(2) * colours.length)], height + weight].join(","),
    );
  }
  writeFileSync(path(name), `${lines.join("\n")}\n`);
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "coppice-drift-"));
  write("train.csv", 1, 0, ["red", "green"]);
  write("same.csv", 2, 0, ["red", "green"]);
  write("moved.csv", 3, 4, ["red", "red", "red", "green"]);
  const train = ["train", "--data", path("train.csv"), "--label", "label", "--rounds", "5"];
  for (const [model, ...flags] of [["m.json"], ["bare.json", "--no-profile"]]) {
    const { code, err } = await coppice(...train, "--model", path(model), ...flags);
    if (code !== 0) throw new Error(err);
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const drift = (data: string, ...flags: string[]) =>
  coppice("drift", "--model", path("m.json"), "--data", path(data), "--label", "label", ...flags);

test("a table like the training rows is unchanged, the columns that moved are named first", async () => {
  const same = JSON.parse((await drift("same.csv", "--json")).out);
  const indices = [...same.features, ...same.predictions].map((column) => column.stabilityIndex);
  expect(Math.max(...indices)).toBeLessThan(0.1);
  const { out, code } = await drift("moved.csv", "--top", "3", "--figure", path("drift.svg"));
  expect(code).toBe(0);
  expect(
    out
      .split("\n")
      .slice(3, 6)
      .map((line) => line.split(/\s+/)[0])
      .sort(),
  ).toEqual(["colour", "height", "predict"]);
  expect(out).toMatch(/^height .* changed$/m);
  expect(out).toContain("and 1 columns that moved less");
  expect(readFileSync(path("drift.svg"), "utf8")).toMatch(/^<svg[\s\S]*height[\s\S]*<\/svg>\s*$/);
});

test("--no-profile leaves the attribute out and nothing else changes", async () => {
  const [full, bare] = [await loadModel(path("m.json")), await loadModel(path("bare.json"))];
  expect(Object.keys(full.model.attributes)).toEqual(["coppice_training_profile"]);
  expect(bare.model).toEqual({ ...full.model, attributes: {} });
});

test("a model without a profile is refused with what would write one", async () => {
  const { code, err } = await coppice("drift", "--model", path("bare.json"), "--data", path("same.csv"));
  expect(code).toBe(1);
  expect(err).toMatch(/carries no training profile; `coppice train`/);
});
