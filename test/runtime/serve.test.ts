// The built server as a process, asked by clients that others wrote: curl, tritonclient, kserve, pyarrow,
// and requests that schemathesis makes up from the description.

import { execFile, spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { connect as connectSocket } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { tableFromArrays, tableFromIPC, tableToIPC } from "apache-arrow";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Booster } from "../../src/booster/booster.ts";
import { DMatrix } from "../../src/data/dmatrix.ts";
import { connect } from "../../src/serve/client/remote-booster.ts";
import { python, rootFolder, servePython, testNeeding } from "../require.ts";
import { modelFolder, type ServerProcess, startServer } from "../serve/server-process.ts";
import { colours, makeRows, reloaded, trainNumbers, trainTrees } from "../serve/serving.ts";

const run = promisify(execFile);
let trees: Booster;
let numbers: Booster;
let server: ServerProcess;

beforeAll(async () => {
  trees = reloaded(await trainTrees());
  numbers = reloaded(await trainNumbers());
  server = await startServer(modelFolder({ trees, numbers }), "--workers", "1");
});
afterAll(async () => {
  expect(await server.stop()).toBe(0);
});

const rows = makeRows(21, 31).map((row) => row.slice(0, 2));
/** The bits of predictions. */
const bitsOf = (values: Float32Array) => [
  ...new Uint32Array(values.buffer, values.byteOffset, values.length),
];
const expected = () => bitsOf(numbers.predict(DMatrix.fromRows(rows)));
const expectedWithoutMissing = () =>
  bitsOf(numbers.predict(DMatrix.fromRows(rows.map((row) => row.map((v) => (Number.isNaN(v) ? 0 : v))))));

// biome-ignore lint/suspicious/noExplicitAny: what a client printed
async function viaPython(interpreter: string, client: string): Promise<any> {
  const file = join(server.folder, "..", `rows-${client}.json`);
  writeFileSync(file, JSON.stringify(rows));
  const { stdout } = await run(interpreter, [`${rootFolder}test/serve/clients.py`, server.url, client, file]);
  return JSON.parse(stdout);
}

describe("clients that others wrote", () => {
  testNeeding(
    "tritonclient",
    "tritonclient speaks JSON, binary and gzip, loads, unloads and reads errors",
    async () => {
      const got = await viaPython(servePython, "triton");
      expect(got).toMatchObject({ live: true, ready: true, modelReady: true, server: "coppice" });
      expect(got.metadata).toEqual([{ name: "input", datatype: "FP32", shape: [-1, 2] }]);
      expect(got.binary).toEqual([expected(), expected()]);
      expect(got.json).toEqual([expectedWithoutMissing(), expectedWithoutMissing()]);
      expect([got.binaryId, got.jsonId]).toEqual(["7", "7"]);
      expect(got.gzip).toEqual(expected());
      const classRows = DMatrix.fromRows([0, 1, 2].map((code) => [code + 1, code + 1, code]));
      expect(got.classes).toEqual(trees.predictLabels(classRows));
      expect([got.unloaded, got.loaded]).toEqual([false, true]);
      expect(got.index).toEqual([
        ["numbers", "READY"],
        ["trees", "READY"],
      ]);
      expect(got.error[0]).toBe("400");
      expect(got.error[1]).toContain("[rows, 2]");
    },
  );

  testNeeding("kserve", "kserve's client speaks JSON and binary", async () => {
    const got = await viaPython(servePython, "kserve");
    expect(got).toMatchObject({ live: true, ready: true, modelReady: true, id: "9" });
    expect(got.binary).toEqual(expected());
    expect(got.json).toEqual(expectedWithoutMissing());
  });

  testNeeding("pyarrow", "pyarrow streams batches in and columns out", async () => {
    const got = await viaPython(python, "pyarrow");
    expect(got).toMatchObject({ status: 200, names: ["predict", "leaf_0"], types: ["float", "int32"] });
    expect(got.predict).toEqual(expected());
  });

  test("curl sends rows as a person would", async () => {
    const body = '{"rows":[{"height":1.5,"colour":"red"}]}';
    const { stdout } = await run("curl", ["-s", "-d", body, `${server.url}/v2/models/trees/rows`]);
    const data = DMatrix.fromRows([[1.5, NaN, 0]]);
    expect(Float32Array.from(JSON.parse(stdout).predict[0])).toEqual(trees.predict(data));
  });

  testNeeding(
    "schemathesis",
    "requests made up from the description never fail the server nor leave the description",
    () => {
      const config = join(server.folder, "../schemathesis.toml");
      writeFileSync(
        config,
        '[parameters]\n"path.model" = ["numbers", "trees", "nope"]\n"path.version" = ["1", "2"]\n',
      );
      const args = ["-m", "schemathesis.cli", "--config-file", config, "run", `${server.url}/openapi.json`];
      const bounds = ["--checks", "all", "--max-examples", "25", "--seed", "1", "--no-color"];
      // Its own serialisers know no Arrow; unloading would take the models away from the other tests.
      const paths = ["--exclude-path-regex", "arrow|unload", "--phases", "coverage,fuzzing"];
      const { status, stdout } = spawnSync(servePython, [...args, ...bounds, ...paths], {
        encoding: "utf8",
        cwd: join(server.folder, ".."),
      });
      expect(status, stdout.slice(-4000)).toBe(0);
      expect(Number(/(\d+) generated/.exec(stdout)?.[1])).toBeGreaterThan(300);
    },
  );
});

