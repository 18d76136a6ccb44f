// A client of the Ray Jobs REST API (Ray 2.9 and later): enough to put N processes on a cluster, watch
// them and take them away again. No Python of ours runs; the platform offers one function that makes an
// HTTP request. Ray answers errors with a traceback as text: its last line is what messages keep.

import { CoppiceError, type ErrorCode, showValue } from "../../../core/errors.ts";

export interface RayRequest {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** From the root of the server on, with the query. */
  readonly path: string;
  readonly contentType?: string | undefined;
  readonly body?: Uint8Array | undefined;
}

export interface RayResponse {
  readonly status: number;
  readonly body: Uint8Array;
}

/** Makes a request; rejects with a CoppiceError of code TIMEOUT or PEER_LOST when there is no answer. */
export type RayTransport = (request: RayRequest) => Promise<RayResponse>;

export type RayJobStatus = "PENDING" | "RUNNING" | "STOPPED" | "SUCCEEDED" | "FAILED";

export interface RayJob {
  readonly status: RayJobStatus;
  /** Ray's own words; the end of the logs among them when the command failed. */
  readonly message: string;
  /** Of the command; null before its end, and when it died with its machine. */
  readonly exitCode: number | null;
  /** The node that it runs on; undefined before its start. */
  readonly nodeId?: string | undefined;
}

export interface RayJobSpec {
  /** Run by a shell. */
  readonly entrypoint: string;
  /** Never used before on this cluster. */
  readonly submissionId: string;
  /** More than 0, or Ray would run the job on the head node. */
  readonly cpus: number;
  readonly memoryBytes?: number | undefined;
  readonly resources?: Readonly<Record<string, number>> | undefined;
  /** Nodes that must not get the job. */
  readonly avoidedNodes?: readonly string[] | undefined;
  /** "gcs://..." as `putPackage` gives it. */
  readonly workingDir?: string | undefined;
  readonly environment: Readonly<Record<string, string>>;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

export interface RayCpus {
  /** Ids of the nodes that have CPUs. */
  readonly nodes: readonly string[];
  /** By node; a node that is full has 0 free. */
  readonly free: readonly number[];
  readonly total: number;
}

/** Ray's own limit for a package. */
const MAX_PACKAGE_BYTES = 512 * 2 ** 20;

export class RayJobs {
  readonly #request: RayTransport;

  constructor(request: RayTransport) {
    this.#request = request;
  }

  /** Ray's version. @throws {CoppiceError} UNSUPPORTED when something else answers */
  async version(): Promise<string> {
    const answer = await this.#json({ method: "GET", path: "/api/version" });
    const version = field(answer, "ray_version");
    if (typeof version === "string") return version;
    throw new CoppiceError("UNSUPPORTED", "what answers at the address is no Ray dashboard");
  }

  /**
   * CPUs by node; undefined when the cluster does not tell. The figures may be some seconds old.
   *
   * @param without ids of nodes to leave out
   */
  async cpus(without: ReadonlySet<string> = new Set()): Promise<RayCpus | undefined> {
    const answer = await this.#json({ method: "GET", path: "/api/cluster_status" });
    const usage = ["data", "clusterStatus", "loadMetricsReport", "usageByNode"].reduce(field, answer);
    if (typeof usage !== "object" || usage === null) return undefined;
    // [used, total] of each node; a node without CPUs has no such entry.
    const pairs = Object.entries(usage).map(([id, node]) => [id, field(node, "CPU")] as const);
    const known = pairs.filter(
      (pair): pair is [string, number[]] =>
        !without.has(pair[0]) && Array.isArray(pair[1]) && pair[1].length === 2,
    );
    return {
      nodes: known.map(([id]) => id),
      free: known.map(([, [used, total]]) => total - used),
      total: known.reduce((sum, [, [, total]]) => sum + total, 0),
    };
  }

  /**
   * Uploads a zip archive unless the cluster has it.
   *
   * @param hash of the content, lower-case hexadecimal digits
   * @returns the `workingDir` of jobs that run in its folder
   */
  async putPackage(hash: string, content: () => Uint8Array): Promise<string> {
    const name = `_ray_pkg_${hash}.zip`;
    const path = `/api/packages/gcs/${name}`;
    const found = await this.#request({ method: "GET", path });
    if (found.status === 200) return `gcs://${name}`;
    const body = content();
    if (body.length > MAX_PACKAGE_BYTES) {
      throw new CoppiceError(
        "UNSUPPORTED",
        `a package for Ray must have at most 512 MiB, got ${body.length} bytes`,
      );
    }
    await this.#json({ method: "PUT", path, contentType: "application/octet-stream", body });
    return `gcs://${name}`;
  }

