import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { loadModel } from "../../src/booster/booster.ts";
import { CoppiceError } from "../../src/core/errors.ts";
import { DMatrix } from "../../src/data/dmatrix.ts";
import type { ServeHandler } from "../../src/serve/http/handler.ts";
import { checkTokens } from "../../src/serve/http/tokens.ts";
import type { InferenceHost } from "../../src/serve/inference-host.ts";
import type { ModelStore } from "../../src/serve/repository.ts";
import { call, handlerOf, makeRows, matrixInput, reloaded, serveBoth, trainNumbers } from "./serving.ts";

const { trees, numbers, handler } = await serveBoth();

const infer = "/v2/models/numbers/infer";
const good = { inputs: [matrixInput([[1, 2]])] };

describe("addresses", () => {
  test("those of the protocol answer with JSON", async () => {
    expect((await call(handler, "GET", "/v2")).json).toMatchObject({ name: "coppice" });
    expect((await call(handler, "GET", "/v2/health/live")).json).toEqual({ live: true });
    expect((await call(handler, "GET", "/v2/health/ready")).json).toEqual({ ready: true });
    expect((await call(handler, "GET", "/v2/models/trees/ready")).json).toEqual({
      name: "trees",
      ready: true,
    });
    const { json } = await call(handler, "GET", "/v2/models/trees/versions/1");
    expect(json).toMatchObject({ name: "trees", versions: ["1"], platform: "coppice_xgboost" });
    expect(
      json.inputs.map((input: { name: string; datatype: string }) => [input.name, input.datatype]),
    ).toEqual([
      ["height", "FP32"],
      ["slope", "FP32"],
      ["colour", "BYTES"],
    ]);
  });

  test("unknown ones are 404, known ones asked in another way 405, always with an error in JSON", async () => {
    for (const path of [
      "/nope",
      "/v2/models/nope",
      "/v2/models/nope/infer",
      "/v2/models/trees/versions/9",
      "/v2/models/%2e%2e%2fetc",
    ]) {
      const method = path.endsWith("infer") ? "POST" : "GET";
      const { status, json } = await call(handler, method, path, method === "POST" ? good : undefined);
      expect([path, status, typeof json.error]).toEqual([path, 404, "string"]);
    }
    const { status, headers, json } = await call(handler, "DELETE", "/v2/models/trees");
    expect([status, headers.get("allow"), typeof json.error]).toEqual([405, "GET", "string"]);
  });

  test("a page without foreign parts, and a description of all addresses", async () => {
    const page = await call(handler, "GET", "/");
    expect(page.headers.get("content-security-policy")).toContain("default-src 'self'");
    expect(new TextDecoder().decode(page.bytes)).not.toMatch(/https?:\/\//);
    const { json } = await call(handler, "GET", "/openapi.json");
    expect(Object.keys(json.paths)).toContain("/v2/models/{model}/versions/{version}/infer");
    const references = JSON.stringify(json).match(/#\/components\/schemas\/\w+/g) ?? [];
    for (const reference of references)
      expect(json.components.schemas).toHaveProperty(reference.split("/")[3]);
  });
});

describe("limits", () => {
  test("a body over the limit is 413, said or not, packed or not", async () => {
    const small = await handlerOf({ numbers }, { limits: { maxBodyBytes: 2000 } });
    const long = JSON.stringify({ ...good, id: "x".repeat(3000) });
    expect((await call(small, "POST", infer, long)).status).toBe(413);
    const said = await call(small, "POST", infer, "{}", { "content-length": "3000" });
    expect(said.status).toBe(413);
    const bomb = gzipSync(Buffer.from(JSON.stringify({ ...good, id: "x".repeat(5_000_000) })));
    const packed = await call(small, "POST", infer, new Uint8Array(bomb), { "content-encoding": "gzip" });
    expect(bomb.length).toBeLessThan(10_000);
    expect(packed.status).toBe(413);
  });

  test("gzip is unpacked, another encoding is 415, damaged gzip is 400", async () => {
    const bytes = new Uint8Array(gzipSync(Buffer.from(JSON.stringify(good))));
    const gzip = { "content-encoding": "gzip" };
    expect((await call(handler, "POST", infer, bytes, gzip)).status).toBe(200);
    expect((await call(handler, "POST", infer, bytes.subarray(0, 30), gzip)).status).toBe(400);
    expect((await call(handler, "POST", infer, bytes, { "content-encoding": "br" })).status).toBe(415);
  });

  test("too many rows are 413", async () => {
    const few = await handlerOf({ numbers }, { limits: { maxRows: 2 } });
    const { status } = await call(few, "POST", infer, {
      inputs: [
        matrixInput([
          [1, 2],
          [3, 4],
          [5, 6],
        ]),
      ],
    });
    expect(status).toBe(413);
  });

  test("an answer that would be too long is 413 before it is computed", async () => {
    const count = 1_800_000;
    const values = new Uint8Array(new Float32Array(2 * count).buffer);
    const input = {
      name: "input",
      shape: [count, 2],
      datatype: "FP32",
      parameters: { binary_data_size: values.length },
    };
    const outputs = [{ name: "contributions" }, { name: "leaf" }, { name: "margin" }, { name: "predict" }];
    const header = new TextEncoder().encode(JSON.stringify({ inputs: [input], outputs: outputs }));
    const body = new Uint8Array(Buffer.concat([header, values]));
    const length = { "inference-header-content-length": String(header.length) };
    const large = await handlerOf({ numbers }, { limits: { maxRows: 2_000_000 } });
    const { status, json } = await call(large, "POST", infer, body, length);
    expect([status, json.error]).toEqual([413, expect.stringMatching(/at most 16777216 values/)]);
  });

  test("what is more than the server takes on is 429 with Retry-After, and what it took on is answered", async () => {
    const open: (() => void)[] = [];
    const host: InferenceHost = {
      run: () =>
        new Promise((resolve) => {
          open.push(() =>
            resolve({
              body: Uint8Array.of(123, 125),
              headerLength: undefined,
              rowCount: 0,
              counts: undefined,
            }),
          );
        }),
      runBlock: () => Promise.reject(new Error("no block is expected")),
      retire: () => {},
      close: async () => {},
    };
    const busy = await handlerOf({ numbers }, { host, limits: { maxRequests: 3 } });
    const rows = Array.from({ length: 20_000 }, () => [1, 2]);
    const calls = Array.from({ length: 5 }, () => call(busy, "POST", infer, { inputs: [matrixInput(rows)] }));
    await expect.poll(() => open.length).toBe(3);
    for (const answer of open) answer();
    const answers = await Promise.all(calls);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 429, 429]);
    expect(answers.find(({ status }) => status === 429)?.headers.get("retry-after")).toBe("1");
    expect(busy.inFlight).toBe(0);
  });

  test("a process that has fallen behind refuses requests, and answers again when it has caught up", async () => {
    let isBehind = true;
    const late = await handlerOf({ numbers }, { isBehind: () => isBehind });
    expect((await call(late, "POST", infer, good)).status).toBe(429);
    expect((await call(late, "GET", "/v2/health/ready")).status).toBe(200);
    isBehind = false;
    expect((await call(late, "POST", infer, good)).status).toBe(200);
  });

  test("a request that takes too long is 503", async () => {
    const host: InferenceHost = {
      run: (_, __, signal) =>
        new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
      runBlock: () => Promise.reject(new Error("no block is expected")),
      retire: () => {},
      close: async () => {},
    };
    const slow = await handlerOf({ numbers }, { host, limits: { timeoutMs: 20 } });
    const rows = Array.from({ length: 20_000 }, () => [1, 2]);
    const { status, json } = await call(slow, "POST", infer, { inputs: [matrixInput(rows)] });
    expect([status, json.error]).toEqual([503, "the request took longer than 20 ms"]);
  });
});

