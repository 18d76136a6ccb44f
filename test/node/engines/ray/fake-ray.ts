// A Ray dashboard in miniature, with what was seen of Ray 2.58: its routes, its words for errors, CPUs that
// jobs hold, jobs that wait for them, SIGTERM and SIGKILL for a stop, no gangs. Commands really run.

import { type ChildProcess, spawn } from "node:child_process";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";

export interface FakeJob {
  readonly entrypoint: string;
  readonly cpus: number;
  readonly environment: Record<string, string>;
  readonly workingDir: string | undefined;
  readonly labelSelector: unknown;
  status: string;
  message: string;
  exitCode: number | null;
  log: string;
  child: ChildProcess | undefined;
}

export class FakeRay {
  readonly packages: Map<string, Buffer> = new Map();
  readonly jobs: Map<string, FakeJob> = new Map();
  /** "METHOD /path" of every request. */
  readonly requests: string[] = [];
  /** Ids of all jobs that there ever were. */
  readonly submitted: string[] = [];
  freeCpus: number;
  /** Answers each request with an ended connection. */
  isDown = false;
  /** The machine of the jobs does not answer, which the dashboard does not know. */
  isCut = false;
  /** What the machine could not be told. */
  readonly #undelivered: FakeJob[] = [];
  /** Takes the next submission, and never answers it. */
  losesNextAnswer = false;
  readonly #totalCpus: number;
  readonly #token: string | undefined;
  readonly #server: Server;

