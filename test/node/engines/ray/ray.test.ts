import { existsSync } from "node:fs";
import { afterEach, describe, expect, test } from "vitest";
import type { WorkerSpec } from "../../../../src/distributed/hub/engine.ts";
import { httpTransport } from "../../../../src/node/engines/ray/http-transport.ts";
import { type RayOptions, ray } from "../../../../src/node/engines/ray/ray-engine.ts";
import { groupEntrypoint, shellQuote } from "../../../../src/node/engines/ray/ray-job-group.ts";
import { RayJobs } from "../../../../src/node/engines/ray/ray-jobs.ts";
import { rootFolder } from "../../../machine.ts";
import { catchRejection } from "../../../oracle/catch-error.ts";
import { FakeRay } from "./fake-ray.ts";

let fake: FakeRay;

afterEach(async () => {
  await fake.close();
});

function specOf(rank: number, worldSize: number, changes: Partial<WorkerSpec> = {}): WorkerSpec {
  const environment = { COPPICE_RANK: String(rank), COPPICE_WORLD_SIZE: String(worldSize) };
  return { run: "a run", attempt: 1, rank, worldSize, cpus: 1, environment, ...changes };
}

/** An engine whose workers run `script` instead of the worker program. */
function engineOf(script: string, options: Partial<RayOptions> = {}): ReturnType<typeof ray> {
  return ray({ address: fake.address, command: ["sh", "-c", script], freeCpusMs: 300, ...options });
}

describe("the client", () => {
  test("says what Ray refuses in one line, without its traceback", async () => {
    fake = await FakeRay.start();
    const jobs = new RayJobs(httpTransport(fake.address));
    const spec = { entrypoint: "true", submissionId: "one", cpus: 1, environment: {} };
    await jobs.submit(spec);
    const again = await catchRejection(jobs.submit(spec));
    expect(again).toMatchObject({ code: "INTERNAL", details: { status: 500 } });
    expect(again.message).toBe(
      "Ray answered with status 500: ValueError: Job with submission_id one already exists. Please use a different submission_id.",
    );
    const wrong = await catchRejection(jobs.submit({ ...spec, entrypoint: 5 as unknown as string }));
    expect(wrong.message).toBe(
      "Ray answered with status 400: TypeError: entrypoint must be a string, got <class 'int'>",
    );
    expect(wrong.code).toBe("INVALID_PARAMETER");
    expect(await jobs.find("none")).toBeUndefined();
    expect(await jobs.logs("none")).toBe("");
    await jobs.stop("none");
  });

  test("refuses a job without CPUs, which Ray would run on the head", async () => {
    fake = await FakeRay.start();
    const jobs = new RayJobs(httpTransport(fake.address));
    const spec = { entrypoint: "true", submissionId: "one", cpus: 0, environment: {} };
    expect(await catchRejection(jobs.submit(spec))).toMatchObject({ code: "INVALID_PARAMETER" });
    expect(fake.requests).toEqual([]);
  });

  test("uploads a package once", async () => {
    fake = await FakeRay.start();
    const jobs = new RayJobs(httpTransport(fake.address));
    const content = () => new TextEncoder().encode("archive");
    expect(await jobs.putPackage("00ff", content)).toBe("gcs://_ray_pkg_00ff.zip");
    expect(await jobs.putPackage("00ff", content)).toBe("gcs://_ray_pkg_00ff.zip");
    expect(fake.requests.filter((request) => request.startsWith("PUT"))).toHaveLength(1);
  });

  test("counts CPUs by node, the head without any left out", async () => {
    fake = await FakeRay.start(3);
    expect(await new RayJobs(httpTransport(fake.address)).cpus()).toEqual({
      nodes: ["first"],
      free: [3],
      total: 3,
    });
  });

  test("sends the token, and says so when it is wrong", async () => {
    fake = await FakeRay.start(2, "secret");
    expect(await new RayJobs(httpTransport(fake.address, { token: "secret" })).version()).toBe("2.58.0");
    const error = await catchRejection(new RayJobs(httpTransport(fake.address)).version());
    expect(error).toMatchObject({ code: "INVALID_PARAMETER", details: { status: 401 } });
  });

  test("tells a silent server from one that is not there", async () => {
    fake = await FakeRay.start();
    fake.isDown = true;
    const error = await catchRejection(new RayJobs(httpTransport(fake.address)).version());
    expect(error).toMatchObject({ code: "PEER_LOST" });
    expect(() => ray({ address: "head:8265" })).toThrow(/`address` must be the http or https address/);
  });
});

