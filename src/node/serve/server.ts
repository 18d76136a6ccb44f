// The model server on Node: the handler behind node:http or node:https, models from files, threads for
// large requests, metrics, and an end that loses no request. The entry `coppice/node/serve`.

import { createServer as createHttpServer, type Server } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { availableParallelism } from "node:os";
import { getRequestListener } from "@hono/node-server";
import { CoppiceError } from "../../core/errors.ts";
import { checkOptionNames, type OptionNames } from "../../core/options.ts";
import { createHandler, type HandlerOptions, type ServeHandler } from "../../serve/http/handler.ts";
import { ModelRepository, type RepositoryOptions } from "../../serve/repository.ts";
import { watchLag } from "./serve-lag.ts";
import { createMetrics } from "./serve-metrics.ts";
import { ThreadPool } from "./serve-pool.ts";
import { folderStore } from "./serve-store.ts";

export * from "../../serve.ts";
export { folderStore } from "./serve-store.ts";

export interface ServerOptions
  extends Pick<HandlerOptions, "tokens" | "limits" | "batching" | "corsOrigins" | "onRequest" | "version">,
    RepositoryOptions {
  /** Model files, and folders of them: a file's stem is the model's name. */
  readonly models: readonly string[];
  /** 127.0.0.1 by default: this machine only. */
  readonly host?: string | undefined;
  /** 8080 by default; 0 for any free one. */
  readonly port?: number | undefined;
  /** Certificate and key in PEM; without them HTTP is spoken. */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
  /** Threads for large requests: all cores but one by default, at least one; 0 for none. */
  readonly workers?: number | undefined;
  /** Large requests that may wait for a thread, 64 by default. */
  readonly maxQueue?: number | undefined;
  /** Milliseconds that requests may wait unseen before others are refused, 500 by default. */
  readonly maxLagMs?: number | undefined;
  /**
   * Whether lighter ones take the place of this process's global Request and Response, for a process that
   * only serves; false by default.
   */
  readonly replaceGlobals?: boolean | undefined;
}

const optionNames: OptionNames<ServerOptions> = {
  tokens: true,
  limits: true,
  batching: true,
  corsOrigins: true,
  onRequest: true,
  version: true,
  models: true,
  host: true,
  port: true,
  tls: true,
  workers: true,
  maxQueue: true,
  maxLagMs: true,
  driftWindowRows: true,
  rounds: true,
  replaceGlobals: true,
};

export interface RunningServer {
  /** With scheme, host and port. */
  readonly url: string;
  readonly port: number;
  readonly repository: ModelRepository;
  /** Takes no more connections, answers what has been asked and ends; cuts off what takes longer. */
  close(timeoutMs?: number): Promise<void>;
}

/**
 * Starts a server.
 *
 * @example const server = await startServer({ models: ["models"], port: 8080 });
 *   await server.close();
 * @throws {CoppiceError} INVALID_DATA when a path does not exist or the address cannot be listened on;
 *   INVALID_PARAMETER for unknown options and those out of range
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  checkOptionNames("startServer()", options, optionNames);
  const { host = "127.0.0.1", port = 8080, tls, driftWindowRows, rounds } = options;
  const { workers = Math.max(1, availableParallelism() - 1), maxQueue = 64 } = options;
  const repository = await ModelRepository.open(await folderStore(options.models), {
    driftWindowRows,
    rounds,
  });
  const pool = workers > 0 ? new ThreadPool(workers, maxQueue) : undefined;
  const lag = watchLag(options.maxLagMs ?? 500);
  const { isBehind } = lag;
  const { tokens, limits, batching, corsOrigins, onRequest, version } = options;
  const handler = createHandler({
    ...{ tokens, limits, batching, corsOrigins, onRequest, version },
    repository,
    host: pool,
    metrics: createMetrics(),
    isBehind,
  });
  const server = createNodeServer(handler, options);
  try {
    await listen(server, host, port);
  } catch (error) {
    lag.close();
    await pool?.close();
    throw error;
  }
  const address = server.address() as AddressInfo;
  const shown = address.family === "IPv6" ? `[${address.address}]` : address.address;
  const close = async (timeoutMs = 30_000) => {
    await drain(server, handler, timeoutMs);
    lag.close();
    await pool?.close();
  };
  return {
    url: `${tls ? "https" : "http"}://${shown}:${address.port}`,
    port: address.port,
    repository,
    close,
  };
}

function createNodeServer(handler: ServeHandler, options: ServerOptions): Server {
  const { tls, limits, replaceGlobals = false } = options;
  const timeoutMs = limits?.timeoutMs ?? 60_000;
  const listener = getRequestListener(handler.fetch, { overrideGlobalObjects: replaceGlobals });
  // A client that sends too slowly is cut off, or it would hold its place for ever.
  const timeouts = {
    headersTimeout: Math.min(15_000, timeoutMs),
    requestTimeout: timeoutMs,
    keepAliveTimeout: 65_000,
    connectionsCheckingInterval: Math.min(5_000, timeoutMs),
  };
  const server = tls
    ? createHttpsServer({ ...timeouts, ...tls }, listener)
    : createHttpServer(timeouts, listener);
  // With 1024 sockets ready at once the event loop would go on without coming to its timers, by which lag
  // is seen.
  server.maxConnections = 1000;
  return server as Server;
}

async function listen(server: Server, host: string, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const fail = (cause: NodeJS.ErrnoException) => {
      const reason = cause.code === "EADDRINUSE" ? "it is in use" : cause.message;
      reject(new CoppiceError("INVALID_DATA", `cannot listen on ${host}:${port}: ${reason}`, {}, cause));
    };
    server.once("error", fail);
    server.listen(port, host, () => {
      server.off("error", fail);
      resolve();
    });
  });
}

/** Ends when every answer is out, or cuts connections when the time is over. */
async function drain(server: Server, handler: ServeHandler, timeoutMs: number): Promise<void> {
  handler.drain();
  const timer = setTimeout(() => server.closeAllConnections(), timeoutMs);
  // A connection becomes idle after its answer: then it is closed too.
  const sweep = setInterval(() => server.closeIdleConnections(), 20);
  try {
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeIdleConnections();
    });
  } finally {
    clearTimeout(timer);
    clearInterval(sweep);
  }
}
