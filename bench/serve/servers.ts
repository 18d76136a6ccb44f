// The servers that are compared, each a process of its own on this machine: ours, FastAPI with XGBoost, and
// MLServer with its XGBoost runtime. What is not installed is left out and said so.

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { rootFolder, servePython } from "../../test/machine.ts";

export interface BenchServer {
  readonly name: string;
  readonly url: string;
  /** Megabytes of memory that the process holds now, with its children. */
  memoryMb(): number;
  stop(): Promise<void>;
}

/** Python with mlserver and mlserver-xgboost: BENCH_MLSERVER_PYTHON, else the one of the other clients. */
const mlserverPython = process.env.BENCH_MLSERVER_PYTHON ?? servePython;

export function startOurs(modelPath: string, port: number, threads: number): Promise<BenchServer> {
  const dist = process.env.COPPICE_DIST ?? `${rootFolder}dist`;
  const flags = ["--models", modelPath, "--port", String(port), "--workers", String(threads), "--quiet"];
  const child = spawn(process.execPath, [join(dist, "cli/main.js"), "serve", ...flags], { stdio: "ignore" });
  return whenReady("coppice", child, port);
}

export async function startFastApi(modelPath: string, port: number): Promise<BenchServer | undefined> {
  if (!has(servePython, "fastapi, uvicorn, xgboost, orjson")) return undefined;
  const program = `${rootFolder}bench/serve/fastapi_server.py`;
  const child = spawn(servePython, [program, modelPath, String(port)], { stdio: "ignore" });
  return whenReady("FastAPI", child, port);
}

export async function startMlServer(
  modelPath: string,
  port: number,
  folder: string,
): Promise<BenchServer | undefined> {
  if (!has(mlserverPython, "mlserver, mlserver_xgboost")) return undefined;
  const models = join(folder, "mlserver");
  mkdirSync(models, { recursive: true });
  copyFileSync(modelPath, join(models, "model.json"));
  const settings = { host: "127.0.0.1", http_port: port, grpc_port: port + 1, metrics_port: port + 2 };
  writeFileSync(join(models, "settings.json"), JSON.stringify({ ...settings, parallel_workers: 0 }));
  const model = {
    name: "cover",
    implementation: "mlserver_xgboost.XGBoostModel",
    parameters: { uri: "./model.json" },
  };
  writeFileSync(join(models, "model-settings.json"), JSON.stringify(model));
  const program = "from mlserver.cli import main; main()";
  const child = spawn(mlserverPython, ["-c", program, "start", models], { stdio: "ignore" });
  return whenReady("MLServer", child, port);
}

function has(interpreter: string, modules: string): boolean {
  return spawnSync(interpreter, ["-c", `import ${modules}`], { stdio: "ignore" }).status === 0;
}

async function whenReady(name: string, child: ChildProcess, port: number): Promise<BenchServer> {
  const url = `http://127.0.0.1:${port}`;
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  for (let attempt = 0; attempt < 300; attempt++) {
    const answer = await fetch(`${url}/v2/health/ready`).catch(() => undefined);
    if (answer?.ok) break;
    if (child.exitCode !== null) throw new Error(`${name} ended with ${child.exitCode}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return {
    name,
    url,
    memoryMb: () => memoryOf(child.pid ?? 0),
    stop: async () => {
      child.kill("SIGTERM");
      const kill = setTimeout(() => child.kill("SIGKILL"), 5000);
      await ended;
      clearTimeout(kill);
    },
  };
}

function memoryOf(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const own = Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
  return (
    own + (children === "" ? 0 : children.split(" ").reduce((sum, each) => sum + memoryOf(Number(each)), 0))
  );
}
