// Under a real mpirun on two hosts, which are network namespaces joined by a virtual cable: T1, T3 and T10 of
// docs/distributed.md with machines that have nothing in common but the files. Needs `npm run build`.

import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { distFolder } from "../../machine.ts";
import { describeNeeding } from "../../require.ts";
import { temporaryFolder, trainingOn, waitUntil, writeSmallTable } from "../trainer/drive.ts";
import { TwoHosts } from "./two-hosts.ts";

const main = join(distFolder, "cli/main.js");
const obstacle = TwoHosts.findObstacle();

/** Skipped, and that is all, where namespaces are not permitted: no promise of any machine. */
function testOnHosts(title: string, body: (hosts: TwoHosts) => Promise<void>): void {
  test(title, async ({ skip }) => {
    if (obstacle !== "") skip(obstacle);
    const hosts = TwoHosts.open();
    try {
      await body(hosts);
    } finally {
      hosts.close();
    }
  });
}

/** A launch of mpirun, with what its ranks write. */
class Launch {
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  output = "";

  constructor(command: readonly string[]) {
    this.child = spawn(command[0], command.slice(1), { stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [this.child.stdout!, this.child.stderr!]) {
      stream.on("data", (text) => {
        this.output += text;
      });
    }
    this.ended = new Promise((resolve) => this.child.once("close", resolve));
  }

  async reachRound(round: number): Promise<void> {
    const isThere = () =>
      Array.from(this.output.matchAll(/round +(\d+)\//g), ([, text]) => Number(text)).some((r) => r >= round);
    expect(await waitUntil(() => isThere() || this.child.exitCode !== null, 60_000)).toBe(true);
    expect(isThere(), this.output).toBe(true);
  }
}

describeNeeding("mpirun", "under mpirun on two hosts", () => {
  const folder = temporaryFolder();
  const table = join(folder, "table.csv");
  const training = trainingOn(table, 250);
  const alone = join(folder, "alone.json");

  beforeAll(() => {
    writeSmallTable(table, 2000);
    execFileSync(process.execPath, [main, ...training, "--model", alone], { stdio: "pipe" });
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** Launches ranks, `slots` on each host; rank 0, which is the driver too, on the first. */
  function launch(hosts: TwoHosts, slots: number, name: string): Launch {
    const agent = join(folder, "agent");
    hosts.writeAgent(agent);
    const addresses = hosts.hosts.map(({ address }) => address);
    const network = addresses[0].replace(/\d+$/, "0/24");
    const settings = { plm_rsh_agent: agent, oob_tcp_if_include: network, btl_tcp_if_include: network };
    return new Launch(
      hosts.on(0, [
        ...["mpirun", "--allow-run-as-root", "--oversubscribe", "-n", String(2 * slots)],
        ...["--host", addresses.map((address) => `${address}:${slots}`).join(",")],
        ...Object.entries(settings).flatMap(([key, value]) => ["--mca", key, value]),
        ...["-x", `COPPICE_TRACKER=${addresses[0]}:29400`, "-x", "COPPICE_TOKEN=of the test"],
        ...[process.execPath, main, ...training, "--engine", "env", "--model", join(folder, `${name}.json`)],
        ...["--storage", folder, "--name", name, "--checkpoint-every", "10"],
      ]),
    );
  }

  function expectModel(name: string): void {
    expect(readFileSync(join(folder, `${name}.json`), "utf8")).toBe(readFileSync(alone, "utf8"));
  }

  /** The processes of a host that run our program. */
  function ranksOn(hosts: TwoHosts, host: 0 | 1): number[] {
    const isOurs = (processId: number) => {
      try {
        return readFileSync(`/proc/${processId}/cmdline`, "utf8").startsWith(process.execPath);
      } catch {
        return false;
      }
    };
    return hosts.processIds(host).filter(isOurs);
  }

  const isEmpty = (hosts: TwoHosts) => () => ranksOn(hosts, 0).length + ranksOn(hosts, 1).length === 0;

  testOnHosts("two ranks on each of them train the model of one process", async (hosts) => {
    const run = launch(hosts, 2, "whole");
    await run.reachRound(5);
    expect([ranksOn(hosts, 0).length > 1, ranksOn(hosts, 1).length]).toEqual([true, 2]);
    expect(await run.ended, run.output).toBe(0);
    expectModel("whole");
    for (const host of [0, 1] as const) expect(hosts.bytesSent(host)).toBeGreaterThan(100_000);
  });

  testOnHosts("a killed rank ends all of them, and launched again the run goes on", async (hosts) => {
    const first = launch(hosts, 1, "killed");
    await first.reachRound(30);
    process.kill(ranksOn(hosts, 1)[0], "SIGKILL");
    expect(await first.ended).not.toBe(0);
    expect(first.output).toContain("worker 1 was lost");
    expect(await waitUntil(isEmpty(hosts), 3000)).toBe(true);
    const second = launch(hosts, 1, "killed");
    expect(await second.ended, second.output).toBe(0);
    expect(second.output).toMatch(/the first ([3-9]\d|\d{3}) rounds were there/);
    expectModel("killed");
  });

  testOnHosts("a cable that is out for two seconds costs nothing", async (hosts) => {
    const run = launch(hosts, 1, "blip");
    await run.reachRound(20);
    hosts.setCable(false);
    await new Promise((resolve) => setTimeout(resolve, 2000));
    hosts.setCable(true);
    expect(await run.ended, run.output).toBe(0);
    expectModel("blip");
  });

  testOnHosts(
    "a cable that stays out ends the ranks of both hosts, and plugged in the run goes on",
    async (hosts) => {
      const first = launch(hosts, 1, "parted");
      await first.reachRound(30);
      hosts.setCable(false);
      const begin = performance.now();
      expect(await waitUntil(() => first.output.includes("worker 1 was lost: silent"), 10_000)).toBe(true);
      expect(performance.now() - begin).toBeLessThan(6000);
      // The host that was cut off hears no abort: its worker ends when it has not heard the driver for ten seconds.
      expect(await waitUntil(isEmpty(hosts), 15_000)).toBe(true);
      // mpirun itself goes on waiting for its daemon on the lost host.
      for (const host of [0, 1] as const) {
        for (const processId of hosts.processIds(host)) process.kill(processId, "SIGKILL");
      }
      await first.ended;
      hosts.setCable(true);
      const second = launch(hosts, 1, "parted");
      expect(await second.ended, second.output).toBe(0);
      expectModel("parted");
    },
  );
});
