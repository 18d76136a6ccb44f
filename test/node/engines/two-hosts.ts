// Two hosts on one machine: network namespaces joined by a virtual cable, each with an address of its own.
// Making them takes Linux, `ip` and the rights of an administrator; where one is missing a test says so and is skipped.

import { spawnSync } from "node:child_process";
import { chmodSync, writeFileSync } from "node:fs";

export interface Host {
  /** Of the namespace. */
  readonly name: string;
  readonly address: string;
  /** Of the end of the cable. */
  readonly device: string;
}

function ip(...args: string[]): string {
  const run = spawnSync("ip", args, { encoding: "utf8" });
  if (run.status === 0) return run.stdout;
  throw new Error(run.error?.message ?? run.stderr.trim());
}

export class TwoHosts {
  readonly hosts: readonly [Host, Host];

  private constructor(hosts: readonly [Host, Host]) {
    this.hosts = hosts;
  }

  /** Why there cannot be two hosts here; "" when there can. */
  static findObstacle(): string {
    const name = `cop${process.pid}`;
    try {
      ip("netns", "add", name);
      ip("-n", name, "link", "add", "cable0", "type", "veth", "peer", "name", "cable1");
      return "";
    } catch (error) {
      return `network namespaces cannot be made: ${(error as Error).message}`;
    } finally {
      spawnSync("ip", ["netns", "del", name]);
    }
  }

  static open(): TwoHosts {
    // A subnet of its own for each process, so that test files do not meet.
    const net = `10.${200 + (process.pid % 50)}.${process.pid % 251}`;
    const make = (i: number): Host => ({
      name: `cop${process.pid}-${i}`,
      address: `${net}.${i + 1}`,
      device: `cop${i}`,
    });
    const hosts = [make(0), make(1)] as const;
    const pair = new TwoHosts(hosts);
    try {
      const [a, b] = hosts;
      for (const { name } of hosts) ip("netns", "add", name);
      const other = ["peer", "name", b.device, "netns", b.name];
      ip("link", "add", a.device, "netns", a.name, "type", "veth", ...other);
      for (const { name, address, device } of hosts) {
        ip("-n", name, "addr", "add", `${address}/24`, "dev", device);
        ip("-n", name, "link", "set", "lo", "up");
        ip("-n", name, "link", "set", device, "up");
      }
    } catch (error) {
      pair.close();
      throw error;
    }
    return pair;
  }

  /** The command that runs `command` on a host. */
  on(host: 0 | 1, command: readonly string[]): string[] {
    return ["ip", "netns", "exec", this.hosts[host].name, ...command];
  }

  /** Pulls the cable, or plugs it in again; then the hosts reach each other when it returns. */
  setCable(isPlugged: boolean): void {
    const [{ name, device }] = this.hosts;
    ip("-n", name, "link", "set", device, isPlugged ? "up" : "down");
    const deadline = performance.now() + 10_000;
    while (isPlugged && !(this.#reaches(0, 1) && this.#reaches(1, 0))) {
      if (performance.now() > deadline) throw new Error("the hosts do not reach each other");
    }
  }

  /** Nobody listens at that port: to be refused at once is an answer. */
  #reaches(from: 0 | 1, to: 0 | 1): boolean {
    const probe = ["timeout", "0.5", "bash", "-c", `< /dev/tcp/${this.hosts[to].address}/9`];
    const [command, ...args] = this.on(from, probe);
    return spawnSync(command, args, { encoding: "utf8" }).stderr.includes("refused");
  }

  /** Bytes that a host has sent to the other. */
  bytesSent(host: 0 | 1): number {
    const { name, device } = this.hosts[host];
    const statistics = JSON.parse(ip("-n", name, "-s", "-j", "link", "show", device)) as {
      stats64: { tx: { bytes: number } };
    }[];
    return statistics[0].stats64.tx.bytes;
  }

  /** Ids of the processes that run on a host. */
  processIds(host: 0 | 1): number[] {
    return ip("netns", "pids", this.hosts[host].name).split("\n").filter(Boolean).map(Number);
  }

  /** Writes what mpirun takes for a remote shell: `agent host command`. */
  writeAgent(path: string): void {
    const cases = this.hosts.map(
      ({ name, address }) => `  ${address}) exec ip netns exec ${name} sh -c "$*" ;;`,
    );
    writeFileSync(path, `#!/bin/sh\nhost=$1\nshift\ncase $host in\n${cases.join("\n")}\nesac\nexit 1\n`);
    chmodSync(path, 0o755);
  }

  close(): void {
    for (const host of [0, 1] as const) {
      try {
        for (const processId of this.processIds(host)) process.kill(processId, "SIGKILL");
      } catch {
        // Ended meanwhile, or never made.
      }
      spawnSync("ip", ["netns", "del", this.hosts[host].name]);
    }
  }
}
