// `coppice serve`: models over HTTP, until it is told to stop; then what was asked is answered first. One
// JSON object a line on standard error for every request.

import { type Command, Option } from "commander";
import { CoppiceError } from "../../core/errors.ts";
import { places } from "../../node/files/places.ts";
import type { RequestEvent, ServerOptions } from "../../node/serve/server.ts";
import { collectEach, failUsage, integerFrom, parseNonNegative, requireFlags } from "../flags/flag-values.ts";
import { becomeLowMemoryProcess } from "../low-memory.ts";
import type { CommandContext } from "../terminal/context.ts";

interface ServeFlags {
  readonly models: readonly string[];
  readonly host: string;
  readonly port: number;
  readonly token?: readonly string[] | undefined;
  readonly tokenFile?: string | undefined;
  readonly maxBody: number;
  readonly maxRows: number;
  readonly maxRequests: number;
  readonly maxQueue: number;
  readonly maxLag: number;
  readonly timeout: number;
  readonly maxBatch: number;
  readonly maxBatchDelay: number;
  readonly workers?: number | undefined;
  readonly tlsCert?: string | undefined;
  readonly tlsKey?: string | undefined;
  readonly corsOrigin?: readonly string[] | undefined;
  readonly driftWindow: number;
  readonly rounds: "best" | "all";
  readonly lowMemory?: boolean | undefined;
  readonly quiet?: boolean | undefined;
}

export function addServeCommand(program: Command, context: CommandContext): void {
  const command = program
    .command("serve")
    .description("Serve models over HTTP: Open Inference Protocol v2, rows of JSON, Arrow, metrics, drift.")
    .option("--models <path>", "model file or folder of them; may be repeated", collectEach)
    .option("--host <address>", "address to listen on", "127.0.0.1")
    .option("--port <n>", "port to listen on; 0 for a free one", integerFrom(0, 65535), 8080)
    .optionsGroup("Access:")
    .option(
      "--token <text>",
      "bearer token that requests must carry; may be repeated, visible to other users of this machine",
      collectEach,
    )
    .option("--token-file <file>", "file of tokens, one a line (or COPPICE_TOKENS, separated by commas)")
    .option("--tls-cert <file>", "certificate in PEM, to speak HTTPS")
    .option("--tls-key <file>", "its key in PEM")
    .option("--cors-origin <origin>", "origin whose pages may call; may be repeated", collectEach)
    .optionsGroup("Limits:")
    .option("--max-body <bytes>", "bytes of a request's body", integerFrom(1), 64 * 1048576)
    .option("--max-rows <n>", "rows of a request", integerFrom(1), 1_000_000)
    .option("--max-requests <n>", "requests at the same time; more are refused with 429", integerFrom(1), 256)
    .option("--max-queue <n>", "large requests that may wait for a thread", integerFrom(1), 64)
    .option(
      "--max-lag <ms>",
      "how long requests may wait unseen before others are refused",
      integerFrom(1),
      500,
    )
    .option("--timeout <seconds>", "time for a request", parseNonNegative, 60)
    .optionsGroup("Work:")
    .option("--workers <n>", "threads for large requests (default: all cores but one)", integerFrom(0, 256))
    .option("--max-batch <rows>", "rows that are predicted together when batching", integerFrom(1), 256)
    .option("--max-batch-delay <ms>", "wait for small requests to batch; 0 for none", parseNonNegative, 0)
    .option("--drift-window <rows>", "rows over which drift is measured", integerFrom(100), 1000)
    .addOption(
      new Option("--rounds <which>", "which predict: those up to the best where the model notes one, or all")
        .choices(["best", "all"])
        .default("best"),
    )
    .option("--low-memory", "hold about 40 % less memory under large requests (Linux, Node 22.15 or newer)")
    .option("--quiet", "no line for every request");
  command.action(async (flags: ServeFlags) => runServe(command, flags, context));
}

async function runServe(command: Command, flags: ServeFlags, context: CommandContext): Promise<void> {
  requireFlags(command, "models");
  if ((flags.tlsCert === undefined) !== (flags.tlsKey === undefined)) {
    failUsage(command, "give both --tls-cert and --tls-key");
  }
  if (flags.lowMemory && !becomeLowMemoryProcess()) {
    context.note("coppice: warning: --low-memory needs Linux and Node 22.15 or newer, and is left out");
  }
  const { startServer } = await import("../../node/serve/server.ts");
  const server = await startServer(await serverOptions(command, flags, context));
  const log = (event: Record<string, unknown>) => context.note(JSON.stringify({ time: now(), ...event }));
  for (const { name, version, state, reason } of await server.repository.index()) {
    log({
      event: state === "READY" ? "loaded" : "not loaded",
      model: name,
      version,
      ...(reason && { reason }),
    });
  }
  context.print(`listening on ${server.url}`);
  await new Promise<void>((resolve) => {
    if (context.signal.aborted) resolve();
    else context.signal.addEventListener("abort", () => resolve(), { once: true });
  });
  log({ event: "draining" });
  await server.close();
  log({ event: "ended" });
}

async function serverOptions(
  command: Command,
  flags: ServeFlags,
  context: CommandContext,
): Promise<ServerOptions> {
  const { models, host, port, maxBody, maxRows, maxRequests, timeout, tlsCert, tlsKey } = flags;
  return {
    models,
    host,
    port,
    tokens: await readTokens(flags),
    tls:
      tlsCert !== undefined && tlsKey !== undefined
        ? { cert: await readText(tlsCert), key: await readText(tlsKey) }
        : undefined,
    limits: { maxBodyBytes: maxBody, maxRows, maxRequests, timeoutMs: timeout * 1000 },
    batching: { maxRows: flags.maxBatch, maxDelayMs: flags.maxBatchDelay },
    workers: flags.workers,
    maxQueue: flags.maxQueue,
    maxLagMs: flags.maxLag,
    corsOrigins: flags.corsOrigin,
    driftWindowRows: flags.driftWindow,
    rounds: flags.rounds,
    replaceGlobals: true,
    version: command.parent?.version() ?? "0",
    onRequest: (event) => {
      if (!flags.quiet || event.status >= 500) context.note(JSON.stringify(logLine(event)));
    },
  };
}

function now(): string {
  return new Date().toISOString();
}

function logLine({ method, path, status, seconds, error }: RequestEvent): Record<string, unknown> {
  const line = {
    time: now(),
    event: "request",
    method,
    path,
    status,
    ms: Number((seconds * 1000).toFixed(3)),
  };
  if (error === undefined) return line;
  const isCaller = error instanceof CoppiceError && status < 500;
  const detail = error instanceof Error ? (isCaller ? error.message : (error.stack ?? error.message)) : error;
  return { ...line, error: detail };
}

/** From --token, --token-file and COPPICE_TOKENS together. */
async function readTokens({ token = [], tokenFile }: ServeFlags): Promise<string[]> {
  const lines = tokenFile === undefined ? [] : (await readText(tokenFile)).split("\n");
  const fromEnvironment = (process.env.COPPICE_TOKENS ?? "").split(",");
  const others = [...lines, ...fromEnvironment].map((text) => text.trim()).filter((text) => text !== "");
  if (tokenFile !== undefined && others.length === 0) {
    throw new CoppiceError("INVALID_DATA", `${tokenFile}: there is no token in the file`);
  }
  return [...token, ...others];
}

async function readText(path: string): Promise<string> {
  return new TextDecoder().decode(await places.of(path).read(path));
}
