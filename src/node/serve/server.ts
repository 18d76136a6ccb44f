// The model server on Node: the handler behind node:http or node:https, models from files, threads for
// large requests, metrics, and an end that loses no request. The entry `coppice/node/serve`.

import { createServer as createHttpServer, type Server } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { availableParallelism } from "node:os";
import { getRequestListener } from "@hono/node-server";
import { CoppiceError } from "../../core/errors.ts";
import { checkOptions } from "../../core/options.ts";
import { createHandler, type ServeHandler } from "../../serve/http/handler.ts";
import { ModelRepository } from "../../serve/repository.ts";
import { serveLimits } from "../../serve/serve-options.ts";
import { watchLag } from "./serve-lag.ts";
import { createMetrics } from "./serve-metrics.ts";
import { ThreadPool } from "./serve-pool.ts";
import { folderStore } from "./serve-store.ts";
import { type ServerOptions, serverOptions } from "./server-options.ts";

export * from "../../serve.ts";
export { folderStore } from "./serve-store.ts";
export type { ServerOptions } from "./server-options.ts";

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
  checkOptions("startServer()", serverOptions, options);
  const { host = serverOptions.host.default, port = serverOptions.port.default } = options;
  const { tls, driftWindowRows, rounds } = options;
  const { workers = Math.max(1, availableParallelism() - 1), maxQueue = serverOptions.maxQueue.default } =
    options;
  const repository = await ModelRepository.open(await folderStore(options.models), {
    driftWindowRows,
    rounds,
  });
  const pool = workers > 0 ? new ThreadPool(workers, maxQueue) : undefined;
  const lag = watchLag(options.maxLagMs ?? serverOptions.maxLagMs.default);
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
  const timeoutMs = limits?.timeoutMs ?? serveLimits.timeoutMs.default;
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