describe("the shell of several workers", () => {
  test("quotes what is no plain word", () => {
    expect(shellQuote("dist/cli/main.js")).toBe("dist/cli/main.js");
    expect(shellQuote("it's $HOME")).toBe(`'it'\\''s $HOME'`);
  });

  test("gives the worker alone no rank of its own", () => {
    expect(groupEntrypoint("node x", [3])).toBe("exec node x");
  });
});

describe("the engine", () => {
  test("runs a job per worker with CPUs of its own, and deletes it in the end", async () => {
    fake = await FakeRay.start();
    const engine = engineOf('echo "rank $COPPICE_RANK of $COPPICE_WORLD_SIZE, $MORE"', {
      environment: { MORE: "more" },
    });
    const handles = await Promise.all([0, 1].map((rank) => engine.launch(specOf(rank, 2))));
    const ends = await Promise.all(handles.map(({ ended }) => ended));
    expect(ends.map(({ reason }) => reason)).toEqual(["exit code 0", "exit code 0"]);
    expect(ends.map(({ log }) => log)).toEqual(["rank 0 of 2, more", "rank 1 of 2, more"]);
    expect(fake.submitted).toHaveLength(2);
    expect(fake.submitted[0]).toMatch(/^coppice-a_run-1-0-[0-9a-f]{8}$/);
    await engine.close?.();
    expect(fake.jobs.size).toBe(0);
    expect(fake.freeCpus).toBe(2);
  });

  test("gives the exit code and the last words of a worker that failed", async () => {
    fake = await FakeRay.start();
    const { ended } = await engineOf("echo the reason >&2; exit 7").launch(specOf(0, 1));
    expect(await ended).toEqual({ reason: "exit code 7", log: "the reason" });
  });

  test("stops a worker that ignores SIGTERM, and frees its CPU", async () => {
    fake = await FakeRay.start();
    const engine = engineOf("trap '' TERM; while true; do sleep 0.1; done");
    const handle = await engine.launch(specOf(0, 1));
    await new Promise((resolve) => setTimeout(resolve, 300));
    await handle.stop();
    expect((await handle.ended).reason).toBe("stopped through Ray");
    await expect.poll(() => fake.freeCpus, { timeout: 5000 }).toBe(2);
    await engine.close?.();
    expect(fake.jobs.size).toBe(0);
  });

  test("takes a job away that still waits for a CPU", async () => {
    fake = await FakeRay.start(1);
    const engine = engineOf("sleep 30");
    await engine.launch(specOf(0, 2));
    const waiting = await engine.launch(specOf(1, 2));
    await waiting.stop();
    const running = [...fake.jobs.values()].filter(({ status }) => status === "RUNNING");
    expect(running).toHaveLength(1);
    await engine.close?.();
    expect(fake.jobs.size).toBe(0);
  });

  test("says when a machine died with its worker", async () => {
    fake = await FakeRay.start();
    const { ended } = await engineOf("sleep 30").launch(specOf(0, 1));
    fake.loseMachine(fake.submitted[0]);
    expect((await ended).reason).toMatch(/failed: Job supervisor actor died: its node has died/);
  });

  test("gives up soon a machine that does not answer, goes elsewhere, and trusts it when it is back", async () => {
    fake = await FakeRay.start();
    const engine = engineOf("sleep 30");
    const handle = await engine.launch(specOf(0, 1));
    await expect
      .poll(() => fake.requests.filter((line) => line.startsWith("GET /api/jobs/")).length)
      .toBeGreaterThan(1);
    fake.isCut = true;
    const begin = performance.now();
    await handle.stop();
    expect(performance.now() - begin).toBeLessThan(3000);
    expect(await engine.countWorkers?.(2, 1, 0)).toBe(0);
    await engine.launch(specOf(0, 1));
    expect([...fake.jobs.values()].map(({ labelSelector }) => labelSelector)).toEqual([
      undefined,
      { "ray.io/node-id": "!in(first)" },
    ]);
    fake.heal();
    await handle.ended;
    await expect.poll(() => engine.countWorkers?.(1, 1)).toBe(1);
    await engine.close?.();
    expect(fake.jobs.size).toBe(0);
  });

  test("waits for a dashboard that is started again, once it knows it", async () => {
    fake = await FakeRay.start();
    const engine = engineOf("true");
    fake.isDown = true;
    await expect(engine.countWorkers?.(1, 1)).rejects.toMatchObject({ code: "PEER_LOST" });
    fake.isDown = false;
    expect(await engine.countWorkers?.(1, 1)).toBe(1);
    fake.isDown = true;
    setTimeout(() => {
      fake.isDown = false;
    }, 700);
    expect(await engine.countWorkers?.(1, 1)).toBe(1);
  });

  test("lives through a dashboard that is away for a while", async () => {
    fake = await FakeRay.start();
    const { ended } = await engineOf("sleep 1; exit 3").launch(specOf(0, 1));
    fake.isDown = true;
    await new Promise((resolve) => setTimeout(resolve, 1500));
    fake.isDown = false;
    expect((await ended).reason).toBe("exit code 3");
  });

  test("finds the job again whose submission had no answer", async () => {
    fake = await FakeRay.start();
    fake.losesNextAnswer = true;
    const { ended } = await engineOf("exit 4").launch(specOf(0, 1));
    expect((await ended).reason).toBe("exit code 4");
    expect(fake.submitted).toHaveLength(1);
  });

  test("counts how many workers there is room for now", async () => {
    fake = await FakeRay.start(3);
    expect(await engineOf("true").countWorkers?.(2, 1)).toBe(2);
    expect(await engineOf("true").countWorkers?.(4, 1)).toBe(3);
    expect(await engineOf("true").countWorkers?.(4, 2)).toBe(1);
    expect(await engineOf("true", { isAutoscaling: true }).countWorkers?.(4, 2)).toBe(4);
  });

  test("puts several workers into a job, and ends all of them when one fails", async () => {
    fake = await FakeRay.start(4);
    const script = 'echo "rank $COPPICE_RANK"; test $COPPICE_RANK = 1 && exit 5; sleep 30';
    const engine = engineOf(script, { workersPerJob: 2 });
    const handles = await Promise.all([0, 1].map((rank) => engine.launch(specOf(rank, 2, { cpus: 2 }))));
    expect(fake.submitted).toHaveLength(1);
    expect([...fake.jobs.values()][0].cpus).toBe(4);
    await handles[1].stop();
    const ends = await Promise.all(handles.map(({ ended }) => ended));
    expect(ends[0]).toEqual(ends[1]);
  });

  test("keeps the jobs of many workers below thirty", async () => {
    fake = await FakeRay.start(64);
    const engine = engineOf("true");
    const ranks = Array.from({ length: 64 }, (_, rank) => rank);
    const handles = await Promise.all(ranks.map((rank) => engine.launch(specOf(rank, 64))));
    const ends = await Promise.all(handles.map(({ ended }) => ended));
    expect(fake.submitted.length).toBeLessThanOrEqual(30);
    expect(new Set(ends.map(({ reason }) => reason))).toEqual(new Set(["exit code 0"]));
  });

  test.skipIf(!existsSync(`${rootFolder}dist/cli/main.js`))(
    "uploads this package for its workers, the same each time",
    async () => {
      fake = await FakeRay.start(1);
      const spec = specOf(0, 1);
      for (const _ of [1, 2]) {
        const engine = ray({ address: fake.address, node: "true" });
        await (await engine.launch(spec)).ended;
      }
      expect(fake.packages.size).toBe(1);
      const [archive] = fake.packages.values();
      expect(archive.length).toBeLessThan(4_000_000);
      expect(fake.requests.filter((request) => request.startsWith("PUT"))).toHaveLength(1);
    },
  );
});
