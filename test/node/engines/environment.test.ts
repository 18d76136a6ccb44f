// Workers that someone else starts: every process runs the same command, told apart by its environment alone.

import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { launchEnvironment, readLaunch, tlsFilesOf } from "../../../src/node/attempt/launch.ts";
import { freePort } from "../../free-port.ts";
import { distFolder } from "../../machine.ts";
import { catchError } from "../../oracle/catch-error.ts";
import { temporaryFolder, writeSmallTable } from "../trainer/drive.ts";

const folder = temporaryFolder();
afterAll(() => rmSync(folder, { recursive: true }));

interface Ended {
  readonly code: number | null;
  readonly output: string;
}

function start(command: readonly string[], environment: Record<string, string>): ChildProcess {
  return spawn(process.execPath, [`${distFolder}/cli/main.js`, ...command], {
    cwd: folder,
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

function endOf(child: ChildProcess): Promise<Ended> {
  let output = "";
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.on("data", (text) => {
      output += text;
    });
  }
  return new Promise((resolve) => child.once("close", (code) => resolve({ code, output })));
}

const training = [
  "train",
  "--data",
  "table.csv",
  "--label",
  "y",
  "--objective",
  "multi:softprob",
  "--rounds",
  "8",
];

describe("processes that an outer launcher starts", () => {
  test("train together by MPI's or torchrun's variables, and give the model of one process", async () => {
    writeSmallTable(join(folder, "table.csv"), 800);
    const alone = await endOf(start([...training, "--model", "alone.json"], {}));
    expect(alone.code, alone.output).toBe(0);
    const port = String(await freePort());
    const styles = [
      (rank: number) => ({ OMPI_COMM_WORLD_RANK: String(rank), OMPI_COMM_WORLD_SIZE: "3" }),
      (rank: number) => ({ RANK: String(rank), WORLD_SIZE: "3" }),
    ];
    for (const [i, style] of styles.entries()) {
      const model = `together-${i}.json`;
      const children = [0, 1, 2].map((rank) =>
        start([...training, "--engine", "env", "--model", model], {
          ...style(rank),
          MASTER_ADDR: "127.0.0.1",
          MASTER_PORT: port,
          COPPICE_TOKEN: "only for these three",
        }),
      );
      const ends = await Promise.all(children.map(endOf));
      for (const { code, output } of ends) expect(code, output).toBe(0);
      expect(readFileSync(join(folder, model), "utf8")).toBe(
        readFileSync(join(folder, "alone.json"), "utf8"),
      );
      expect(ends[0].output).toContain("on 3 workers");
      expect(ends[1].output).toBe("");
    }
  });

  test("all end with a failure when one of them is killed", async () => {
    writeSmallTable(join(folder, "table.csv"), 800);
    const port = await freePort();
    const environment = (rank: number) => ({
      COPPICE_RANK: String(rank),
      COPPICE_WORLD_SIZE: "3",
      COPPICE_TRACKER: `127.0.0.1:${port}`,
      COPPICE_TOKEN: "t",
    });
    const long = [...training.slice(0, -1), "100000", "--engine", "env", "--model", "never.json"];
    const children = [start(long, environment(0)), ...[1, 2].map((r) => start(["worker"], environment(r)))];
    const ends = children.map(endOf);
    await new Promise<void>((resolve) => children[0].stderr!.on("data", () => resolve()));
    children[2].kill("SIGKILL");
    const [driver, worker] = await Promise.all(ends);
    expect(driver.code).toBe(1);
    expect(driver.output).toContain("worker 2 was lost");
    expect(worker.code).toBe(3);
  });
});

describe("a worker's environment", () => {
  const tracker = { COPPICE_TRACKER: "10.0.0.1:5000" };
  const tls = { certificate: "a", key: "b", authority: "c" };

  test.each([tls, undefined])("is read as the driver wrote it, with %o", (files) => {
    const launch = {
      rank: 3,
      worldSize: 9,
      tracker: "10.0.0.1:5000",
      rendezvousMs: 7000,
      run: "r",
      attempt: 4,
      token: "t",
      tls: files,
    };
    expect(readLaunch(launchEnvironment(launch))).toEqual(launch);
  });

  test("has all three files of TLS or none", () => {
    expect(tlsFilesOf({})).toBeUndefined();
    expect(catchError(() => tlsFilesOf({ COPPICE_TLS_KEY: "b" })).message).toMatch(/needs COPPICE_TLS_/);
  });

  test("is read from our own variables before those of others", () => {
    const launch = readLaunch({
      ...tracker,
      COPPICE_RANK: "1",
      COPPICE_WORLD_SIZE: "2",
      RANK: "7",
      WORLD_SIZE: "9",
    });
    expect(launch).toMatchObject({ rank: 1, worldSize: 2, tracker: "10.0.0.1:5000", attempt: 1 });
  });

  test.each([
    [{ OMPI_COMM_WORLD_RANK: "2", OMPI_COMM_WORLD_SIZE: "4" }],
    [{ SLURM_PROCID: "2", SLURM_NTASKS: "4" }],
    [{ RANK: "2", WORLD_SIZE: "4" }],
    [{ JOB_COMPLETION_INDEX: "2", COPPICE_WORLD_SIZE: "4" }],
  ])("is read from %o", (variables) => {
    expect(readLaunch({ ...tracker, ...variables })).toMatchObject({ rank: 2, worldSize: 4 });
  });

  test.each([
    [{}, "COPPICE_RANK"],
    [{ COPPICE_RANK: "0" }, "COPPICE_WORLD_SIZE"],
    [{ COPPICE_RANK: "2", COPPICE_WORLD_SIZE: "2" }, "COPPICE_RANK"],
    [{ COPPICE_RANK: "x", COPPICE_WORLD_SIZE: "2" }, "COPPICE_RANK"],
    [{ COPPICE_RANK: "0", COPPICE_WORLD_SIZE: "2", COPPICE_TRACKER: undefined }, "COPPICE_TRACKER"],
  ])("%o is refused, naming %s", (variables, name) => {
    const error = catchError(() => readLaunch({ ...tracker, ...variables }));
    expect(error.code).toBe("INVALID_PARAMETER");
    expect(error.message).toContain(name);
  });
});
