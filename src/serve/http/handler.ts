// The server as one function from Request to Response, for Node, Deno, Bun, Workers and tests. Routes are
// those of the Open Inference Protocol v2 and a few of our own; every error is {"error": ".."} with a 4xx
// status where the caller can put it right.

import { type Context, Hono, type MiddlewareHandler } from "hono";
import { cors } from "hono/cors";
import { CoppiceError, showValue } from "../../core/errors.ts";
import { checkOptions } from "../../core/options.ts";
import type { InferenceJob } from "../inference.ts";
import { InferenceService } from "../inference-service.ts";
import { parseJsonObject, property } from "../protocol/inference-request.ts";
import { errorBody, requestError, statusError, statusOf } from "../protocol/request-error.ts";
import { isModelName, type ModelRepository } from "../repository.ts";
import { noMetrics, type ServeMetrics } from "../serve-metrics.ts";
import { type ServeLimits, serveLimits } from "../serve-options.ts";
import { Admission } from "./admission.ts";
import { answerArrow } from "./arrow-route.ts";
import { readBody } from "./body.ts";
import { answerResponse, parseHeaderLength, withTimeLimit } from "./exchange.ts";
import type { HandlerOptions } from "./handler-options.ts";
import { handlerOptions } from "./handler-options.ts";
import { modelMetadata, protocolExtensions } from "./metadata.ts";
import { openApiDocument } from "./openapi.ts";
import { pageHtml, pageScript } from "./page.ts";
import { checkTokens, type TokenCheck } from "./tokens.ts";

export interface ServeHandler {
  /** Answers one request. */
  fetch(request: Request): Promise<Response>;
  /** Makes readiness false and closes connections after their answers. */
  drain(): void;
  /** Inference requests that are being answered. */
  readonly inFlight: number;
}

type Vars = { Variables: { error: unknown } };
type App = Hono<Vars>;
type Call = Context<Vars>;

/** @throws {CoppiceError} INVALID_PARAMETER for an unknown option, or a token that no header can carry */
export function createHandler(options: HandlerOptions): ServeHandler {
  checkOptions("createHandler()", handlerOptions, options);
  const routes = new Routes(options);
  return {
    fetch: async (request) => routes.app.fetch(request),
    drain: () => {
      routes.isDraining = true;
    },
    get inFlight() {
      return routes.inFlight;
    },
  };
}

/** Addresses that need no token: probes, and what holds no data. */
const PUBLIC_PATHS = ["/", "/page.js", "/openapi.json", "/v2/health/live", "/v2/health/ready"];

class Routes {
  readonly app: App = new Hono<Vars>({ strict: false });
  isDraining = false;
  readonly #options: HandlerOptions;
  readonly #repository: ModelRepository;
  readonly #metrics: ServeMetrics;
  readonly #service: InferenceService;
  readonly #admission: Admission;
  readonly #limits: Required<{ [Name in keyof ServeLimits]: number }>;
  readonly #isAllowed: TokenCheck | undefined;
  readonly #methods = new Map<string, string[]>();

  constructor(options: HandlerOptions) {
    const { repository, tokens = [], host, metrics = noMetrics, limits = {} } = options;
    this.#options = options;
    this.#repository = repository;
    this.#metrics = metrics;
    this.#service = new InferenceService(metrics, host, options.batching);
    if (host) repository.onRetire((model) => host.retire(model));
    const {
      maxBodyBytes = serveLimits.maxBodyBytes.default,
      maxRows = serveLimits.maxRows.default,
      maxRequests = serveLimits.maxRequests.default,
      timeoutMs = serveLimits.timeoutMs.default,
    } = limits;
    this.#limits = { maxBodyBytes, maxRows, maxRequests, timeoutMs };
    this.#admission = new Admission({ maxRequests, maxBytes: 4 * maxBodyBytes }, options.isBehind);
    this.#isAllowed = tokens.length > 0 ? checkTokens(tokens) : undefined;
    this.#register();
  }

