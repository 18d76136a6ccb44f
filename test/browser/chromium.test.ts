// Training in real Chromium: the bytes are Node's whatever the page allows, and the page answers meanwhile.

import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeNeeding } from "../require.ts";
import { openChromium } from "./browsers.ts";
import { nodeDigest, parameters, site } from "./pages.ts";
import { startSite } from "./static-server.ts";

const ROWS = 4000;
const ROUNDS = 8;

/** What runs in a page: trains on the sample and tells what happened. */
const trainOnSample = async ({
  rows,
  rounds,
  parameters,
  options,
}: {
  rows: number;
  rounds: number;
  parameters: object;
  options: object;
}) => {
  // biome-ignore lint/suspicious/noExplicitAny: the page's own global
  const { Trainer } = (globalThis as any).coppice;
  const trainer = await Trainer.open();
  const table = await trainer.forestCover({ rows, seed: 1 });
  const events: number[] = [];
  let longestGap = 0;
  let last = performance.now();
  const beat = setInterval(() => {
    longestGap = Math.max(longestGap, performance.now() - last);
    last = performance.now();
  }, 1);
  const result = await trainer.train(parameters, table, {
    rounds,
    onRound: ({ round }: { round: number }) => events.push(round),
    ...options,
  });
  clearInterval(beat);
  const bytes = result.booster.toBytes("json");
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const values: Float32Array = await trainer.predict(result.booster, table);
  trainer.close();
  return {
    support: trainer.support,
    events,
    longestGap,
    seconds: result.seconds,
    digest: Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join(""),
    predicted: values.length,
  };
};

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

  test.each([true, false])("trains Node's bytes, cross-origin isolated: %s", async (isIsolated) => {
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
    expect(got.events).toEqual(Array.from({ length: ROUNDS }, (_, round) => round));
    expect(got.predicted).toBe(7 * ROWS);
  });

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
});