describe("threads", () => {
  test("a large request is answered bit by bit, and a small one does not wait for it", async () => {
    const remote = await connect(server.url, { model: "trees" });
    const table = DMatrix.fromRows(makeRows(60_000, 5));
    const small = DMatrix.fromRows(makeRows(1, 6));
    const order: string[] = [];
    const large = remote.predict(table, { kind: "contributions" }).then((values) => {
      order.push("large");
      return values;
    });
    await new Promise((resolve) => setTimeout(resolve, 30));
    for (let i = 0; i < 5; i++) {
      expect(await remote.predict(small)).toEqual(trees.predict(small));
      order.push("small");
    }
    expect(await large).toEqual(trees.predict(table, { kind: "contributions" }));
    expect(order).toEqual(["small", "small", "small", "small", "small", "large"]);
    const text = await (await fetch(`${server.url}/metrics`)).text();
    expect(text).toMatch(/coppice_rows_total\{model="trees"\} \d{5,}/);
    expect(text).toMatch(
      /coppice_population_stability_index\{model="trees",version="1",column="height"\} 0\.\d+/,
    );
    for (const line of text.split("\n").filter((each) => each !== ""))
      expect(line).toMatch(/^(#.*|[a-z0-9_]+(\{[^}]*\})? [-+0-9.eInfNa]+)$/);
  });
});

test("a long Arrow stream is predicted on threads, bit by bit", async () => {
  const long = makeRows(40_000, 9);
  const table = tableFromArrays({
    height: Float32Array.from(long, (row) => row[0]),
    slope: Float32Array.from(long, (row) => row[1]),
    colour: long.map((row) => (Number.isNaN(row[2]) ? null : colours[row[2]])),
  });
  const body = tableToIPC(table, "stream") as Uint8Array<ArrayBuffer>;
  const answer = await fetch(`${server.url}/v2/models/trees/arrow`, { method: "POST", body });
  const predicted = tableFromIPC(new Uint8Array(await answer.arrayBuffer()));
  const expectedValues = trees.predict(DMatrix.fromRows(long));
  for (let group = 0; group < 3; group++) {
    const column = predicted.getChild(`predict_${group}`)?.toArray() as Float32Array;
    expect(column).toEqual(Float32Array.from(long, (_, row) => expectedValues[row * 3 + group]));
  }
});

describe("trouble", () => {
  test("no answer tells a path of the machine", async () => {
    const broken = join(server.folder, "broken.json");
    writeFileSync(broken, "{ no model");
    const post = (path: string, body = "{}") => fetch(server.url + path, { method: "POST", body });
    const answers = [
      await post("/v2/repository/models/broken/load"),
      await post("/v2/repository/index"),
      await post("/v2/repository/models/..%2F..%2Fetc%2Fpasswd/load"),
      await post("/v2/repository/models/%2e%2e/load"),
      await post("/v2/models/broken/infer"),
    ];
    for (const answer of answers) {
      const text = await answer.text();
      expect(text).not.toContain(server.folder);
      expect(text).not.toMatch(/node_modules|\.js:\d/);
      expect(answer.status).toBeLessThan(500);
    }
  });

  test("a client that leaves in the middle of its request harms nobody", async () => {
    const { hostname, port } = new URL(server.url);
    for (let i = 0; i < 20; i++) {
      await new Promise<void>((resolve) => {
        const socket = connectSocket(Number(port), hostname, () => {
          socket.write(
            'POST /v2/models/numbers/infer HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n\r\n{"inputs":[',
          );
          setTimeout(() => socket.destroy(), 5);
        });
        socket.on("close", () => resolve());
      });
    }
    const remote = await connect(server.url, { model: "numbers" });
    expect(bitsOf(await remote.predict(DMatrix.fromRows(rows)))).toEqual(expected());
    await expect
      .poll(
        async () =>
          /coppice_requests_in_flight (\d+)/.exec(await (await fetch(`${server.url}/metrics`)).text())?.[1],
      )
      .toBe("0");
  });

  test("on SIGTERM what was asked is answered, and the process ends with 0", async () => {
    const own = await startServer(modelFolder({ trees }), "--workers", "1", "--quiet");
    const remote = await connect(own.url, { model: "trees", retries: 0 });
    const table = DMatrix.fromRows(makeRows(20_000, 5));
    const answer = remote.predict(table, { kind: "contributions" });
    await new Promise((resolve) => setTimeout(resolve, 100));
    const code = own.stop();
    expect((await answer).length).toBe(20_000 * 3 * 4);
    expect(await code).toBe(0);
    expect(own.log()).toContain('"event":"draining"');
    await expect(fetch(own.url)).rejects.toThrow();
  });

  test("requests are logged as JSON, one object a line", async () => {
    await fetch(`${server.url}/v2/models/nope`);
    const lines = server
      .log()
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines).toContainEqual(
      expect.objectContaining({
        event: "request",
        path: "/v2/models/nope",
        status: 404,
        error: expect.any(String),
      }),
    );
  });
});

test.runIf(process.platform === "linux" && process.execve !== undefined)(
  "with --low-memory it is a process with a small nursery, under the same number, that answers and ends as ever",
  async () => {
    const own = await startServer(modelFolder({ numbers }), "--low-memory", "--quiet");
    const read = (name: string) => readFileSync(`/proc/${own.child.pid}/${name}`, "utf8").split("\0");
    expect(read("cmdline")).toContain("--max-semi-space-size=2");
    expect(read("environ").some((entry) => entry.startsWith("MALLOC_ARENA_MAX="))).toBe(true);
    const remote = await connect(own.url, { model: "numbers" });
    expect(bitsOf(await remote.predict(DMatrix.fromRows(rows)))).toEqual(expected());
    expect(own.log()).not.toMatch(/warning/i);
    expect(await own.stop()).toBe(0);
  },
);

describe("wrong usage", () => {
  test("is told before anything listens", async () => {
    const fail = (...args: string[]) => startServer(modelFolder({ numbers }), ...args);
    await expect(fail("--port", "99999")).rejects.toThrow(/must be an integer in \[0, 65535\]/);
    await expect(fail("--tls-cert", "x.pem")).rejects.toThrow(/both --tls-cert and --tls-key/);
    await expect(fail("--models", "/nowhere/at/all")).rejects.toThrow(/no such file/i);
    await expect(fail("--port", new URL(server.url).port)).rejects.toThrow(/in use/);
  });
});
