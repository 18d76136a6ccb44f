// The OpenAPI description of the server, given at `/openapi.json`: the routes of the Open Inference
// Protocol v2 and our own.

type Json = Record<string, unknown>;

const text = { type: "string" };
const integer = { type: "integer" };
const list = (items: Json): Json => ({ type: "array", items });
const object = (properties: Json, required: readonly string[] = []): Json => ({
  type: "object",
  properties,
  ...(required.length > 0 ? { required } : {}),
});
const ref = (name: string): Json => ({ $ref: `#/components/schemas/${name}` });
const jsonContent = (schema: Json): Json => ({ "application/json": { schema } });
const answer = (description: string, schema: Json): Json => ({ description, content: jsonContent(schema) });
const failure = (description: string): Json => answer(description, ref("Error"));

const commonFailures: Json = {
  400: failure("The request breaks a rule, which the text names"),
  401: failure("A bearer token is needed"),
  404: failure("There is no such model, version or address"),
};
const inferenceFailures: Json = {
  ...commonFailures,
  413: failure("The body or the number of rows is over the limit"),
  415: failure("The encoding of the body is not known"),
  429: failure("The server is busy; the header Retry-After says when to try again"),
  503: failure("The time limit has passed"),
};

const datatypes = [
  ...["BOOL", "UINT8", "UINT16", "UINT32", "UINT64", "INT8", "INT16", "INT32", "INT64"],
  ...["FP16", "FP32", "FP64", "BYTES"],
];
const parameters = { type: "object", additionalProperties: true };
const shape = list({ type: "integer", minimum: -1 });
const anyData = { type: "array", items: {} };

const schemas: Json = {
  Error: object({ error: text, code: text, details: parameters }, ["error"]),
  Tensor: object(
    { name: text, shape, datatype: { type: "string", enum: datatypes }, parameters, data: anyData },
    ["name", "shape", "datatype"],
  ),
  InferenceRequest: object(
    {
      id: text,
      parameters,
      inputs: list(ref("Tensor")),
      outputs: list(object({ name: text, parameters }, ["name"])),
    },
    ["inputs"],
  ),
  InferenceResponse: object(
    { model_name: text, model_version: text, id: text, outputs: list(ref("Tensor")) },
    ["model_name", "outputs"],
  ),
  TensorMetadata: object({ name: text, datatype: text, shape }, ["name", "datatype", "shape"]),
  ModelMetadata: object(
    {
      name: text,
      versions: list(text),
      platform: text,
      inputs: list(ref("TensorMetadata")),
      outputs: list(ref("TensorMetadata")),
      parameters,
    },
    ["name", "platform", "inputs", "outputs"],
  ),
  RowsRequest: object(
    {
      rows: list({ anyOf: [{ type: "object", additionalProperties: true }, anyData] }),
      outputs: list(text),
      unseen_categories: { type: "string", enum: ["error", "missing"] },
    },
    ["rows"],
  ),
  RowsResponse: { ...object({ model: text, version: text, row_count: integer }), additionalProperties: true },
  IndexEntry: object({ name: text, version: text, state: text, reason: text }, ["name", "state"]),
  Drift: object({ model: text, version: text, rowCount: integer, trainingRowCount: integer }),
};

const modelParameter = { name: "model", in: "path", required: true, schema: text };
const versionParameter = { name: "version", in: "path", required: true, schema: text };

/** The document. */
export function openApiDocument(version: string): Json {
  const paths = {
    ...serverPaths(),
    ...modelPaths("/v2/models/{model}", [modelParameter]),
    ...modelPaths("/v2/models/{model}/versions/{version}", [modelParameter, versionParameter]),
    ...repositoryPaths(),
  };
  return {
    openapi: "3.1.0",
    info: {
      title: "coppice",
      version,
      description:
        "Open Inference Protocol v2 for gradient-boosted trees, with routes for rows of JSON, Arrow and drift",
    },
    security: [{}, { bearer: [] }],
    paths,
    components: { schemas, securitySchemes: { bearer: { type: "http", scheme: "bearer" } } },
  };
}