  get inFlight(): number {
    return this.#admission.inFlight;
  }

  #register(): void {
    const { app } = this;
    const { corsOrigins = [] } = this.#options;
    app.onError((error, c) => this.#errorResponse(c, error));
    app.notFound((c) => this.#errorResponse(c, statusError(404, "INVALID_DATA", "there is no such address")));
    app.use(this.#watch());
    if (corsOrigins.length > 0)
      app.use(
        cors({ origin: [...corsOrigins], exposeHeaders: ["Inference-Header-Content-Length", "Retry-After"] }),
      );
    app.use(this.#authorise());
    this.#registerServer();
    for (const base of ["/v2/models/:model", "/v2/models/:model/versions/:version"])
      this.#registerModel(base);
    this.#registerRepository();
    // Known addresses asked in another way.
    for (const [path, methods] of this.#methods) {
      app.all(path, (c) => {
        c.header("Allow", methods.join(", "));
        throw statusError(
          405,
          "INVALID_DATA",
          `the method must be ${methods.join(" or ")}, got ${c.req.method}`,
        );
      });
    }
  }

  #on(method: "GET" | "POST", path: string, answer: (c: Call) => Response | Promise<Response>): void {
    this.#methods.set(path, [...(this.#methods.get(path) ?? []), method]);
    this.app.on(method, path, answer);
  }

  /** Times and logs every request. */
  #watch(): MiddlewareHandler<Vars> {
    return async (c, next) => {
      const begin = performance.now();
      await next();
      if (this.isDraining) c.header("Connection", "close");
      const seconds = (performance.now() - begin) / 1000;
      const { status } = c.res;
      const route = c.req.routePath === "/*" ? "unknown" : c.req.routePath;
      this.#metrics.observeRequest(route, status, seconds);
      const { onRequest } = this.#options;
      if (onRequest === undefined) return;
      const error = c.get("error");
      const event = { method: c.req.method, path: c.req.path, status, seconds };
      onRequest(error === undefined ? event : { ...event, error });
    };
  }

  #authorise(): MiddlewareHandler<Vars> {
    return async (c, next) => {
      if (this.#isAllowed && !PUBLIC_PATHS.includes(c.req.path)) {
        if (!this.#isAllowed(c.req.header("authorization"))) {
          c.header("WWW-Authenticate", "Bearer");
          throw statusError(401, "INVALID_DATA", "a bearer token is needed");
        }
      }
      await next();
    };
  }

