import { beforeAll, describe, expect, test } from "vitest";
import type { Booster } from "../../src/booster/booster.ts";
import { CoppiceError } from "../../src/core/errors.ts";
import { DMatrix } from "../../src/data/dmatrix.ts";
import { connect, type RemoteKind } from "../../src/serve/client/remote-booster.ts";
import type { ServeHandler } from "../../src/serve/http/handler.ts";
import { colours, handlerOf, makeRows, reloaded, trainNumbers, trainTrees } from "./serving.ts";

let trees: Booster;
let numbers: Booster;
let handler: ServeHandler;
const url = "http://server";

beforeAll(async () => {
  trees = reloaded(await trainTrees());
  numbers = reloaded(await trainNumbers());
  handler = await handlerOf({ trees, numbers }, { tokens: ["secret"] });
});

const viaHandler = (request: Request) => handler.fetch(request);
const options = { token: "secret", fetch: viaHandler };

describe("a remote booster", () => {
  test("predicts what the booster here predicts, of every kind", async () => {
    const remote = await connect(url, { ...options, model: "trees" });
    const data = DMatrix.fromRows(makeRows(70, 6));
    for (const kind of ["value", "margin", "class", "leaf", "contributions"] satisfies RemoteKind[]) {
      expect(await remote.predict(data, { kind })).toEqual(trees.predict(data, { kind }));
    }
    expect(remote.labelClasses).toEqual(trees.labelClasses);
    expect(remote.featureNames).toEqual(trees.featureNames);
  });

  test("codes categories as the model does, and refuses what the model does not know", async () => {
    const remote = await connect(url, { ...options, model: "trees" });
    const rows = makeRows(30, 8);
    const info = { featureNames: ["height", "slope", "colour"], featureTypes: ["q", "q", "c"] as const };
    const order = [...colours].reverse();
    const recoded = rows.map(([a, b, c]) => [a, b, 2 - c]);
    const data = DMatrix.fromRows(recoded, { ...info, categories: [null, null, order] });
    expect(await remote.predict(data)).toEqual(trees.predict(DMatrix.fromRows(rows)));
    const wrong = DMatrix.fromRows(rows, { featureNames: ["a", "b", "c"] });
    await expect(remote.predict(wrong)).rejects.toThrow(/feature names/);
  });

  test("streams a long table in blocks, in order", async () => {
    const remote = await connect(url, { ...options, model: "numbers" });
    const values = Float32Array.from({ length: 600_000 }, (_, i) => (i % 1000) / 10);
    const data = DMatrix.fromDense(values, { rowCount: 300_000, featureCount: 2 });
    const lengths: number[] = [];
    for await (const block of remote.predictBlocks(data)) lengths.push(block.length);
    expect(lengths).toEqual([131072, 131072, 37856]);
    expect(await remote.predict(data)).toEqual(numbers.predict(data));
    expect(await remote.predict(DMatrix.fromDense([], { rowCount: 0, featureCount: 2 }))).toEqual(
      new Float32Array(0),
    );
  });

  test("takes a table with fewer features as the booster does", async () => {
    const remote = await connect(url, { ...options, model: "numbers" });
    const data = DMatrix.fromRows([[1], [3]]);
    expect(await remote.predict(data)).toEqual(numbers.predict(data));
  });
});

describe("trouble", () => {
  test("a wrong token or model is told at once, with the server's reason", async () => {
    let calls = 0;
    const counted = {
      fetch: (request: Request) => {
        calls++;
        return handler.fetch(request);
      },
    };
    await expect(connect(url, { ...counted, model: "trees", token: "wrong" })).rejects.toThrow(
      /401: a bearer token/,
    );
    await expect(connect(url, { ...counted, model: "nope", token: "secret" })).rejects.toThrow(
      /no model "nope"/,
    );
    expect(calls).toBe(2);
    const refused = await connect(url, { ...counted, model: "nope", token: "secret" }).catch(
      (error) => error,
    );
    expect(refused).toMatchObject({ code: "INVALID_DATA", details: { status: 404, isFinal: true } });
    // What the server said, in full.
    expect(refused.cause).toMatchObject({ code: "INVALID_DATA", details: { status: 404 } });
    await expect(connect(url, options)).rejects.toThrow(/`model` must be one of the server's models/);
    await expect(connect("ftp://x", options)).rejects.toThrow(/`url`/);
  });

  test("busy and lost servers are tried again, at the next server", async () => {
    const asked: string[] = [];
    const flaky = async (request: Request): Promise<Response> => {
      const { host } = new URL(request.url);
      asked.push(host);
      if (host === "lost") throw new TypeError("connection refused");
      if (host === "busy") return Response.json({ error: "busy" }, { status: 429 });
      return handler.fetch(request);
    };
    const servers = ["http://lost", "http://busy", "http://good"];
    const remote = await connect(servers, { token: "secret", model: "numbers", fetch: flaky });
    const data = DMatrix.fromRows([[1, 2]]);
    expect(await remote.predict(data)).toEqual(numbers.predict(data));
    expect(asked).toEqual(["lost", "busy", "good", "lost", "busy", "good"]);
  });

  test("gives up after its retries, and at once when it is aborted", async () => {
    let calls = 0;
    const lost = () => Promise.reject(new TypeError(`refused ${++calls}`));
    const error = await connect(url, { model: "m", retries: 1, fetch: lost }).catch((reason) => reason);
    expect(error).toBeInstanceOf(CoppiceError);
    expect([error.code, calls]).toEqual(["PEER_LOST", 2]);
    const remote = await connect(url, { ...options, model: "numbers" });
    const signal = AbortSignal.abort();
    await expect(remote.predict(DMatrix.fromRows([[1, 2]]), { signal })).rejects.toMatchObject({
      code: "ABORTED",
    });
  });
});
