// `coppice serve`: models over HTTP, until it is told to stop; then what was asked is answered first. One
// JSON object a line on standard error for every request.

import type { Command } from "commander";
import { CoppiceError } from "../../core/errors.ts";
import { places } from "../../node/files/places.ts";
import { type ServerOptions, serverOptions } from "../../node/serve/server-options.ts";
import type { RequestEvent } from "../../serve/http/handler-options.ts";
import { collectEach, failUsage, parseNonNegative, requireFlags } from "../flags/flag-values.ts";
import { addFlags, flagValues } from "../flags/option-flags.ts";
import { becomeLowMemoryProcess } from "../low-memory.ts";
import type { CommandContext } from "../terminal/context.ts";

interface ServeFlags {
  readonly token?: readonly string[] | undefined;
  readonly tokenFile?: string | undefined;
  /** In seconds. */
  readonly timeout: number;
  readonly tlsCert?: string | undefined;
  readonly tlsKey?: string | undefined;
  readonly lowMemory?: boolean | undefined;
  readonly quiet?: boolean | undefined;
}

const { models, host, port, corsOrigins, limits, maxQueue, maxLagMs, workers, batching, rounds } =
  serverOptions;
/** Over fewer rows an index says little. */
const driftWindowRows = { ...serverOptions.driftWindowRows, minimum: 100 };

export function addServeCommand(program: Command, context: CommandContext): void {
  const command = program
    .command("serve")
    .description("Serve models over HTTP: Open Inference Protocol v2, rows of JSON, Arrow, metrics, drift.");
  addFlags(command, { models, host, port });
  command
    .optionsGroup("Access:")
    .option(
      "--token <text>",
      "bearer token that requests must carry; may be repeated, visible to other users of this machine",
      collectEach,
    )
    .option("--token-file <file>", "file of tokens, one a line (or COPPICE_TOKENS, separated by commas)")
    .option("--tls-cert <file>", "certificate in PEM, to speak HTTPS")
    .option("--tls-key <file>", "its key in PEM");
  addFlags(command, { corsOrigins });
  command.optionsGroup("Limits:");
  addFlags(command, { limits, maxQueue, maxLagMs });
  command.option("--timeout <seconds>", "time for a request", parseNonNegative, 60).optionsGroup("Work:");
  addFlags(command, { workers, batching, driftWindowRows, rounds });
  command
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
  const server = await startServer(await optionsOf(command, flags, context));
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

async function optionsOf(
  command: Command,
  flags: ServeFlags,
  context: CommandContext,
): Promise<ServerOptions> {
  const { timeout, tlsCert, tlsKey } = flags;
  const options = flagValues(command, serverOptions);
  return {
    ...options,
    models: options.models ?? [],
    tokens: await readTokens(flags),
    tls:
      tlsCert !== undefined && tlsKey !== undefined
        ? { cert: await readText(tlsCert), key: await readText(tlsKey) }
        : undefined,
    limits: { ...options.limits, timeoutMs: timeout * 1000 },
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
