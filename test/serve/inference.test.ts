import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DMatrix } from "../../src/data/dmatrix.ts";
import { createHandler } from "../../src/serve/http/handler.ts";
import { ModelRepository, memoryStore } from "../../src/serve/repository.ts";
import { call, classes, colours, makeRows, matrixInput, serveBoth } from "./serving.ts";

const { trees, numbers, handler } = await serveBoth();

function infer(model: string, request: unknown) {
  return call(handler, "POST", `/v2/models/${model}/infer`, request);
}

/** A body of JSON and bytes. */
function binaryBody(
  request: unknown,
  ...parts: Uint8Array[]
): { body: Uint8Array; headers: Record<string, string> } {
  const header = new TextEncoder().encode(JSON.stringify(request));
  const body = Buffer.concat([header, ...parts]);
  return { body, headers: { "Inference-Header-Content-Length": String(header.length) } };
}

describe("JSON tensors", () => {
  test("a matrix gives the booster's own predictions, bit by bit", async () => {
    const rows = makeRows(50, 7);
    const { json, status } = await infer("trees", { inputs: [matrixInput(rows)] });
    expect(status).toBe(200);
    expect(json.outputs[0]).toMatchObject({ name: "predict", datatype: "FP32", shape: [50, 3] });
    expect(Float32Array.from(json.outputs[0].data)).toEqual(trees.predict(DMatrix.fromRows(rows)));
  });

  test("float32 of any bits passes through", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.float(), fc.float()), { minLength: 1, maxLength: 20 }),
        async (rows) => {
          fc.pre(rows.flat().every((value) => Math.abs(value) !== Infinity));
          const { json } = await infer("numbers", { inputs: [matrixInput(rows)] });
          expect(Float32Array.from(json.outputs[0].data)).toEqual(numbers.predict(DMatrix.fromRows(rows)));
        },
      ),
      { seed: 5, numRuns: 60 },
    );
  });

  test("nested data equals flat data", async () => {
    const rows = [
      [1, 2],
      [3, 4],
    ];
    const nested = { ...matrixInput(rows), data: rows };
    const answers = [
      await infer("numbers", { inputs: [nested] }),
      await infer("numbers", { inputs: [matrixInput(rows)] }),
    ];
    expect(answers[0].json).toEqual(answers[1].json);
  });

  test("the model's features are accepted as inputs of one column, in any order, categories by name", async () => {
    const rows = makeRows(20, 3);
    const column = (name: string, f: number, extra: object) => ({
      name,
      shape: [20],
      datatype: "FP64",
      data: rows.map((row) => (Number.isNaN(row[f]) ? null : row[f])),
      ...extra,
    });
    const names = rows.map((row) => (Number.isNaN(row[2]) ? null : colours[row[2]]));
    const inputs = [
      column("colour", 2, { datatype: "BYTES", data: names }),
      column("slope", 1, { shape: [20, 1] }),
      column("height", 0, {}),
    ];
    const { json } = await infer("trees", { inputs });
    expect(Float32Array.from(json.outputs[0].data)).toEqual(trees.predict(DMatrix.fromRows(rows)));
  });

  test("every output is what the booster gives", async () => {
    const rows = makeRows(9, 4);
    const data = DMatrix.fromRows(rows);
    const names = ["predict", "probability", "margin", "class", "leaf", "contributions"];
    const outputs = names.map((name) => ({ name }));
    const { json } = await infer("trees", { inputs: [matrixInput(rows)], outputs });
    const byName = Object.fromEntries(json.outputs.map((output: { name: string }) => [output.name, output]));
    expect(Object.keys(byName)).toEqual(names);
    expect(Float32Array.from(byName.margin.data)).toEqual(trees.predict(data, { kind: "margin" }));
    expect(Float32Array.from(byName.leaf.data)).toEqual(trees.predict(data, { kind: "leaf" }));
    expect(byName.leaf).toMatchObject({ datatype: "INT32", shape: [9, 12] });
    expect(Float32Array.from(byName.contributions.data)).toEqual(
      trees.predict(data, { kind: "contributions" }),
    );
    expect(byName.contributions.shape).toEqual([9, 3, 4]);
    expect(byName.class).toEqual({
      name: "class",
      datatype: "BYTES",
      shape: [9],
      data: trees.predictLabels(data),
    });
    expect(byName.probability.data).toEqual(byName.predict.data);
  });

  test("the id comes back, and none when none was given", async () => {
    const inputs = [matrixInput([[1, 2]])];
    expect((await infer("numbers", { id: "é-1", inputs })).json.id).toBe("é-1");
    expect("id" in (await infer("numbers", { inputs })).json).toBe(false);
  });

  test("zero rows give zero predictions", async () => {
    const input = { name: "input", shape: [0, 3], datatype: "FP32", data: [] };
    const { json } = await infer("trees", { inputs: [input] });
    expect(json.outputs[0]).toMatchObject({ shape: [0, 3], data: [] });
  });
});

