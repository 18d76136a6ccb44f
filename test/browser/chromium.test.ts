// Training in real Chromium: the bytes are Node's whatever the page allows, and the page answers meanwhile.

import { readFileSync } from "node:fs";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { distFolder } from "../machine.ts";
import { describeNeeding } from "../require.ts";
import { openChromium } from "./browsers.ts";
import { nodeDigest, parameters, sampleFiles, site } from "./pages.ts";
import {
  moveTable,
  provokeErrors,
  readEverywhere,
  stopAndAbort,
  trainOnSample,
  watchKeys,
} from "./programs.ts";
import { startSite } from "./static-server.ts";

const ROWS = 4000;
const ROUNDS = 8;

describeNeeding("chromium", "Chromium", () => {
  let browser: Browser;
  let expected: string;
  beforeAll(async () => {
    browser = await openChromium();
    expected = await nodeDigest(ROWS, ROUNDS);
  });
  afterAll(() => browser?.close());

  /** Runs `use` on the page of a site. */
  async function withPage<T>(
    options: Parameters<typeof site>[0],
    use: (page: Page, log: string[]) => Promise<T>,
  ) {
    const server = await startSite(site(options));
    const context = await browser.newContext();
    const page = await context.newPage();
    try {
      await page.goto(server.url);
      return await use(page, server.log);
    } finally {
      await context.close();
      await server.close();
    }
  }
  const sample = { rows: ROWS, rounds: ROUNDS, parameters, options: {} };

  test.each([true, false])(
    "trains Node's bytes, cross-origin isolated: %s",
    { retry: 2 },
    async (isIsolated) => {
      const got = await withPage({ isIsolated }, (page) =>
        page.evaluate(trainOnSample, { ...sample, options: isIsolated ? { threads: 2 } : {} }),
      );
      expect(got.support.hasSharedMemory).toBe(isIsolated);
      expect(got.support.hasWebAssembly).toBe(true);
      expect(got.support.worker).toBe("file");
      expect(got.support.notes.join()).toEqual(
        isIsolated ? "" : expect.stringContaining("cross-origin isolated"),
      );
      expect(got.digest).toBe(expected);
      expect(got.longestGap).toBeLessThan(50);
      expect(got.events).toEqual(Array.from({ length: ROUNDS }, (_, round) => round));
      expect(got.predicted).toBe(7 * ROWS);
    },
  );

  test("trains Node's bytes with the JavaScript kernels", async () => {
    const options = { kernels: "typescript" };
    const got = await withPage({}, (page) => page.evaluate(trainOnSample, { ...sample, options }));
    expect(got.digest).toBe(expected);
  });

  test.each([true, false])(
    "starts from the package's text where the file is missing, isolated: %s",
    async (isIsolated) => {
      const got = await withPage({ isIsolated }, async (page) => {
        await page.route("**/worker.js", (route) => route.fulfill({ status: 404 }));
        return page.evaluate(trainOnSample, { ...sample, options: isIsolated ? { threads: 2 } : {} });
      });
      expect(got.support.worker).toBe("embedded");
      expect(got.support.hasSharedMemory).toBe(isIsolated);
      expect(got.digest).toBe(expected);
    },
  );

  /** The worker's program with `prologue` before it, as a browser with that limit would run it. */
  const limited = async (page: Page, prologue: string) => {
    const program = readFileSync(`${distFolder}/browser/worker.js`, "utf8");
    await page.route("**/worker.js", (route) =>
      route.fulfill({
        contentType: "text/javascript",
        headers: { "Cross-Origin-Embedder-Policy": "require-corp" },
        body: prologue + program,
      }),
    );
  };

  test("without WebAssembly says so and trains the same bytes", async () => {
    const got = await withPage({}, async (page) => {
      await limited(page, "delete globalThis.WebAssembly;");
      return page.evaluate(trainOnSample, sample);
    });
    expect(got.support.hasWebAssembly).toBe(false);
    expect(got.support.notes.join()).toContain("WebAssembly with SIMD is missing");
    expect(got.digest).toBe(expected);
  });

  test("goes on with one thread, and says so, where shared memory is too large", async () => {
    const got = await withPage({ isIsolated: true }, async (page) => {
      await limited(
        page,
        `const Memory = WebAssembly.Memory;
        WebAssembly.Memory = function (given) {
          if (given.shared) throw new RangeError("too large");
          return new Memory(given);
        };`,
      );
      return page.evaluate(trainOnSample, { ...sample, options: { threads: 2 } });
    });
    expect(got.support.hasSharedMemory).toBe(true);
    expect(got.warnings.join()).toMatch(/training goes on with one thread/);
    expect(got.digest).toBe(expected);
  });

  // Other tests share the cores: what the page itself does is the same in every try.
  test("answers a key within 50 ms while it trains", { retry: 2 }, async () => {
    const delays = await withPage({}, async (page) => {
      await page.evaluate(watchKeys);
      const training = page.evaluate(trainOnSample, { ...sample, rows: 20_000 });
      let isDone = false;
      void training.then(() => {
        isDone = true;
      });
      await page.focus("#field");
      while (!isDone) {
        await page.keyboard.press("a");
        await page.waitForTimeout(20);
      }
      await training;
      return page.evaluate(() => (globalThis as unknown as { keyDelays: number[] }).keyDelays);
    });
    expect(delays.length).toBeGreaterThan(5);
    expect(Math.max(...delays)).toBeLessThan(50);
  });

  test("stops with the model so far, and aborts with the error ABORTED", async () => {
    const got = await withPage({}, (page) => page.evaluate(stopAndAbort, { parameters }));
    expect(got.stoppedRounds).toBeGreaterThanOrEqual(3);
    expect(got.stoppedRounds).toBeLessThan(10_000);
    expect(got.abortCode).toBe("ABORTED");
    expect(got.rowsAfter).toBe(1000);
  });

  test("errors keep their code, message and details", async () => {
    const got = await withPage({}, (page) => page.evaluate(provokeErrors));
    expect(got).toEqual([
      ["INVALID_DATA", expect.stringMatching(/^cannot fetch http:.*missing\.csv: the server answered 404$/)],
      ["INVALID_PARAMETER", expect.stringContaining("`rounds`")],
      ["INVALID_PARAMETER", "a table must be a File, a Blob or a URL, got 7"],
      ["UNSUPPORTED", expect.stringContaining("`callbacks` cannot be used from a page")],
      ["INVALID_PARAMETER", "the table must be one of this trainer that is not closed"],
    ]);
  });

  test("moves a table that may be consumed, and copies others", async () => {
    const got = await withPage({}, (page) => page.evaluate(moveTable));
    expect(got).toEqual({ keptBytes: 4 * 600, movedBytes: 0, isEqual: true });
  });
});

