// The server's handler in runtimes other than Node: Deno, Bun and workerd answer rows, tensors and Arrow
// streams with the booster's own bits. Needs `npm run build`.

import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { tableFromArrays, tableFromIPC, tableToIPC } from "apache-arrow";
import { afterAll, beforeAll, expect } from "vitest";
import type { Booster } from "../../src/booster/booster.ts";
import { CoppiceError } from "../../src/core/errors.ts";
import { DMatrix } from "../../src/data/dmatrix.ts";
import { connect } from "../../src/serve/client/remote-booster.ts";
import { freePort } from "../free-port.ts";
import { distFolder } from "../machine.ts";
import { runtimePath, testNeeding } from "../require.ts";
import { makeRows, reloaded, trainNumbers } from "../serve/serving.ts";
import { bundleForWorkerd } from "./workerd.ts";

const rows = makeRows(1200, 17).map((row) => row.slice(0, 2));
let folder: string;
let booster: Booster;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "coppice-elsewhere-"));
  booster = reloaded(await trainNumbers());
  const bytes = [...booster.toBytes("ubj")];
  writeFileSync(join(folder, "model.mjs"), `export default Uint8Array.from(${JSON.stringify(bytes)});`);
  writeFileSync(
    join(folder, "handler.mjs"),
    `import { createHandler, memoryStore, ModelRepository } from ${JSON.stringify(join(distFolder, "serve.js"))};
import model from "./model.mjs";
export const repository = () => ModelRepository.open(memoryStore({ numbers: model }));
const onRequest = ({ status, error }) => status >= 500 && console.error(error);
export const handlerOf = (repository) => createHandler({ repository, tokens: ["secret"], onRequest });`,
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Asks in every form. */
async function checkServer(url: string): Promise<void> {
  const data = DMatrix.fromRows(rows);
  const remote = await connect(url, { token: "secret", model: "numbers", retries: 6 });
  expect(await remote.predict(data)).toEqual(booster.predict(data));
  expect(await remote.predict(data, { kind: "contributions" })).toEqual(
    booster.predict(data, { kind: "contributions" }),
  );
  const error = await connect(url, { model: "numbers", retries: 0 }).catch((reason) => reason);
  expect(error).toBeInstanceOf(CoppiceError);
  expect(error.details.status).toBe(401);
  const post = (path: string, body: BodyInit) =>
    fetch(`${url}/v2/models/numbers${path}`, {
      method: "POST",
      body,
      headers: { authorization: "Bearer secret" },
    });
  const answer = (await (await post("/rows", '{"rows":[[1,2]]}')).json()) as { predict: number[] };
  expect(Float32Array.from(answer.predict)).toEqual(booster.predict(DMatrix.fromRows([[1, 2]])));
  expect((await post("/infer", "{")).status).toBe(400);
  const table = tableFromArrays({
    f0: Float32Array.from(rows, (row) => row[0]),
    f1: Float32Array.from(rows, (row) => row[1]),
  });
  const stream = await post("/arrow", tableToIPC(table, "stream") as Uint8Array<ArrayBuffer>);
  const predicted = tableFromIPC(new Uint8Array(await stream.arrayBuffer()))
    .getChild("predict")
    ?.toArray();
  expect(predicted).toEqual(booster.predict(data));
}

/** Runs a server program until the checks are done. */
async function withServer(command: string, args: readonly string[], port: number): Promise<void> {
  const env = {
    ...process.env,
    DENO_DIR: join(folder, ".deno"),
    DENO_NO_UPDATE_CHECK: "1",
    PORT: String(port),
  };
  const child: ChildProcess = spawn(command, args, { cwd: folder, env, stdio: ["ignore", "ignore", "pipe"] });
  let log = "";
  child.stderr?.on("data", (chunk) => {
    log += chunk;
  });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  try {
    await expect
      .poll(
        () =>
          fetch(`http://127.0.0.1:${port}/v2/health/live`).then(
            (r) => r.status,
            () => 0,
          ),
        {
          timeout: 30_000,
        },
      )
      .toBe(200);
    await checkServer(`http://127.0.0.1:${port}`);
  } catch (cause) {
    throw new Error(`${command}: ${log}`, { cause });
  } finally {
    child.kill();
    await ended;
  }
}

testNeeding("deno", "Deno serves the same bits", async () => {
  writeFileSync(
    join(folder, "deno.mjs"),
    `import { handlerOf, repository } from "./handler.mjs";
const handler = handlerOf(await repository());
Deno.serve({ port: Number(Deno.env.get("PORT")), hostname: "127.0.0.1" }, handler.fetch);`,
  );
  await withServer(
    runtimePath("deno"),
    ["run", "-A", "--node-modules-dir=manual", "deno.mjs"],
    await freePort(),
  );
});

testNeeding("bun", "Bun serves the same bits", async () => {
  writeFileSync(
    join(folder, "bun.mjs"),
    `import { handlerOf, repository } from "./handler.mjs";
const handler = handlerOf(await repository());
Bun.serve({ port: Number(process.env.PORT), hostname: "127.0.0.1", fetch: handler.fetch });`,
  );
  await withServer(runtimePath("bun"), ["run", "bun.mjs"], await freePort());
});

testNeeding("workerd", "workerd serves the same bits, Arrow included", async () => {
  const source = `import { handlerOf, repository } from "./handler.mjs";
let handler;
export default {
  async fetch(request) {
    handler ??= handlerOf(await repository());
    return handler.fetch(request);
  },
};`;
  const port = await bundleForWorkerd(folder, source);
  await withServer(runtimePath("workerd"), ["serve", "config.capnp"], port);
});