  #errorResponse(c: Call, error: unknown): Response {
    const status = statusOf(error);
    c.set("error", error);
    if (status === 429) this.#metrics.countRefusal();
    if (status === 429 || status === 503) c.header("Retry-After", "1");
    return c.json(errorBody(error), status as 400);
  }

  #registerServer(): void {
    const { version = "0" } = this.#options;
    this.#on("GET", "/v2", (c) => c.json({ name: "coppice", version, extensions: protocolExtensions }));
    this.#on("GET", "/v2/health/live", (c) => c.json({ live: true }));
    this.#on("GET", "/v2/health/ready", (c) =>
      c.json({ ready: !this.isDraining }, this.isDraining ? 503 : 200),
    );
    this.#on("GET", "/v2/models", (c) =>
      c.json({ models: this.#repository.models().map(({ name, version }) => ({ name, version })) }),
    );
    this.#on("GET", "/openapi.json", (c) => c.json(openApiDocument(version)));
    this.#on("GET", "/metrics", async (c) => {
      const { text, contentType } = await this.#metrics.render(this.#repository.models(), this.inFlight);
      return c.body(text, 200, { "Content-Type": contentType });
    });
    this.#on("GET", "/", (c) => {
      c.header(
        "Content-Security-Policy",
        "default-src 'self'; img-src data:; style-src 'unsafe-inline'; frame-ancestors 'none'",
      );
      return c.html(pageHtml);
    });
    this.#on("GET", "/page.js", (c) => c.body(pageScript, 200, { "Content-Type": "text/javascript" }));
  }

  #registerModel(base: string): void {
    this.#on("GET", base, (c) => {
      const model = this.#modelOf(c);
      const versions = this.#repository.versionsOf(model.name).map((each) => each.version);
      return c.json(modelMetadata(model, versions));
    });
    this.#on("GET", `${base}/ready`, (c) => c.json({ name: this.#modelOf(c).name, ready: true }));
    this.#on("GET", `${base}/drift`, (c) => {
      const model = this.#modelOf(c);
      return c.json({ model: model.name, version: model.version, ...model.report() });
    });
    this.#on("POST", `${base}/infer`, (c) => this.#infer(c, "protocol"));
    this.#on("POST", `${base}/rows`, (c) => this.#infer(c, "rows"));
    this.#on("POST", `${base}/arrow`, (c) => this.#arrow(c));
  }

  #registerRepository(): void {
    this.#on("POST", "/v2/repository/index", async (c) => {
      const request = await this.#smallObject(c);
      const ready = property(request, "ready");
      if (ready !== undefined && typeof ready !== "boolean") {
        throw requestError(`\`ready\` must be true or false, got ${showValue(ready)}`);
      }
      const index = await this.#repository.index();
      return c.json(ready ? index.filter(({ state }) => state === "READY") : index);
    });
    this.#on("POST", "/v2/repository/models/:model/load", async (c) => {
      const parameters = property(await this.#smallObject(c), "parameters");
      const hasParameters = typeof parameters === "object" && parameters !== null;
      if (
        hasParameters &&
        Object.keys(parameters).some((key) => key.startsWith("file:") || key === "config")
      ) {
        throw new CoppiceError(
          "UNSUPPORTED",
          "models are loaded from the server's own store, never from a request",
        );
      }
      await this.#repository.load(this.#nameOf(c));
      return c.json({});
    });
    this.#on("POST", "/v2/repository/models/:model/unload", async (c) => {
      await this.#smallObject(c);
      await this.#repository.unload(this.#nameOf(c));
      return c.json({});
    });
  }

  /** A body that may be absent. */
  async #smallObject(c: Call): Promise<ReturnType<typeof parseJsonObject>> {
    const body = await readBody(c.req.raw, 65536);
    return body.length === 0 ? {} : parseJsonObject(body);
  }

  #nameOf(c: Call): string {
    const name = c.req.param("model") ?? "";
    if (isModelName(name)) return name;
    throw statusError(404, "INVALID_DATA", `there is no model ${showValue(name)}`);
  }

  #modelOf(c: Call): ReturnType<ModelRepository["get"]> {
    return this.#repository.get(this.#nameOf(c), c.req.param("version"));
  }

  async #infer(c: Call, form: InferenceJob["form"]): Promise<Response> {
    const model = this.#modelOf(c);
    const headerLength = parseHeaderLength(c.req.header("inference-header-content-length"));
    const leave = this.#admission.enter(Number(c.req.header("content-length") ?? 0) || 0);
    try {
      const body = await readBody(c.req.raw, this.#limits.maxBodyBytes);
      const job: InferenceJob = { form, body, headerLength, maxRows: this.#limits.maxRows };
      const answer = await withTimeLimit(this.#limits.timeoutMs, c.req.raw.signal, (signal) =>
        this.#service.answer(model, job, signal),
      );
      return answerResponse(answer);
    } finally {
      leave();
    }
  }

  async #arrow(c: Call): Promise<Response> {
    const model = this.#modelOf(c);
    const leave = this.#admission.enter(0);
    try {
      const outputs = c.req.queries("output") ?? [];
      return await answerArrow(model, c.req.raw, outputs, {
        maxBatchBytes: this.#limits.maxBodyBytes,
        host: this.#options.host,
        signal: c.req.raw.signal,
        countRows: (rows) => this.#metrics.countRows(model.name, rows),
        noteError: (error) => this.#service.noteViolation(model, error),
        finish: leave,
      });
    } catch (error) {
      leave();
      throw error;
    }
  }
}