function get(
  summary: string,
  schema: Json,
  failures: Json = { 401: failure("A bearer token is needed") },
): Json {
  return { get: { summary, responses: { 200: answer(summary, schema), ...failures } } };
}

function serverPaths(): Json {
  const ready = object({ ready: { type: "boolean" } });
  return {
    "/v2": get("What the server is", object({ name: text, version: text, extensions: list(text) }, ["name"])),
    "/v2/health/live": get("Whether it runs", object({ live: { type: "boolean" } }), {}),
    "/v2/health/ready": get("Whether it takes requests", ready, { 503: answer("It is going down", ready) }),
    "/v2/models": get(
      "The models in service",
      object({ models: list(object({ name: text, version: text })) }),
    ),
    "/metrics": {
      get: {
        summary: "Metrics for Prometheus",
        responses: {
          200: { description: "Text of Prometheus", content: { "text/plain": { schema: text } } },
          401: failure("A bearer token is needed"),
        },
      },
    },
  };
}

function modelPaths(base: string, pathParameters: readonly Json[]): Json {
  const read = (summary: string, schema: Json): Json => ({
    parameters: pathParameters,
    ...get(summary, schema, commonFailures),
  });
  const post = (summary: string, content: Json, success: Json, more: readonly Json[] = []): Json => ({
    parameters: pathParameters,
    post: {
      summary,
      parameters: more,
      requestBody: { required: true, content },
      responses: { 200: success, ...inferenceFailures },
    },
  });
  const headerLength = {
    name: "Inference-Header-Content-Length",
    in: "header",
    required: false,
    description: "Bytes of JSON before binary tensors",
    schema: { type: "integer", minimum: 0 },
  };
  const outputs = { name: "output", in: "query", required: false, schema: list(text) };
  const arrow = { "application/vnd.apache.arrow.stream": { schema: { type: "string", format: "binary" } } };
  return {
    [base]: read("Inputs and outputs of a model", ref("ModelMetadata")),
    [`${base}/ready`]: read(
      "Whether a model is in service",
      object({ name: text, ready: { type: "boolean" } }),
    ),
    [`${base}/drift`]: read("How far requests have moved from the training rows", ref("Drift")),
    [`${base}/infer`]: post(
      "Predicts tensors",
      jsonContent(ref("InferenceRequest")),
      {
        description: "Tensors, as JSON, or as JSON and bytes where binary data was asked for",
        content: {
          ...jsonContent(ref("InferenceResponse")),
          "application/octet-stream": { schema: { type: "string", format: "binary" } },
        },
      },
      [headerLength],
    ),
    [`${base}/rows`]: post(
      "Predicts rows of JSON",
      jsonContent(ref("RowsRequest")),
      answer("Lists with an entry per row", ref("RowsResponse")),
    ),
    [`${base}/arrow`]: post(
      "Predicts an Arrow IPC stream",
      arrow,
      { description: "An Arrow IPC stream", content: arrow },
      [outputs],
    ),
  };
}

function repositoryPaths(): Json {
  const change = (summary: string): Json => ({
    parameters: [modelParameter],
    post: {
      summary,
      requestBody: { required: false, content: jsonContent(object({ parameters })) },
      responses: {
        200: answer("Done", object({})),
        ...commonFailures,
        413: failure("The body is too long"),
        415: failure("The encoding of the body is not known"),
      },
    },
  });
  return {
    "/v2/repository/index": {
      post: {
        summary: "All models, in service or not",
        requestBody: { required: false, content: jsonContent(object({ ready: { type: "boolean" } })) },
        responses: {
          200: answer("The index", list(ref("IndexEntry"))),
          ...commonFailures,
          413: failure("The body is too long"),
          415: failure("The encoding of the body is not known"),
        },
      },
    },
    "/v2/repository/models/{model}/load": change("Loads a model, or loads it anew"),
    "/v2/repository/models/{model}/unload": change("Takes a model out of service"),
  };
}
