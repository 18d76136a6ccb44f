// The options of the server on Node, declared once; apart from it, so that who only reads them loads no server.

import {
  type Declarations,
  type Joined,
  type ValuesOf,
  type Without,
  without,
} from "../../core/declaration.ts";
import { handlerOptions } from "../../serve/http/handler-options.ts";
import { repositoryOptions } from "../../serve/serve-options.ts";

const ownOptions = {
  /** Model files, and folders of them: a file's stem is the model's name. */
  models: {
    type: "strings",
    isRequired: true,
    flag: "<path..>",
    doc: "model file or folder of them; may be repeated",
  },
  /** 127.0.0.1 by default: this machine only. */
  host: { type: "string", default: "127.0.0.1", flag: "<address>", doc: "address to listen on" },
  /** 8080 by default; 0 for any free one. */
  port: {
    type: "integer",
    minimum: 0,
    maximum: 65535,
    default: 8080,
    flag: "<n>",
    doc: "port to listen on; 0 for a free one",
  },
  /** Certificate and key in PEM; without them HTTP is spoken. */
  tls: { type: "any", of: undefined as unknown as { readonly cert: string; readonly key: string } },
  /** Threads for large requests: all cores but one by default, at least one; 0 for none. */
  workers: {
    type: "integer",
    minimum: 0,
    maximum: 256,
    flag: "<n>",
    doc: "threads for large requests (default: all cores but one)",
  },
  /** Large requests that may wait for a thread, 64 by default. */
  maxQueue: {
    type: "integer",
    minimum: 1,
    default: 64,
    flag: "<n>",
    doc: "large requests that may wait for a thread",
  },
  /** Milliseconds that requests may wait unseen before others are refused, 500 by default. */
  maxLagMs: {
    type: "number",
    minimum: 0,
    default: 500,
    flag: "max-lag <ms>",
    doc: "how long requests may wait unseen before others are refused",
  },
  /**
   * Whether lighter ones take the place of this process's global Request and Response, for a process that
   * only serves; false by default.
   */
  replaceGlobals: { type: "boolean", default: false },
} as const satisfies Declarations;

/** What the server settles itself. */
const SETTLED = ["repository", "host", "metrics", "isBehind"] as const;

export const serverOptions: Joined<
  Joined<Without<typeof handlerOptions, typeof SETTLED>, typeof repositoryOptions>,
  typeof ownOptions
> = { ...without(handlerOptions, SETTLED), ...repositoryOptions, ...ownOptions };

export interface ServerOptions extends ValuesOf<typeof serverOptions> {}