describe("access", () => {
  test("a token is asked for everywhere but at probes and the page", async () => {
    const closed = await handlerOf({ numbers }, { tokens: ["first", "second"] });
    expect((await call(closed, "POST", infer, good)).status).toBe(401);
    expect((await call(closed, "GET", "/metrics")).status).toBe(401);
    expect((await call(closed, "GET", "/nope")).status).toBe(401);
    for (const path of ["/v2/health/live", "/v2/health/ready", "/", "/openapi.json"]) {
      expect((await call(closed, "GET", path)).status).toBe(200);
    }
    for (const token of ["first", "second"]) {
      expect((await call(closed, "POST", infer, good, { authorization: `Bearer ${token}` })).status).toBe(
        200,
      );
    }
    for (const wrong of ["Bearer firs", "Bearer firstt", "Bearer ", "Basic first", "first"]) {
      expect((await call(closed, "POST", infer, good, { authorization: wrong })).status).toBe(401);
    }
  });

  test("comparing takes the same work however much of a token is right", () => {
    const secret = "s".repeat(64);
    const check = checkTokens([secret]);
    // Every character that is given is looked at: counted, because time on a shared machine says little.
    expect(check(`Bearer ${secret}`)).toBe(true);
    expect(check(`Bearer ${"s".repeat(63)}x`)).toBe(false);
    expect(check(`Bearer ${secret}${secret}`)).toBe(false);
    expect(check(`Bearer x${"s".repeat(63)}`)).toBe(false);
    expect(() => checkTokens([""])).toThrow(CoppiceError);
  });

  test("pages of other origins may call only when they are allowed", async () => {
    const origin = { origin: "https://page.example" };
    expect(
      (await call(handler, "GET", "/v2", undefined, origin)).headers.get("access-control-allow-origin"),
    ).toBeNull();
    const open = await handlerOf({ numbers }, { corsOrigins: ["https://page.example"] });
    const answer = await call(open, "GET", "/v2", undefined, origin);
    expect(answer.headers.get("access-control-allow-origin")).toBe("https://page.example");
  });

  test("an unexpected error says nothing of the inside, and is logged", async () => {
    const events: unknown[] = [];
    const host: InferenceHost = {
      run: () => Promise.reject(new Error("cannot open /secret/path")),
      runBlock: () => Promise.reject(new Error("no block is expected")),
      retire: () => {},
      close: async () => {},
    };
    const broken = await handlerOf({ numbers }, { host, onRequest: (event) => events.push(event) });
    const rows = Array.from({ length: 20_000 }, () => [1, 2]);
    const { status, json } = await call(broken, "POST", infer, { inputs: [matrixInput(rows)] });
    expect([status, json]).toEqual([500, { error: "internal error" }]);
    expect(String((events[0] as { error: unknown }).error)).toContain("/secret/path");
  });
});

