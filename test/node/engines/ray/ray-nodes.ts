// A real Ray over several nodes on this machine: a head without CPUs and its nodes, each in a network
// namespace of its own, joined by a bridge; the driver is outside. Needs root and `ip`. `close` ends whatever
// runs in the namespaces. For tests that kill workers and nodes and cut links.

import { execFile, execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { rayCommand } from "../../../require.ts";
import { waitForDashboard } from "./ray-cluster.ts";

const execute = promisify(execFile);

export interface RayNodesOptions {
  readonly nodes: number;
  readonly cpusPerNode: number;
}

/** A process of one of the nodes. */
export interface NodeProcess {
  readonly node: number;
  readonly processId: number;
}

/** The number of the head among the nodes. */
const HEAD = 0;
const GCS_PORT = 6379;
const DASHBOARD_PORT = 8265;

/** Why this machine cannot have network namespaces, or "". */
export function whyNoNamespaces(): string {
  if (process.platform !== "linux") return "no Linux";
  if (process.getuid?.() !== 0) return "not root";
  const name = `cop${process.pid}x`;
  const added = spawnSync("ip", ["netns", "add", name], { encoding: "utf8" });
  if (added.status !== 0) return added.error?.message ?? added.stderr.trim();
  const linked = spawnSync("ip", ["link", "add", `${name}a`, "type", "veth", "peer", "name", `${name}b`]);
  spawnSync("ip", ["link", "del", `${name}a`]);
  spawnSync("ip", ["netns", "del", name]);
  return linked.status === 0 ? "" : linked.stderr.toString().trim();
}

export class RayNodes {
  /** Of the dashboard. */
  readonly address: string;
  /** This machine, as its nodes see it. */
  readonly driverHost: string;
  readonly #name: string;
  readonly #subnet: string;
  readonly #folder: string;
  readonly #options: RayNodesOptions;

  private constructor(options: RayNodesOptions) {
    this.#options = options;
    this.#name = `cop${process.pid}`;
    this.#subnet = `10.${200 + (process.pid % 50)}.${(process.pid >> 6) % 250}`;
    this.#folder = mkdtempSync(join(tmpdir(), "ray-"));
    this.driverHost = `${this.#subnet}.1`;
    this.address = `http://${this.#addressOf(HEAD)}:${DASHBOARD_PORT}`;
  }

  /** Starts the cluster and waits until all nodes are in it; takes some twenty seconds. */
  static async open(options: RayNodesOptions): Promise<RayNodes> {
    const cluster = new RayNodes(options);
    try {
      await cluster.#start();
      return cluster;
    } catch (error) {
      await cluster.close();
      throw error;
    }
  }

  async #start(): Promise<void> {
    const bridge = this.#name;
    ip("link", "add", bridge, "type", "bridge");
    ip("addr", "add", `${this.driverHost}/24`, "dev", bridge);
    ip("link", "set", bridge, "up");
    for (const node of [HEAD, ...this.#nodes]) this.#addNamespace(node);
    const address = this.#addressOf(HEAD);
    await this.#ray(HEAD, {
      head: true,
      "num-cpus": 0,
      "node-ip-address": address,
      port: GCS_PORT,
      "dashboard-host": address,
      "dashboard-port": DASHBOARD_PORT,
      "temp-dir": this.#folder,
    });
    // One after the other: together they would be slower than Ray waits for them on a busy machine.
    for (const node of this.#nodes) await this.startNode(node);
    await waitForDashboard(this.address);
  }

  /** Numbers of the nodes with CPUs, from 1 on. */
  get #nodes(): number[] {
    return Array.from({ length: this.#options.nodes }, (_, i) => i + 1);
  }

  #addNamespace(node: number): void {
    const name = this.#namespace(node);
    ip("netns", "add", name);
    ip("link", "add", this.#link(node), "type", "veth", "peer", "name", "eth0", "netns", name);
    ip("link", "set", this.#link(node), "master", this.#name, "up");
    ip("-n", name, "addr", "add", `${this.#addressOf(node)}/24`, "dev", "eth0");
    ip("-n", name, "link", "set", "eth0", "up");
    ip("-n", name, "link", "set", "lo", "up");
    ip("-n", name, "route", "add", "default", "via", this.driverHost);
  }

  /** Starts Ray on a node, for the first time or again. */
  async startNode(node: number): Promise<void> {
    await this.#ray(node, {
      address: `${this.#addressOf(HEAD)}:${GCS_PORT}`,
      "node-ip-address": this.#addressOf(node),
      "num-cpus": this.#options.cpusPerNode,
    });
  }

  async #ray(node: number, options: Record<string, string | number | true>): Promise<void> {
    const all: typeof options = { ...options, "object-store-memory": 100_000_000 };
    const flags = Object.entries(all).map(([name, value]) =>
      value === true ? `--${name}` : `--${name}=${value}`,
    );
    const start = [rayCommand() as string, "start", "--disable-usage-stats", ...flags];
    const command = ["netns", "exec", this.#namespace(node), ...start];
    // On a busy machine Ray sometimes gives a node up after half a minute.
    await execute("ip", command, { timeout: 90_000 }).catch(() =>
      execute("ip", command, { timeout: 90_000 }),
    );
  }

  /** Worker processes of ours, in the order in which they started. */
  workers(): NodeProcess[] {
    return this.#find(/^\S*node\s\S*cluster-worker-main\.js/);
  }

  /** SIGKILL for the raylet of a node: Ray's part of it dies, its jobs with it. */
  killRaylet(node: number): void {
    for (const { processId } of this.#find(/raylet\/raylet\s/).filter((found) => found.node === node)) {
      process.kill(processId, "SIGKILL");
    }
  }

  /** What is sent to the node or from it gets lost, and nobody is told. */
  cutLink(node: number): void {
    ip("link", "set", this.#link(node), "down");
  }

  healLink(node: number): void {
    ip("link", "set", this.#link(node), "up");
  }

  #find(commandLine: RegExp): NodeProcess[] {
    const found: NodeProcess[] = this.#nodes.flatMap((node) =>
      processesIn(this.#namespace(node))
        .filter((processId) => commandLine.test(commandLineOf(processId)))
        .map((processId) => ({ node, processId })),
    );
    return found.sort((a, b) => a.processId - b.processId);
  }

  /** Ends everything, whatever state it is in. */
  async close(): Promise<void> {
    const all = [HEAD, ...this.#nodes];
    for (const id of all.flatMap((node) => processesIn(this.#namespace(node)))) kill(id);
    await new Promise((resolve) => setTimeout(resolve, 300));
    for (const node of all) {
      spawnSync("ip", ["link", "del", this.#link(node)]);
      spawnSync("ip", ["netns", "del", this.#namespace(node)]);
    }
    spawnSync("ip", ["link", "del", this.#name]);
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 300 });
  }

  #namespace(node: number): string {
    return `${this.#name}n${node}`;
  }

  #link(node: number): string {
    return `${this.#name}v${node}`;
  }

  #addressOf(node: number): string {
    return `${this.#subnet}.${node + 2}`;
  }
}

function ip(...args: string[]): void {
  execFileSync("ip", args, { stdio: ["ignore", "ignore", "pipe"] });
}

function processesIn(namespace: string): number[] {
  const { stdout } = spawnSync("ip", ["netns", "pids", namespace], { encoding: "utf8" });
  return (stdout ?? "").trim().split(/\s+/).map(Number).filter(Boolean);
}

function commandLineOf(processId: number): string {
  try {
    return readFileSync(`/proc/${processId}/cmdline`, "utf8").replaceAll("\0", " ");
  } catch {
    return "";
  }
}

function kill(processId: number): void {
  try {
    process.kill(processId, "SIGKILL");
  } catch {
    // It has ended already.
  }
}
