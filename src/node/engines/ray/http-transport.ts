// HTTP requests for the client of Ray, through node:http: Ray refuses the built-in fetch with 405, since
// fetch's Sec-Fetch headers make it look like a page of a browser.

import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { CoppiceError, showValue } from "../../../core/errors.ts";
import type { RayRequest, RayResponse, RayTransport } from "./ray-jobs.ts";

export interface HttpTransportOptions {
  /** Sent as a bearer token. */
  readonly token?: string | undefined;
  /** Without an answer for so long a request fails, 30,000 by default. */
  readonly timeoutMs?: number | undefined;
}

/**
 * Requests to one server.
 *
 * @param address "http://host:port" or https; a path in front of the API's stays
 * @throws {CoppiceError} INVALID_PARAMETER for another address
 */
export function httpTransport(address: string, options: HttpTransportOptions = {}): RayTransport {
  const base = parseAddress(address);
  return (request) => send(base, request, options);
}

/** @throws {CoppiceError} INVALID_PARAMETER unless it is an http or https address */
export function parseAddress(address: string): URL {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url?.protocol === "http:" || url?.protocol === "https:") return url;
  throw new CoppiceError(
    "INVALID_PARAMETER",
    `\`address\` must be the http or https address of Ray's dashboard, got ${showValue(address)}`,
  );
}

function send(base: URL, request: RayRequest, options: HttpTransportOptions): Promise<RayResponse> {
  const { token, timeoutMs = 30_000 } = options;
  const { method, path, contentType, body } = request;
  const url = new URL(`${base.origin}${base.pathname.replace(/\/$/, "")}${path}`);
  const headers = {
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(contentType === undefined ? {} : { "content-type": contentType }),
    "content-length": String(body?.length ?? 0),
  };
  const what = `${method} ${url.origin}${path}`;
  return new Promise((resolve, reject) => {
    const open = url.protocol === "https:" ? httpsRequest : httpRequest;
    const outgoing = open(url, { method, headers, agent: false }, (response) => {
      readAll(response).then((bytes) => resolve({ status: response.statusCode ?? 0, body: bytes }), fail);
    });
    const timer = setTimeout(() => {
      reject(new CoppiceError("TIMEOUT", `${what} had no answer within ${timeoutMs} ms`));
      outgoing.destroy();
    }, timeoutMs);
    const fail = (cause: Error) =>
      reject(new CoppiceError("PEER_LOST", `${what} failed: ${reasonOf(cause)}`, {}, cause));
    outgoing.on("error", fail);
    outgoing.on("close", () => clearTimeout(timer));
    outgoing.end(body);
  });
}

async function readAll(response: IncomingMessage): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Several addresses of a name that all failed come as an error without a message of its own. */
function reasonOf(cause: Error): string {
  return cause.message || (cause as { code?: string }).code || "the connection failed";
}