describe("the repository", () => {
  function changingStore(): { store: ModelStore; files: Map<string, Map<string, Uint8Array>> } {
    const files = new Map<string, Map<string, Uint8Array>>();
    const list: ModelStore["list"] = async () =>
      [...files].map(([name, versions]) => ({
        name,
        versions: [...versions].map(([version, bytes]) => ({ version, read: async () => bytes })),
      }));
    return { store: { list }, files };
  }
  const load = (h: ServeHandler, name: string) => call(h, "POST", `/v2/repository/models/${name}/load`, {});

  test("load, unload and the index tell the truth, and one name does not touch another", async () => {
    const { store, files } = changingStore();
    files.set("m", new Map([["1", numbers.toBytes("ubj")]]));
    files.set("other", new Map([["1", trees.toBytes("ubj")]]));
    const own = await handlerOf(store);
    files.set("late", new Map([["1", numbers.toBytes("ubj")]]));
    const index = async () => (await call(own, "POST", "/v2/repository/index", {})).json;
    expect((await index()).map((e: { name: string; state: string }) => `${e.name} ${e.state}`)).toEqual([
      "late UNAVAILABLE",
      "m READY",
      "other READY",
    ]);
    expect((await load(own, "late")).status).toBe(200);
    expect((await call(own, "POST", "/v2/repository/models/m/unload", {})).status).toBe(200);
    expect((await call(own, "GET", "/v2/models/m/ready")).status).toBe(404);
    expect((await call(own, "POST", "/v2/models/m/infer", good)).json.error).toMatch(
      /is not loaded: unloaded/,
    );
    expect((await call(own, "GET", "/v2/health/ready")).status).toBe(200);
    expect((await call(own, "GET", "/v2/models/other/ready")).status).toBe(200);
    expect((await load(own, "nope")).status).toBe(404);
    expect((await call(own, "POST", "/v2/repository/models/nope/unload")).status).toBe(404);
    const ready = await call(own, "POST", "/v2/repository/index", { ready: true });
    expect(ready.json.map((entry: { name: string }) => entry.name)).toEqual(["late", "other"]);
  });

  test("versions are asked by number, the latest without one; a load that fails keeps what was there", async () => {
    const { store, files } = changingStore();
    const second = await trainNumbers(9);
    files.set(
      "m",
      new Map([
        ["10", second.toBytes("json")],
        ["2", numbers.toBytes("json")],
      ]),
    );
    const own = await handlerOf(store);
    const ask = async (version: string) => {
      const { json } = await call(own, "POST", `/v2/models/m${version}/infer`, good);
      return [json.model_version, json.outputs[0].data[0]];
    };
    const data = DMatrix.fromRows([[1, 2]]);
    expect(await ask("")).toEqual(["10", second.predict(data)[0]]);
    expect(await ask("/versions/2")).toEqual(["2", numbers.predict(data)[0]]);
    files.set("m", new Map([["11", new TextEncoder().encode('{"learner":')]]));
    const failed = await load(own, "m");
    expect(failed.status).toBe(400);
    expect(await ask("")).toEqual(["10", second.predict(data)[0]]);
    expect((await call(own, "POST", "/v2/repository/index")).json[0].reason).toMatch(/last load failed/);
    files.set("m", new Map([["11", numbers.toBytes("json")]]));
    expect((await load(own, "m")).status).toBe(200);
    expect(await ask("")).toEqual(["11", numbers.predict(data)[0]]);
  });

  test("models come from the store alone, never from a request", async () => {
    const { status, json } = await call(handler, "POST", "/v2/repository/models/trees/load", {
      parameters: { "file:1/model.json": "e30=" },
    });
    expect([status, json.error]).toEqual([
      400,
      "models are loaded from the server's own store, never from a request",
    ]);
  });

  test("every answer under swaps is wholly of one version", async () => {
    const { store, files } = changingStore();
    const versions = [numbers, await trainNumbers(9), await trainNumbers(10)];
    const expected = versions.map((booster) =>
      [
        ...reloaded(booster).predict(
          DMatrix.fromRows([
            [1, 2],
            [3, 4],
          ]),
        ),
      ].join(),
    );
    files.set("m", new Map([["1", versions[0].toBytes("ubj")]]));
    const own = await handlerOf(store, { batching: { maxRows: 16, maxDelayMs: 2 } });
    const request = {
      inputs: [
        matrixInput([
          [1, 2],
          [3, 4],
        ]),
      ],
    };
    const answers = [];
    for (let i = 0; i < 60; i++) {
      if (i % 5 === 0) {
        files.set("m", new Map([[String(i + 1), versions[(i / 5) % 3].toBytes("ubj")]]));
        answers.push(load(own, "m"));
      }
      answers.push(call(own, "POST", "/v2/models/m/infer", request));
    }
    for (const { status, json } of await Promise.all(answers)) {
      expect(status).toBe(200);
      if (json.model_version === undefined) continue;
      const version = Number(json.model_version);
      expect(json.outputs[0].data.join()).toBe(expected[((version - 1) / 5) % 3]);
    }
  });
});

describe("batching", () => {
  test("each request gets its own rows, and a bad one fails alone", async () => {
    const batched = await handlerOf({ trees }, { batching: { maxRows: 64, maxDelayMs: 5 } });
    const rows = makeRows(40, 11);
    const requests = rows.map((row, i) =>
      call(batched, "POST", "/v2/models/trees/infer", {
        inputs: [matrixInput(i === 17 ? [[1, 2, -5]] : [row])],
        outputs: i % 2 ? [{ name: "margin" }] : [{ name: "predict" }, { name: "class" }],
        id: String(i),
      }),
    );
    const answers = await Promise.all(requests);
    const booster = loadModel(trees.toBytes("ubj"));
    answers.forEach(({ status, json }, i) => {
      expect(status).toBe(i === 17 ? 400 : 200);
      if (i === 17) return;
      const data = DMatrix.fromRows([rows[i]]);
      expect(json.id).toBe(String(i));
      const kind = i % 2 ? "margin" : "value";
      expect(Float32Array.from(json.outputs[0].data)).toEqual(booster.predict(data, { kind }));
      if (i % 2 === 0) expect(json.outputs[1].data).toEqual(booster.predictLabels(data));
    });
  });
});
