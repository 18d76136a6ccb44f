import {
  RecordBatchStreamWriter,
  tableFromArrays,
  tableFromIPC,
  tableToIPC,
  Utf8,
  vectorFromArray,
} from "apache-arrow";
import { beforeAll, describe, expect, test } from "vitest";
import type { Booster } from "../../src/booster/booster.ts";
import { DMatrix } from "../../src/data/dmatrix.ts";
import type { ServeHandler } from "../../src/serve/http/handler.ts";
import { call, colours, handlerOf, makeRows, reloaded, trainTrees } from "./serving.ts";

let trees: Booster;
let handler: ServeHandler;
const path = "/v2/models/trees/arrow";

beforeAll(async () => {
  trees = reloaded(await trainTrees());
  handler = await handlerOf({ trees });
});

function tableOf(rows: number[][]) {
  return tableFromArrays({
    height: Float32Array.from(rows, (row) => row[0]),
    slope: Float64Array.from(rows, (row) => row[1]),
    colour: vectorFromArray(
      rows.map((row) => (Number.isNaN(row[2]) ? null : colours[row[2]])),
      new Utf8(),
    ) as unknown as unknown[],
  });
}

function columnsOf(bytes: Uint8Array): Float32Array {
  const table = tableFromIPC(bytes);
  const columns = table.schema.fields.map((field) => table.getChild(field.name)?.toArray() as Float32Array);
  return Float32Array.from({ length: table.numRows * columns.length }, (_, i) => {
    return columns[i % columns.length][Math.floor(i / columns.length)];
  });
}

describe("an Arrow stream", () => {
  test("gives the booster's own predictions, a column per value", async () => {
    const rows = makeRows(1500, 12);
    const answer = await call(handler, "POST", path, tableToIPC(tableOf(rows), "stream"));
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toBe("application/vnd.apache.arrow.stream");
    expect(tableFromIPC(answer.bytes).schema.fields.map(({ name }) => name)).toEqual([
      "predict_0",
      "predict_1",
      "predict_2",
    ]);
    expect(columnsOf(answer.bytes)).toEqual(trees.predict(DMatrix.fromRows(rows)));
  });

  test("is answered batch by batch, before its end has come", async () => {
    const writer = new RecordBatchStreamWriter();
    const chunks = writer[Symbol.asyncIterator]();
    const rows = makeRows(40, 13);
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    const sender = writable.getWriter();
    const send = async (batchRows: number[][]) => {
      for (const batch of tableOf(batchRows).batches) writer.write(batch);
      let pending = chunks.next();
      for (;;) {
        const chunk = await Promise.race([
          pending,
          new Promise<undefined>((r) => setTimeout(r, 20, undefined)),
        ]);
        if (chunk === undefined || chunk.done) return;
        void sender.write(chunk.value);
        pending = chunks.next();
      }
    };
    const first = send(rows.slice(0, 10));
    const request = new Request(`http://server${path}?output=margin`, {
      method: "POST",
      body: readable,
      duplex: "half",
    } as RequestInit);
    const response = await handler.fetch(request);
    expect(response.status).toBe(200);
    const reader = response.body!.getReader();
    // The answer to the first batch is here while the request is still open.
    expect((await reader.read()).value?.length).toBeGreaterThan(0);
    await first;
    await reader.cancel();
    expect(handler.inFlight).toBe(0);
  });

  test("class, leaf and several outputs are columns with their types", async () => {
    const rows = makeRows(30, 14);
    const { bytes } = await call(
      handler,
      "POST",
      `${path}?output=class&output=leaf`,
      tableToIPC(tableOf(rows), "stream"),
    );
    const table = tableFromIPC(bytes);
    expect(table.numCols).toBe(13);
    const data = DMatrix.fromRows(rows);
    expect([...(table.getChild("class") ?? [])]).toEqual(trees.predictLabels(data));
    expect(table.getChild("leaf_0")?.toArray()).toBeInstanceOf(Int32Array);
  });

  test("without rows is answered without rows", async () => {
    const { status, bytes } = await call(handler, "POST", path, tableToIPC(tableOf([]), "stream"));
    expect(status).toBe(200);
    expect(tableFromIPC(bytes).numRows).toBe(0);
  });

  test("what does not fit is 400 with a reason", async () => {
    const ask = async (body: Uint8Array | string, query = "") => {
      const { status, json } = await call(handler, "POST", path + query, body);
      return [status, json?.error];
    };
    const good = tableToIPC(tableOf(makeRows(5)), "stream");
    expect(await ask("no arrow at all")).toMatchObject([400, expect.stringMatching(/no readable Arrow/)]);
    expect(await ask("")).toMatchObject([400, expect.stringMatching(/Arrow IPC stream/)]);
    expect(await ask(tableToIPC(tableOf(makeRows(5)), "file"))).toMatchObject([
      400,
      expect.stringMatching(/not a file/),
    ]);
    expect(await ask(good.subarray(0, good.length - 300))).toMatchObject([400, expect.anything()]);
    expect(await ask(good, "?output=nope")).toMatchObject([400, expect.stringMatching(/not one of/)]);
    const lacking = tableToIPC(tableFromArrays({ height: Float32Array.of(1) }), "stream");
    expect(await ask(lacking)).toMatchObject([400, expect.stringMatching(/missing "slope", "colour"/)]);
    const unknown = tableToIPC(
      tableOf([[1, 2, 0]]).assign(tableFromArrays({ more: Float32Array.of(1) })),
      "stream",
    );
    expect(await ask(unknown)).toMatchObject([400, expect.stringMatching(/"more" is no feature/)]);
    expect(handler.inFlight).toBe(0);
  });
});
