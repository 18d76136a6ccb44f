// Flags of the Ray cluster that workers run on.

import type { Command } from "commander";
import type { Engine } from "../../distributed/hub/engine.ts";
import { ray } from "../../node/engines/ray/ray-engine.ts";
import { failUsage } from "./flag-values.ts";

export interface RayFlags {
  readonly engine?: "processes" | "ray" | "env" | undefined;
  readonly address?: string | undefined;
  readonly driverHost?: string | undefined;
  readonly node?: string | undefined;
}

export function addRayFlags(command: Command): void {
  command
    .option("--address <url>", "dashboard of the Ray cluster; its token, if it has one, in COPPICE_RAY_TOKEN")
    .option(
      "--driver-host <host>",
      "how the cluster's machines reach this one (default: told from the address)",
    )
    .option("--node <command>", "Node.js on the cluster's machines", "node");
}

/** Ends the command on wrong usage. */
export function checkRayFlags(command: Command, { engine, address, driverHost }: RayFlags): void {
  if ((engine === "ray") !== (address !== undefined)) {
    failUsage(command, "--engine ray and --address belong together");
  }
  if (driverHost !== undefined && engine !== "ray") failUsage(command, "--driver-host needs --engine ray");
}

/** @throws {CoppiceError} INVALID_PARAMETER when the address is none */
export function rayOf({ driverHost, node }: RayFlags, address: string): Engine {
  return ray({ address, driverHost, node, token: process.env.COPPICE_RAY_TOKEN });
}
