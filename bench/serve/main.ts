// Load on model servers: requests per second and latencies for 1, 100 and 10,000 rows, in JSON, binary and
// Arrow, one server after another on this machine, which they share with the load. The model: seven classes
// on Covertype's 54 columns, 700 trees of depth 6, trained here on generated rows.
//
//   node bench/serve/main.ts [--seconds 8] [--connections 8] [--rounds 100]

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { tableFromArrays, tableToIPC } from "apache-arrow";
import autocannon from "autocannon";
import { DMatrix } from "../../src/data/dmatrix.ts";
import { train } from "../../src/index.ts";
import { forestCoverRows } from "./rows.ts";
import { type BenchServer, startFastApi, startMlServer, startOurs } from "./servers.ts";

const { values: flags } = parseArgs({
  options: {
    seconds: { type: "string", default: "8" },
    connections: { type: "string", default: "8" },
    rounds: { type: "string", default: "100" },
    threads: { type: "string", default: "1" },
  },
});
const seconds = Number(flags.seconds);
const FEATURES = 54;

interface Load {
  readonly form: "JSON" | "binary" | "Arrow";
  readonly rows: number;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: Buffer;
}

const folder = mkdtempSync(join(tmpdir(), "coppice-bench-"));
try {
  const { matrix, label } = forestCoverRows(20_000);
  const modelPath = join(folder, "cover.json");
  const data = DMatrix.fromDense(matrix, { rowCount: label.length, featureCount: FEATURES, label });
  const parameters = { objective: "multi:softprob", numClass: 7, maxDepth: 6, eta: 0.3 } as const;
  const { booster } = await train(parameters, data, { rounds: Number(flags.rounds) });
  writeFileSync(modelPath, booster.toBytes("json"));
  console.log(
    `${cpus()[0].model}, ${cpus().length} cores shared by server and load; ${booster.model.trees.length} trees`,
  );
  console.log("server   form    rows  requests/s     rows/s   p50 ms   p99 ms p99.9 ms  errors  memory MB");
  const loads = [1, 100, 10_000].flatMap((rows) => loadsOf(matrix, rows));
  const start = [
    () => startOurs(modelPath, 18201, Number(flags.threads)),
    () => startFastApi(modelPath, 18211),
    () => startMlServer(modelPath, 18221, folder),
  ];
  for (const each of start) {
    const server = await each();
    if (server === undefined) {
      console.log("(a server is left out: its packages are not installed)");
      continue;
    }
    for (const load of loads.filter(({ form }) => server.name === "coppice" || form === "JSON")) {
      await measure(server, load);
    }
    await server.stop();
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function loadsOf(matrix: Float32Array, rows: number): Load[] {
  const values = matrix.slice(0, rows * FEATURES);
  const path = "/v2/models/cover/infer";
  const tensor = { name: "input", shape: [rows, FEATURES], datatype: "FP32" };
  const json = Buffer.from(JSON.stringify({ inputs: [{ ...tensor, data: Array.from(values) }] }));
  const parameters = { binary_data_size: values.byteLength };
  const header = Buffer.from(
    JSON.stringify({ inputs: [{ ...tensor, parameters }], parameters: { binary_data_output: true } }),
  );
  const columns = Object.fromEntries(
    Array.from({ length: FEATURES }, (_, f) => [
      `f${f}`,
      Float32Array.from({ length: rows }, (_, row) => values[row * FEATURES + f]),
    ]),
  );
  const length = { "inference-header-content-length": String(header.length) };
  return [
    { form: "JSON", rows, path, headers: { "content-type": "application/json" }, body: json },
    {
      form: "binary",
      rows,
      path,
      headers: length,
      body: Buffer.concat([header, Buffer.from(values.buffer)]),
    },
    {
      form: "Arrow",
      rows,
      path: "/v2/models/cover/arrow",
      headers: { "content-type": "application/vnd.apache.arrow.stream" },
      body: Buffer.from(tableToIPC(tableFromArrays(columns), "stream")),
    },
  ];
}

async function measure(server: BenchServer, { form, rows, path, headers, body }: Load): Promise<void> {
  const connections = rows >= 10_000 ? 2 : Number(flags.connections);
  const options = { url: server.url + path, method: "POST" as const, headers, body, connections };
  await autocannon({ ...options, duration: Math.max(1, seconds / 4) });
  const result = await autocannon({ ...options, duration: seconds });
  const { requests, latency } = result;
  const errors = result.errors + result.non2xx;
  const cells = [
    server.name.padEnd(8),
    form.padEnd(6),
    String(rows).padStart(5),
    requests.average.toFixed(1).padStart(11),
    Math.round(requests.average * rows)
      .toString()
      .padStart(10),
    latency.p50.toFixed(1).padStart(8),
    latency.p99.toFixed(1).padStart(8),
    latency.p99_9.toFixed(1).padStart(8),
    String(errors).padStart(7),
    server.memoryMb().toFixed(0).padStart(10),
  ];
  console.log(cells.join(" "));
}