  /** @throws {CoppiceError} INVALID_PARAMETER when Ray refuses the job, INTERNAL for an error of its own */
  async submit(spec: RayJobSpec): Promise<void> {
    const { submissionId, cpus, memoryBytes, resources, workingDir, environment, metadata } = spec;
    const { avoidedNodes = [] } = spec;
    if (!(cpus > 0)) {
      throw new CoppiceError(
        "INVALID_PARAMETER",
        `\`cpus\` of a job must be above 0, got ${showValue(cpus)}`,
      );
    }
    const message = {
      entrypoint: spec.entrypoint,
      submission_id: submissionId,
      entrypoint_num_cpus: cpus,
      ...(memoryBytes === undefined ? {} : { entrypoint_memory: memoryBytes }),
      ...(resources === undefined ? {} : { entrypoint_resources: resources }),
      // Ray before 2.49 knows no such field, so it is sent only where it is needed.
      ...(avoidedNodes.length === 0
        ? {}
        : { entrypoint_label_selector: { "ray.io/node-id": `!in(${avoidedNodes.join(",")})` } }),
      runtime_env: {
        ...(workingDir === undefined ? {} : { working_dir: workingDir }),
        env_vars: environment,
      },
      metadata: metadata ?? {},
    };
    const body = new TextEncoder().encode(JSON.stringify(message));
    await this.#json({ method: "POST", path: "/api/jobs/", contentType: "application/json", body });
  }

  /** Undefined when the cluster knows no such job. */
  async find(submissionId: string): Promise<RayJob | undefined> {
    const response = await this.#request({ method: "GET", path: jobPath(submissionId) });
    if (response.status === 404) return undefined;
    const answer = parseAnswer(response);
    const exitCode = field(answer, "driver_exit_code");
    const nodeId = field(answer, "driver_node_id");
    return {
      status: field(answer, "status") as RayJobStatus,
      message: String(field(answer, "message") ?? ""),
      exitCode: typeof exitCode === "number" ? exitCode : null,
      nodeId: typeof nodeId === "string" ? nodeId : undefined,
    };
  }

  /**
   * What the command has written so far. Ray asks the node for it; undefined when that does not answer, and
   * no answer for half a minute where its link is down.
   */
  async logs(submissionId: string): Promise<string | undefined> {
    const response = await this.#request({ method: "GET", path: `${jobPath(submissionId)}/logs` });
    if (response.status === 404) return "";
    if (response.status !== 200) return undefined;
    return String(field(parseAnswer(response), "logs") ?? "");
  }

  /** Asks for SIGTERM, and SIGKILL three seconds later; the job may run on meanwhile. */
  async stop(submissionId: string): Promise<void> {
    const response = await this.#request({ method: "POST", path: `${jobPath(submissionId)}/stop` });
    if (response.status !== 404) parseAnswer(response);
  }

  /** Makes the cluster forget a job that has ended; false while it has not. */
  async remove(submissionId: string): Promise<boolean> {
    const response = await this.#request({ method: "DELETE", path: jobPath(submissionId) });
    return response.status === 200 || response.status === 404;
  }

  async #json(request: RayRequest): Promise<unknown> {
    return parseAnswer(await this.#request(request));
  }
}

/** Whether a job's status is its last. */
export function isFinal(status: RayJobStatus): boolean {
  return status === "STOPPED" || status === "SUCCEEDED" || status === "FAILED";
}

function jobPath(submissionId: string): string {
  return `/api/jobs/${encodeURIComponent(submissionId)}`;
}

function field(value: unknown, name: string): unknown {
  return (value as Record<string, unknown> | null | undefined)?.[name];
}

/** What statuses mean besides an error of the server. */
const CODES: Readonly<Record<number, ErrorCode>> = {
  400: "INVALID_PARAMETER",
  401: "INVALID_PARAMETER",
  403: "INVALID_PARAMETER",
  404: "INVALID_PARAMETER",
  405: "UNSUPPORTED",
};

function parseAnswer({ status, body }: RayResponse): unknown {
  const text = new TextDecoder().decode(body);
  if (status !== 200) {
    const message = `Ray answered with status ${status}: ${lastLine(text)}`;
    throw new CoppiceError(CODES[status] ?? "INTERNAL", message, { status });
  }
  if (text === "") return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new CoppiceError("UNSUPPORTED", "what answers at the address is no Ray dashboard", {}, cause);
  }
}

/** The last line with words: a traceback ends with the error, sometimes followed by a lone full stop. */
function lastLine(text: string): string {
  const lines = text.split("\n").filter((line) => /\w/.test(line));
  return lines.at(-1)?.trim().slice(0, 300) ?? "no reason given";
}
