// A real Ray on this machine, of one node, on free ports; with what tests ask it by hand.

import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { httpTransport } from "../../../../src/node/engines/ray/http-transport.ts";
import { RayJobs } from "../../../../src/node/engines/ray/ray-jobs.ts";
import { freePort } from "../../../free-port.ts";
import { rayCommand } from "../../../require.ts";

const execute = promisify(execFile);

export interface RayCluster {
  /** Of the dashboard. */
  readonly address: string;
  /** Of Ray itself, host:port. */
  readonly gcsAddress: string;
  /** Ids of the jobs that the cluster remembers. */
  jobs(): Promise<string[]>;
  close(): Promise<void>;
}

/** Starts a head node with `cpus` CPUs; takes some ten seconds. */
export async function startRay(cpus: number): Promise<RayCluster> {
  const command = rayCommand() as string;
  const folder = mkdtempSync(join(tmpdir(), "ray-"));
  const [dashboard, gcs] = await Promise.all([freePort(), freePort()]);
  const options = {
    "num-cpus": cpus,
    "node-ip-address": "127.0.0.1",
    port: gcs,
    "dashboard-host": "127.0.0.1",
    "dashboard-port": dashboard,
    "object-store-memory": 100_000_000,
    "temp-dir": folder,
  };
  const flags = Object.entries(options).map(([name, value]) => `--${name}=${value}`);
  await execute(command, ["start", "--head", "--disable-usage-stats", ...flags], { timeout: 90_000 });
  const address = `http://127.0.0.1:${dashboard}`;
  const cluster: RayCluster = {
    address,
    gcsAddress: `127.0.0.1:${gcs}`,
    async jobs() {
      // Through curl: Ray takes fetch for a browser.
      const { stdout } = await execute("curl", ["-s", "-m", "20", `${address}/api/jobs/`]);
      return (JSON.parse(stdout) as { submission_id: string }[]).map((job) => job.submission_id);
    },
    async close() {
      // Only the processes of this cluster: they name its folder on their command lines, or are children of those.
      const { stdout } = await execute("pgrep", ["-f", folder]).catch(() => ({ stdout: "" }));
      const named = stdout.trim().split("\n").map(Number);
      const own = await withDescendants(named.filter((id) => id > 0 && id !== process.pid));
      for (const id of own) kill(id);
      await new Promise((resolve) => setTimeout(resolve, 500));
      rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 300 });
    },
  };
  await waitForDashboard(address).catch(async (error) => {
    await cluster.close();
    throw error;
  });
  return cluster;
}

/** On a busy machine the dashboard comes some seconds later than the command says. */
export async function waitForDashboard(address: string): Promise<void> {
  const jobs = new RayJobs(httpTransport(address));
  const deadline = performance.now() + 60_000;
  while ((await jobs.version().catch(() => undefined)) === undefined) {
    if (performance.now() > deadline) throw new Error(`no dashboard at ${address}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

async function withDescendants(roots: readonly number[]): Promise<Set<number>> {
  const { stdout } = await execute("ps", ["-eo", "pid=,ppid="]);
  const pairs = stdout
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s+/).map(Number));
  const all = new Set(roots);
  for (const parent of all) {
    for (const [id, itsParent] of pairs) if (itsParent === parent) all.add(id);
  }
  return all;
}

function kill(processId: number): void {
  try {
    process.kill(processId, "SIGKILL");
  } catch {
    // It has ended already.
  }
}