  private constructor(cpus: number, token: string | undefined) {
    this.freeCpus = cpus;
    this.#totalCpus = cpus;
    this.#token = token;
    this.#server = createServer(async (request, response) => {
      const body = await readAll(request);
      this.requests.push(`${request.method} ${request.url}`);
      const answer = this.isDown ? undefined : this.#answer(request, body);
      if (answer === undefined) {
        request.socket.destroy();
        return;
      }
      const [status, content] = answer;
      const isText = typeof content === "string";
      response.writeHead(status, { "content-type": isText ? "text/plain" : "application/json" });
      response.end(isText ? content : JSON.stringify(content));
    });
  }

  static async start(cpus = 2, token?: string): Promise<FakeRay> {
    const ray = new FakeRay(cpus, token);
    await new Promise<void>((resolve) => ray.#server.listen(0, "127.0.0.1", resolve));
    return ray;
  }

  get address(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    for (const { child } of this.jobs.values()) child?.kill("SIGKILL");
    await new Promise((resolve) => {
      this.#server.close(resolve);
      this.#server.closeAllConnections();
    });
  }

  #answer(request: IncomingMessage, body: Buffer): [number, unknown] | undefined {
    const { method, url = "" } = request;
    if (request.headers["sec-fetch-mode"]) return [405, "Method Not Allowed for browser traffic."];
    if (this.#token !== undefined && request.headers.authorization !== `Bearer ${this.#token}`) {
      return [401, "Unauthorized: Missing authentication token"];
    }
    if (url === "/api/version") return [200, { version: "4", ray_version: "2.58.0" }];
    if (url === "/api/cluster_status") return [200, this.#clusterStatus()];
    if (url.startsWith("/api/packages/gcs/")) return this.#package(method, url, body);
    if (url === "/api/jobs/" && method === "POST") return this.#submit(JSON.parse(body.toString()));
    const [, id, action] = /^\/api\/jobs\/([^/]+)(?:\/(\w+))?$/.exec(url) ?? [];
    const job = this.jobs.get(id);
    if (job === undefined) return [404, `Job ${id} does not exist`];
    if (action === "logs") return this.isCut ? [500, traceback("TimeoutError")] : [200, { logs: job.log }];
    if (action === "stop") return [200, { stopped: this.#stop(job) }];
    if (method === "DELETE") return this.#delete(id, job);
    const { status, message, exitCode } = job;
    const nodeId = status === "PENDING" ? null : "first";
    return [200, { submission_id: id, status, message, driver_exit_code: exitCode, driver_node_id: nodeId }];
  }

  #clusterStatus(): unknown {
    const node = { CPU: [this.#totalCpus - this.freeCpus, this.#totalCpus], memory: [0, 1e9] };
    const usageByNode = { first: node, headWithoutCpus: { memory: [0, 1e9] } };
    return { result: true, data: { clusterStatus: { loadMetricsReport: { usageByNode } } } };
  }

  #package(method: string | undefined, url: string, body: Buffer): [number, unknown] {
    if (method === "PUT") this.packages.set(url, body);
    return this.packages.has(url) ? [200, ""] : [404, `Package ${url} does not exist`];
  }

  #submit(message: Record<string, unknown>): [number, unknown] | undefined {
    const id = String(message.submission_id);
    if (typeof message.entrypoint !== "string") {
      return [400, traceback("TypeError: entrypoint must be a string, got <class 'int'>")];
    }
    if (this.jobs.has(id)) {
      const reason = `ValueError: Job with submission_id ${id} already exists. Please use a different submission_id.`;
      return [500, `${traceback(reason)}\n.\n`];
    }
    const runtime = message.runtime_env as { env_vars: Record<string, string>; working_dir?: string };
    this.submitted.push(id);
    this.jobs.set(id, {
      entrypoint: message.entrypoint,
      cpus: Number(message.entrypoint_num_cpus ?? 0),
      environment: runtime.env_vars,
      workingDir: runtime.working_dir,
      labelSelector: message.entrypoint_label_selector,
      status: "PENDING",
      message: "Job has not started yet.",
      exitCode: null,
      log: "",
      child: undefined,
    });
    this.#startJobs();
    if (!this.losesNextAnswer) return [200, { job_id: id, submission_id: id }];
    this.losesNextAnswer = false;
    return undefined;
  }

  #startJobs(): void {
    for (const job of this.jobs.values()) {
      if (job.status !== "PENDING" || job.cpus > this.freeCpus) continue;
      this.freeCpus -= job.cpus;
      job.status = "RUNNING";
      const environment = { ...process.env, ...job.environment };
      const child = spawn("sh", ["-c", job.entrypoint], { detached: true, env: environment });
      job.child = child;
      for (const stream of [child.stdout, child.stderr]) {
        stream.on("data", (chunk) => {
          job.log += chunk;
        });
      }
      child.on("close", (code, signal) => this.#end(job, code ?? (signal === "SIGKILL" ? -9 : -15)));
    }
  }

  #end(job: FakeJob, exitCode: number): void {
    this.freeCpus += job.cpus;
    job.exitCode = exitCode;
    if (job.status === "RUNNING") {
      job.status = exitCode === 0 ? "SUCCEEDED" : "FAILED";
      job.message = `Job entrypoint command failed with exit code ${exitCode}, last available logs:\n${job.log}`;
    }
    this.#startJobs();
  }

  /** The machine of a job dies: no exit code, no logs. */
  loseMachine(id: string): void {
    const job = this.jobs.get(id)!;
    job.child?.removeAllListeners("close").kill("SIGKILL");
    Object.assign(job, {
      status: "FAILED",
      log: "",
      message: "Job supervisor actor died: its node has died.",
    });
    this.freeCpus += job.cpus;
  }

  #stop(job: FakeJob): boolean {
    if (job.status !== "RUNNING" && job.status !== "PENDING") return false;
    if (this.isCut) {
      this.#undelivered.push(job);
      return true;
    }
    const pid = job.child?.pid;
    job.status = "STOPPED";
    if (pid === undefined) return true;
    process.kill(-pid, "SIGTERM");
    const timer = setTimeout(() => process.kill(-pid, "SIGKILL"), 3000);
    job.child?.on("close", () => clearTimeout(timer));
    return true;
  }

  /** The machine answers again, and is told what it was to be told. */
  heal(): void {
    this.isCut = false;
    for (const job of this.#undelivered) this.#stop(job);
  }

  #delete(id: string, job: FakeJob): [number, unknown] {
    if (!["SUCCEEDED", "FAILED", "STOPPED"].includes(job.status)) {
      return [
        500,
        traceback(`RuntimeError: Attempted to delete job '${id}', but it is in a non-terminal state.`),
      ];
    }
    this.jobs.delete(id);
    return [200, { deleted: true }];
  }
}

function traceback(reason: string): string {
  return `Traceback (most recent call last):\n  File "job_head.py", line 430, in submit_job\n    raise\n${reason}`;
}

async function readAll(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
