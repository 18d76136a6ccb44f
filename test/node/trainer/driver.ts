// The process of a driver, for tests that kill it: trains what the JSON of its first argument asks for, tells
// on its standard output which processes run and how far it is, and ends with the model's digest.

import { createHash } from "node:crypto";
import type { TrainerOptions } from "../../../src/node/trainer/trainer-options.ts";
import { distFolder } from "../../machine.ts";

/** What a driver is asked for; the engine is the local one. */
export interface DriverRequest {
  readonly options: Omit<TrainerOptions, "engine">;
  /** A port where the tracker is reached through a proxy that listens on another. */
  readonly proxy?: { readonly trackerPort: number; readonly proxyPort: number } | undefined;
}

/** A line of a driver's standard output. */
export type DriverLine =
  | { readonly type: "worker"; readonly rank: number; readonly attempt: number; readonly processId: number }
  | { readonly type: "round"; readonly round: number }
  | { readonly type: "failure"; readonly code: string; readonly message: string; readonly seconds: number }
  | {
      readonly type: "done";
      readonly digest: string;
      readonly attempts: number;
      readonly wasFinished: boolean;
      readonly secondsToRecover: readonly (number | undefined)[];
    }
  | { readonly type: "error"; readonly code: string; readonly message: string };

async function main(request: DriverRequest): Promise<void> {
  const { processes, Trainer } = (await import(
    `${distFolder}/node/index.js`
  )) as typeof import("../../../src/node/index.ts");
  const tell = (line: DriverLine) => process.stdout.write(`${JSON.stringify(line)}\n`);
  const begin = performance.now();
  const local = processes({ onStart: (worker) => tell({ type: "worker", ...worker }) });
  const { proxy } = request;
  const engine = proxy
    ? { ...local, trackerPort: proxy.trackerPort, trackerAddress: `127.0.0.1:${proxy.proxyPort}` }
    : local;
  try {
    const result = await new Trainer({
      ...request.options,
      engine,
      onRound: ({ round }) => tell({ type: "round", round }),
      onFailure: ({ code, message }) =>
        tell({ type: "failure", code, message, seconds: (performance.now() - begin) / 1000 }),
    }).fit();
    const digest = createHash("sha256").update(result.booster.toBytes("json")).digest("hex");
    const { attempts, wasFinished, failures } = result;
    const secondsToRecover = failures.map((failure) => failure.secondsToRecover);
    tell({ type: "done", digest, attempts, wasFinished, secondsToRecover });
  } catch (error) {
    const { code, message } = error as { code: string; message: string };
    tell({ type: "error", code, message });
    process.exitCode = 1;
  }
}

if (process.argv[2] !== undefined && import.meta.url.endsWith("/driver.ts")) {
  await main(JSON.parse(process.argv[2]) as DriverRequest);
}