describe("binary tensors", () => {
  test("in and out they equal JSON", async () => {
    const rows = makeRows(33, 5);
    const values = Float32Array.from(rows.flat());
    const input = {
      ...matrixInput(rows),
      data: undefined,
      parameters: { binary_data_size: values.byteLength },
    };
    const request = {
      inputs: [input],
      outputs: [{ name: "predict", parameters: { binary_data: true } }, { name: "class" }],
    };
    const { body, headers } = binaryBody(request, new Uint8Array(values.buffer));
    const answer = await call(handler, "POST", "/v2/models/trees/infer", body, headers);
    expect(answer.status).toBe(200);
    const length = Number(answer.headers.get("inference-header-content-length"));
    const json = JSON.parse(new TextDecoder().decode(answer.bytes.subarray(0, length)));
    expect(json.outputs[0].parameters.binary_data_size).toBe(answer.bytes.length - length);
    const predicted = new Float32Array(answer.bytes.slice(length).buffer);
    expect(predicted).toEqual(trees.predict(DMatrix.fromRows(rows)));
    expect(json.outputs[1].data.every((label: string) => classes.includes(label))).toBe(true);
  });

  test("texts and integers of every width are read", async () => {
    const texts = colours.map((text) =>
      Buffer.concat([Buffer.from(Uint32Array.of(text.length).buffer), Buffer.from(text)]),
    );
    const colour = Buffer.concat(texts);
    for (const [datatype, array] of [
      ["INT8", Int8Array.of(1, -2, 3)],
      ["UINT16", Uint16Array.of(1, 2, 3)],
      ["INT64", BigInt64Array.of(1n, -2n, 3n)],
      ["FP64", Float64Array.of(0.1, NaN, 3)],
      ["FP16", Uint16Array.of(0x3c00, 0xc000, 0x0001)],
    ] as const) {
      const heights = datatype === "FP16" ? [1, -2, 2 ** -24] : Array.from(array, Number);
      const bytes = new Uint8Array(array.buffer);
      const request = {
        inputs: [
          { name: "colour", shape: [3], datatype: "BYTES", parameters: { binary_data_size: colour.length } },
          { name: "height", shape: [3], datatype, parameters: { binary_data_size: bytes.length } },
          { name: "slope", shape: [3], datatype: "INT32", data: [10, 60, 90] },
        ],
      };
      const { body, headers } = binaryBody(request, colour, bytes);
      const { json, status } = await call(handler, "POST", "/v2/models/trees/infer", body, headers);
      expect(status, JSON.stringify(json)).toBe(200);
      const rows = heights.map((height, row) => [height, [10, 60, 90][row], row]);
      expect(Float32Array.from(json.outputs[0].data)).toEqual(trees.predict(DMatrix.fromRows(rows)));
    }
  });

  test("a raw body is the only matrix, and the answer is binary", async () => {
    const values = Float32Array.of(1, 2, NaN, 4);
    const headers = { "Inference-Header-Content-Length": "0" };
    const answer = await call(
      handler,
      "POST",
      "/v2/models/numbers/infer",
      new Uint8Array(values.buffer),
      headers,
    );
    const length = Number(answer.headers.get("inference-header-content-length"));
    const predicted = new Float32Array(answer.bytes.slice(length).buffer);
    expect(predicted).toEqual(numbers.predict(DMatrix.fromDense(values, { rowCount: 2, featureCount: 2 })));
  });
});

