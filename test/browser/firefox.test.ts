// Training in real Firefox: the same programs and the same bytes as in Chromium and Node.

import { afterAll, beforeAll, expect, test } from "vitest";
import { describeNeeding } from "../require.ts";
import { Firefox } from "./firefox-bidi.ts";
import { nodeDigest, parameters, site } from "./pages.ts";
import { beginKept, provokeErrors, stopAndAbort, trainKept, trainOnSample } from "./programs.ts";
import { type StaticSite, startSite } from "./static-server.ts";

const ROWS = 4000;
const ROUNDS = 8;

describeNeeding("firefox", "Firefox", () => {
  let firefox: Firefox;
  let expected: string;
  let plain: StaticSite;
  let isolated: StaticSite;
  beforeAll(async () => {
    firefox = await Firefox.open();
    plain = await startSite(site());
    isolated = await startSite(site({ isIsolated: true }));
    expected = await nodeDigest(ROWS, ROUNDS);
  });
  afterAll(async () => {
    await firefox?.close();
    await plain?.close();
    await isolated?.close();
  });

  test.each([true, false])(
    "trains Node's bytes, cross-origin isolated: %s",
    { retry: 2 },
    async (isIsolated) => {
      const options = isIsolated ? { threads: 2 } : {};
      const task = { rows: ROWS, rounds: ROUNDS, parameters, options };
      const got = await firefox.run((isIsolated ? isolated : plain).url, trainOnSample, task);
      expect(got.support).toMatchObject({
        hasSharedMemory: isIsolated,
        hasWebAssembly: true,
        worker: "file",
      });
      expect(got.digest).toBe(expected);
      expect(got.longestGap).toBeLessThan(50);
      expect(got.events).toHaveLength(ROUNDS);
    },
  );

  test("stops with the model so far, and aborts with the error ABORTED", async () => {
    const got = await firefox.run(plain.url, stopAndAbort, { parameters });
    expect(got.stoppedRounds).toBeGreaterThanOrEqual(3);
    expect(got.stoppedRounds).toBeLessThan(10_000);
    expect(got.abortCode).toBe("ABORTED");
  });

  test("errors keep their code", async () => {
    const got = await firefox.run(plain.url, provokeErrors, undefined);
    expect(got.map(([code]) => code)).toEqual([
      "INVALID_DATA",
      "INVALID_PARAMETER",
      "INVALID_PARAMETER",
      "UNSUPPORTED",
      "INVALID_PARAMETER",
    ]);
  });

  test("a closed tab, opened again, resumes to the bytes of an undisturbed training", async () => {
    const task = { rows: 2000, rounds: 30, parameters, options: {} };
    // The tab is closed as soon as the program returns, in the middle of the training.
    expect(await firefox.run(plain.url, beginKept, task)).toBe(6);
    const resumed = await firefox.run(plain.url, trainKept, task);
    expect(resumed.run.resumedFrom).toBeGreaterThanOrEqual(4);
    expect(resumed.run.resumedFrom).toBeLessThan(task.rounds);
    expect(resumed.digest).toBe(await nodeDigest(task.rows, task.rounds));
  });
});
