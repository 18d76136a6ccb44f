// Calls to one of several servers that hold the same models: in turn, again after a pause where a server
// is busy, gone or not reachable, at the next server.

import type { Declarations, ValuesOf } from "../../core/declaration.ts";
import { CoppiceError, showValue, throwIfAborted } from "../../core/errors.ts";
import { errorOfBody } from "../protocol/request-error.ts";

export const callerOptions = {
  /** Bearer token that the servers ask for. */
  token: { type: "string" },
  /** How often a call is tried again; 4 by default. */
  retries: { type: "integer", minimum: 0, default: 4 },
  /** Milliseconds for one try, 60,000 by default. */
  timeoutMs: { type: "number", minimum: 0, default: 60_000 },
  /** The function that fetches; the runtime's own by default. */
  fetch: { type: "function", of: undefined as unknown as (request: Request) => Promise<Response> },
} as const satisfies Declarations;

export interface CallerOptions extends ValuesOf<typeof callerOptions> {}

/** The first pause before a call is tried again; each further one is twice as long. */
const FIRST_PAUSE_MS = 100;
const MAX_PAUSE_MS = 5000;

export class Caller {
  readonly #servers: readonly string[];
  readonly #options: CallerOptions;
  #next = 0;

  /** @throws {CoppiceError} INVALID_PARAMETER when one is no address of HTTP */
  constructor(servers: readonly string[], options: CallerOptions) {
    if (servers.length === 0) throw invalidUrl(servers);
    this.#servers = servers.map((server) => {
      const url = URL.canParse(server) ? new URL(server) : undefined;
      if (url?.protocol !== "http:" && url?.protocol !== "https:") throw invalidUrl(server);
      return server.replace(/\/+$/, "");
    });
    this.#options = options;
  }

  /**
   * The answer with a status of 200.
   *
   * @throws {CoppiceError} INVALID_DATA with the server's reason; TIMEOUT or PEER_LOST when no server
   *   answered; ABORTED through `signal`
   */
  async call(
    path: string,
    body?: Uint8Array<ArrayBuffer>,
    headers: Record<string, string> = {},
    signal?: AbortSignal,
  ): Promise<Response> {
    const { retries = callerOptions.retries.default } = this.#options;
    let failure: CoppiceError | undefined;
    for (let attempt = 0; attempt <= retries; attempt++) {
      throwIfAborted(signal);
      const result = await this.#try(path, body, headers, signal);
      if (!(result instanceof CoppiceError)) return result;
      if (result.details.isFinal === true) throw result;
      failure = result;
      if (attempt < retries) await pause(attempt, Number(result.details.retryAfterMs ?? 0), signal);
    }
    throw failure ?? new CoppiceError("PEER_LOST", "no server answered");
  }

  async #try(
    path: string,
    body: Uint8Array<ArrayBuffer> | undefined,
    headers: Record<string, string>,
    signal: AbortSignal | undefined,
  ): Promise<Response | CoppiceError> {
    const { timeoutMs = callerOptions.timeoutMs.default } = this.#options;
    const { token, fetch: ask = (request: Request) => fetch(request) } = this.#options;
    const server = this.#servers[this.#next++ % this.#servers.length];
    const limit = AbortSignal.timeout(timeoutMs);
    try {
      const response = await ask(
        new Request(server + path, {
          method: body === undefined ? "GET" : "POST",
          headers: { ...headers, ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }) },
          ...(body === undefined ? {} : { body }),
          signal: signal ? AbortSignal.any([signal, limit]) : limit,
        }),
      );
      return response.ok ? response : await failureOf(server, response);
    } catch (cause) {
      throwIfAborted(signal);
      if (limit.aborted) {
        return new CoppiceError("TIMEOUT", `${server} did not answer within ${timeoutMs} ms`, {}, cause);
      }
      const reason = cause instanceof Error ? cause.message : String(cause);
      return new CoppiceError("PEER_LOST", `${server} cannot be reached: ${reason}`, {}, cause);
    }
  }
}

async function failureOf(server: string, response: Response): Promise<CoppiceError> {
  const { status } = response;
  const text = await response.text().catch(() => "");
  const told = errorOfBody(text);
  // Not a server of ours: what it says is shown as it is.
  const message = `${server} answered ${status}: ${told?.message ?? showValue(text)}`;
  const isBusy = status === 429 || status === 502 || status === 503 || status === 504;
  if (!isBusy) return new CoppiceError("INVALID_DATA", message, { status, isFinal: true }, told);
  const retryAfterMs = 1000 * (Number(response.headers.get("retry-after")) || 0);
  return new CoppiceError("TIMEOUT", message, { status, retryAfterMs }, told);
}

/** Pauses grow, and differ between callers so that they do not come back together. */
async function pause(attempt: number, atLeastMs: number, signal: AbortSignal | undefined): Promise<void> {
  const grown = FIRST_PAUSE_MS * 2 ** attempt * (0.5 + Math.random() / 2);
  const ms = Math.min(MAX_PAUSE_MS, Math.max(grown, atLeastMs));
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

function invalidUrl(value: unknown): CoppiceError {
  return new CoppiceError(
    "INVALID_PARAMETER",
    `\`url\` must be an http or https address, got ${showValue(value)}`,
    {
      parameter: "url",
    },
  );
}
