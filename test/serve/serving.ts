// What tests of the server share: small trained models in memory, and a handler that is called directly.

import { type Booster, loadModel } from "../../src/booster/booster.ts";
import { withTrainingProfile } from "../../src/booster/training-profile.ts";
import { uniform } from "../../src/core/random.ts";
import { DMatrix, type DMatrixInfo } from "../../src/data/dmatrix.ts";
import { createHandler, type ServeHandler } from "../../src/serve/http/handler.ts";
import type { HandlerOptions } from "../../src/serve/http/handler-options.ts";
import { ModelRepository, type ModelStore, memoryStore } from "../../src/serve/repository.ts";
import { trainBooster } from "../../src/training/train.ts";

export const colours: readonly string[] = ["red", "green", "blue"];
export const classes: readonly string[] = ["larch", "pine", "spruce"];

/** Rows of two numbers and a colour; some are missing. Keyed by `seed`. */
export function makeRows(rowCount: number, seed = 1): number[][] {
  return Array.from({ length: rowCount }, (_, row) => {
    const draw = (stream: number) => uniform(seed, stream, 0, 0, row);
    const colour = Math.floor(3 * draw(2));
    return [draw(4) < 0.1 ? NaN : 10 * draw(0) - 5, 100 * draw(1), draw(5) < 0.05 ? NaN : colour];
  });
}

function table(rows: number[][], info: DMatrixInfo): DMatrix {
  return DMatrix.fromRows(rows, {
    featureNames: ["height", "slope", "colour"],
    featureTypes: ["q", "q", "c"],
    categories: [null, null, colours],
    ...info,
  });
}

/** Three classes by name, categories, and the training profile. */
export async function trainTrees(seed = 1): Promise<Booster> {
  const rows = makeRows(600, seed);
  const label = rows.map(([a, b, c]) => (a > 0 ? 0 : c === 1 ? 1 : b > 50 ? 2 : 1));
  const data = table(rows, { label, labelClasses: classes });
  const { booster } = await trainBooster({ objective: "multi:softprob", numClass: 3, maxDepth: 3 }, data, {
    rounds: 4,
  });
  return withTrainingProfile(booster, data);
}

/** A regression on numbers without names. */
export async function trainNumbers(seed = 2): Promise<Booster> {
  const rows = makeRows(300, seed).map(([a, b]) => [a, b]);
  const data = DMatrix.fromRows(rows, { label: rows.map(([a, b]) => (Number.isNaN(a) ? 0 : a) + b / 10) });
  const { booster } = await trainBooster({ objective: "reg:squarederror", maxDepth: 3 }, data, { rounds: 5 });
  return booster;
}

/** The same booster as `memoryStore` will give it back. */
export function reloaded(booster: Booster): Booster {
  return loadModel(booster.toBytes("json"));
}

/** Both models, and a handler that serves them under these names. */
export async function serveBoth(): Promise<{ trees: Booster; numbers: Booster; handler: ServeHandler }> {
  const trees = reloaded(await trainTrees());
  const numbers = reloaded(await trainNumbers());
  return { trees, numbers, handler: await handlerOf({ trees, numbers }) };
}

export async function handlerOf(
  models: Readonly<Record<string, Booster>> | ModelStore,
  options: Omit<HandlerOptions, "repository"> = {},
): Promise<ServeHandler & { readonly repository: ModelRepository }> {
  const store = isStore(models)
    ? models
    : memoryStore(Object.fromEntries(Object.entries(models).map(([name, b]) => [name, b.toBytes("ubj")])));
  const repository = await ModelRepository.open(store);
  const handler = createHandler({ ...options, repository });
  return Object.assign(Object.create(handler), { repository, fetch: handler.fetch, drain: handler.drain });
}

function isStore(models: object): models is ModelStore {
  return typeof (models as Partial<ModelStore>).list === "function";
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into whatever JSON came
  readonly json: any;
  readonly bytes: Uint8Array;
}

/** Calls a handler; a body that is no text or bytes is sent as JSON. */
export async function call(
  handler: ServeHandler,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const isRaw = body === undefined || typeof body === "string" || body instanceof Uint8Array;
  const init: RequestInit = { method, headers };
  if (body !== undefined) init.body = isRaw ? (body as string) : JSON.stringify(body);
  const response = await handler.fetch(new Request(`http://server${path}`, init));
  const bytes = new Uint8Array(await response.arrayBuffer());
  const isJson = response.headers.get("content-type")?.startsWith("application/json");
  const json = isJson ? JSON.parse(new TextDecoder().decode(bytes)) : undefined;
  return { status: response.status, headers: response.headers, json, bytes };
}

/** A matrix input of the protocol in JSON. */
export function matrixInput(rows: readonly (readonly number[])[], name = "input"): Record<string, unknown> {
  const data = rows.flat().map((value) => (Number.isNaN(value) ? null : value));
  return { name, shape: [rows.length, rows[0]?.length ?? 0], datatype: "FP32", data };
}