describe("what does not fit is refused with 400 and a reason", () => {
  const good = { name: "input", shape: [1, 2], datatype: "FP32", data: [1, 2] };
  const cases: readonly [string, unknown, RegExp][] = [
    ["no JSON", "{", /must be JSON/],
    ["a list", [], /JSON object/],
    ["no inputs", {}, /`inputs` must be a list/],
    ["empty inputs", { inputs: [] }, /at least one tensor/],
    ["a wrong name", { inputs: [{ ...good, name: "nope" }] }, /neither a matrix/],
    ["a wrong width", { inputs: [{ ...good, shape: [1, 3], data: [1, 2, 3] }] }, /\[rows, 2\]/],
    ["too few values", { inputs: [{ ...good, data: [1] }] }, /must have the 2 values/],
    ["a wrong nesting", { inputs: [{ ...good, data: [[1], [2]] }] }, /follow its shape/],
    ["a negative size", { inputs: [{ ...good, shape: [-1, 2] }] }, /`shape`/],
    ["an unknown type", { inputs: [{ ...good, datatype: "FP8" }] }, /`datatype`/],
    ["a text", { inputs: [{ ...good, data: [1, "2"] }] }, /numbers or null/],
    ["a fraction as integer", { inputs: [{ ...good, datatype: "INT8", data: [1, 0.5] }] }, /integers in/],
    [
      "an integer out of range",
      { inputs: [{ ...good, datatype: "UINT8", data: [1, 256] }] },
      /integers in \[0,255\]/,
    ],
    [
      "an integer beyond 2^53",
      { inputs: [{ ...good, datatype: "INT64", data: [1, 2 ** 60] }] },
      /integers in/,
    ],
    ["infinity in float32", { inputs: [{ ...good, data: [1, 1e39] }] }, /finite/],
    ["an unknown output", { inputs: [good], outputs: [{ name: "nope" }] }, /not one of the model's/],
    ["an output twice", { inputs: [good], outputs: [{ name: "margin" }, { name: "margin" }] }, /twice/],
    ["an id that is no text", { id: 5, inputs: [good] }, /`id`/],
    [
      "bytes without a header",
      { inputs: [{ ...good, data: undefined, parameters: { binary_data_size: 8 } }] },
      /binary_data_size/,
    ],
  ];
  test.each(cases)("%s", async (_, request, reason) => {
    const { status, json } = await infer("numbers", request);
    expect(status).toBe(400);
    expect(json.error).toMatch(reason);
  });

  test("a header longer than the body, bytes that are left, bytes that lack", async () => {
    const request = { inputs: [{ ...good, data: undefined, parameters: { binary_data_size: 8 } }] };
    const whole = binaryBody(request, new Uint8Array(8));
    const url = "/v2/models/numbers/infer";
    expect((await call(handler, "POST", url, whole.body, whole.headers)).status).toBe(200);
    const long = { "Inference-Header-Content-Length": "99999" };
    expect((await call(handler, "POST", url, whole.body, long)).json.error).toMatch(/at most/);
    const trailing = binaryBody(request, new Uint8Array(9));
    expect((await call(handler, "POST", url, trailing.body, trailing.headers)).json.error).toMatch(
      /1 bytes after/,
    );
    const cut = binaryBody(request, new Uint8Array(7));
    expect((await call(handler, "POST", url, cut.body, cut.headers)).json.error).toMatch(
      /bytes that are left/,
    );
    const word = { "Inference-Header-Content-Length": "x" };
    expect((await call(handler, "POST", url, whole.body, word)).status).toBe(400);
  });

  test("a category that the model does not know, unless it may count as missing", async () => {
    const column = (name: string, datatype: string, value: unknown) => ({
      name,
      shape: [1],
      datatype,
      data: [value],
    });
    const inputs = [
      column("height", "FP32", 1),
      column("slope", "FP32", 2),
      column("colour", "BYTES", "mauve"),
    ];
    const refused = await infer("trees", { inputs });
    expect(refused.status).toBe(400);
    expect(refused.json.error).toContain('"mauve" in row 0');
    expect(refused.json).toMatchObject({ code: "INVALID_DATA", details: { violation: "unseen_category" } });
    const { json } = await infer("trees", { inputs, parameters: { unseen_categories: "missing" } });
    expect(Float32Array.from(json.outputs[0].data)).toEqual(trees.predict(DMatrix.fromRows([[1, 2, NaN]])));
    const { json: drift } = await call(handler, "GET", "/v2/models/trees/drift");
    expect(drift.violations.unseen_category).toMatchObject({ count: 1 });
  });

  test("inputs that lack a feature or repeat one", async () => {
    const slope = { name: "slope", shape: [1], datatype: "FP32", data: [1] };
    expect((await infer("trees", { inputs: [slope] })).json.error).toMatch(/missing "height", "colour"/);
    expect((await infer("trees", { inputs: [slope, slope] })).json.error).toMatch(/twice/);
  });
});

describe("rows of JSON", () => {
  test("objects by feature name, where an absent one is missing", async () => {
    const rows = [{ height: 1.5, slope: 20, colour: "green" }, { slope: 80 }, [1, 2, "red"]];
    const { json } = await call(handler, "POST", "/v2/models/trees/rows", { rows });
    const data = DMatrix.fromRows([
      [1.5, 20, 1],
      [NaN, 80, NaN],
      [1, 2, 0],
    ]);
    expect(Float32Array.from(json.predict.flat())).toEqual(trees.predict(data));
    expect(json.class).toEqual(trees.predictLabels(data));
    expect(json.row_count).toBe(3);
  });

  test("an empty text is a missing value, as in a text table", async () => {
    const { json } = await call(handler, "POST", "/v2/models/trees/rows", {
      rows: [{ height: "", slope: 20, colour: "" }],
    });
    expect(Float32Array.from(json.predict.flat())).toEqual(trees.predict(DMatrix.fromRows([[NaN, 20, NaN]])));
  });

  test("a category that the model does not know is missing when the request says so, in either place", async () => {
    const rows = [{ height: 1, slope: 2, colour: "mauve" }];
    const ask = (more: object) => call(handler, "POST", "/v2/models/trees/rows", { rows, ...more });
    expect((await ask({})).json.error).toContain('"mauve" in row 0');
    const wanted = trees.predict(DMatrix.fromRows([[1, 2, NaN]]));
    for (const more of [{ unseen_categories: "missing" }, { parameters: { unseen_categories: "missing" } }]) {
      expect(Float32Array.from((await ask(more)).json.predict.flat())).toEqual(wanted);
    }
    expect(await ask({ unseen_categories: "drop" })).toMatchObject({ status: 400 });
  });

  test("a misspelt field of the request is refused", async () => {
    const { status, json } = await call(handler, "POST", "/v2/models/trees/rows", {
      rows: [],
      output: ["class"],
    });
    expect(status).toBe(400);
    expect(json.error).toBe("unknown field `output`; did you mean `outputs`?");
  });

  test("names that are no feature are refused, those of prototypes too", async () => {
    for (const text of [
      '{"rows":[{"__proto__":{"height":1}}]}',
      '{"rows":[{"constructor":1}]}',
      '{"rows":[{"toString":1}]}',
    ]) {
      const { status, json } = await call(handler, "POST", "/v2/models/trees/rows", text);
      expect(status).toBe(400);
      expect(json.error).toMatch(/neither a matrix/);
    }
    expect(({} as Record<string, unknown>).height).toBeUndefined();
  });
});

describe("a model with a best round", () => {
  test("answers with the rounds up to it, in every output, unless all are asked for", async () => {
    const noted = numbers.withAttributes({ best_iteration: "1" });
    expect(noted.bestRounds).toEqual([0, 2]);
    const rows = makeRows(20, 5).map(([a, b]) => [a, b]);
    const data = DMatrix.fromRows(rows);
    const request = {
      inputs: [matrixInput(rows)],
      outputs: [{ name: "predict" }, { name: "contributions" }],
    };
    const ask = async (rounds: "best" | "all") => {
      const store = memoryStore({ noted: noted.toBytes("ubj") });
      const repository = await ModelRepository.open(store, { rounds });
      const { json } = await call(createHandler({ repository }), "POST", "/v2/models/noted/infer", request);
      return json.outputs.map(({ data }: { data: number[] }) => Float32Array.from(data));
    };
    for (const [which, rounds] of [
      ["best", noted.bestRounds],
      ["all", undefined],
    ] as const) {
      const kinds = ["value", "contributions"] as const;
      expect(await ask(which)).toEqual(kinds.map((kind) => noted.predict(data, { kind, rounds })));
    }
  });

  test("is refused other words for its rounds", async () => {
    const open = ModelRepository.open(memoryStore({}), { rounds: "some" as "all" });
    await expect(open).rejects.toThrow('`rounds` must be one of "best", "all", got "some"');
  });
});
