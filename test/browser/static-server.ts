// A static file server for pages under test: folders by their prefix, byte ranges, and the headers that make
// a page cross-origin isolated where asked for. It counts what was asked.

import { existsSync, readFileSync, statSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".css": "text/css",
  ".json": "application/json",
  ".svg": "image/svg+xml",
};

export interface StaticSite {
  readonly url: string;
  /** "206 /data/x.parquet 100" and the like, in order: status, path, bytes sent. */
  readonly log: string[];
  close(): Promise<void>;
}

export interface SiteOptions {
  /** A folder by the prefix of its paths, for example { "/dist/": "dist" }. */
  readonly folders?: Readonly<Record<string, string>>;
  /** Contents by path. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  readonly isIsolated?: boolean;
  /** Whether byte ranges are served; true by default. */
  readonly hasRanges?: boolean;
}

export async function startSite(options: SiteOptions): Promise<StaticSite> {
  const log: string[] = [];
  const server: Server = createServer((request, response) => serve(request, response, options, log));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    log,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function serve(
  request: IncomingMessage,
  response: ServerResponse,
  options: SiteOptions,
  log: string[],
): void {
  const path = decodeURIComponent(new URL(request.url ?? "/", "http://x").pathname);
  const content = find(path, options);
  response.setHeader("Cache-Control", "no-store");
  if (options.isIsolated) {
    response.setHeader("Cross-Origin-Opener-Policy", "same-origin");
    response.setHeader("Cross-Origin-Embedder-Policy", "require-corp");
  }
  const send = (status: number, body: Uint8Array) => {
    log.push(`${status} ${path} ${body.length}`);
    response.writeHead(status).end(body);
  };
  if (content === undefined) {
    send(404, new Uint8Array(0));
    return;
  }
  response.setHeader(
    "Content-Type",
    TYPES[path.endsWith("/") ? ".html" : extname(path)] ?? "application/octet-stream",
  );
  const range = options.hasRanges === false ? null : /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "");
  if (range === null) {
    send(200, content);
    return;
  }
  const [begin, end] = [Number(range[1]), Math.min(Number(range[2]) + 1, content.length)];
  response.setHeader("Content-Range", `bytes ${begin}-${end - 1}/${content.length}`);
  send(206, content.subarray(begin, end));
}

function find(path: string, { folders = {}, files = {} }: SiteOptions): Uint8Array | undefined {
  const given = files[path];
  if (given !== undefined) return typeof given === "string" ? new TextEncoder().encode(given) : given;
  for (const [prefix, folder] of Object.entries(folders)) {
    if (!path.startsWith(prefix)) continue;
    const file = join(folder, normalize(`/${path.slice(prefix.length)}`));
    if (existsSync(file) && statSync(file).isFile()) return readFileSync(file);
    const index = join(file, "index.html");
    if (existsSync(index)) return readFileSync(index);
  }
  return undefined;
}