describeNeeding("chromium", "tables of a page", () => {
  let browser: Browser;
  let parquet: Uint8Array;
  let csv: string;
  // More than the 512 KiB that the reader fetches at once for the footer.
  const rows = 40_000;
  beforeAll(async () => {
    browser = await openChromium();
    ({ parquet, csv } = await sampleFiles(rows));
  });
  afterAll(() => browser?.close());

  test.each([true, false])(
    "CSV and Parquet by file and by URL are one table, byte ranges: %s",
    async (hasRanges) => {
      const files = { "/data/x.parquet": parquet, "/data/x.csv": csv };
      const server = await startSite(site({ files, hasRanges }));
      const page = await browser.newPage();
      try {
        await page.goto(server.url);
        const digests = await page.evaluate(readEverywhere, { csv });
        expect(new Set(digests).size).toBe(1);
        const log = server.log.filter((line) => line.includes("x.parquet"));
        const fetched = log.reduce((sum, line) => sum + Number(line.split(" ")[2]), 0);
        // One column of many: with ranges the file is not fetched as a whole.
        if (hasRanges) expect(fetched).toBeLessThan(parquet.length);
        expect(log.every((line) => line.startsWith(hasRanges ? "206" : "200"))).toBe(true);
      } finally {
        await page.close();
        await server.close();
      }
    },
  );
});
