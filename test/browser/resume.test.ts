// A training that the browser keeps: the tab is killed in its middle, a new one goes on, and the bytes are
// those of a training that nobody disturbed.

import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeNeeding } from "../require.ts";
import { openChromium } from "./browsers.ts";
import { nodeDigest, parameters, site } from "./pages.ts";
import { trainKept } from "./programs.ts";
import { type StaticSite, startSite } from "./static-server.ts";

const task = { rows: 2000, rounds: 30, parameters, options: {} };

describeNeeding("chromium", "a killed tab", () => {
  let browser: Browser;
  let server: StaticSite;
  beforeAll(async () => {
    browser = await openChromium();
    server = await startSite(site());
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  test("opened again resumes to the bytes of an undisturbed training", async () => {
    const context = await browser.newContext();
    const first = await context.newPage();
    await first.goto(server.url);
    const lost = first.evaluate(trainKept, task).catch((error: unknown) => String(error));
    await first.waitForFunction(
      () => ((globalThis as unknown as { toldRounds?: [] }).toldRounds ?? []).length >= 6,
    );
    const isGone = new Promise((resolve) => first.once("crash", resolve));
    const devtools = await context.newCDPSession(first);
    // Ends the process of the tab at once; no handler of the page runs.
    devtools.send("Page.crash").catch(() => {});
    await isGone;
    await first.close();
    await lost;
    const second = await context.newPage();
    await second.goto(server.url);
    const resumed = await second.evaluate(trainKept, task);
    expect(resumed.run.resumedFrom).toBeGreaterThanOrEqual(4);
    expect(resumed.run.resumedFrom).toBeLessThan(task.rounds);
    expect(resumed.run.attempt).toBe(2);
    expect(resumed.rounds[0]).toBe(resumed.run.resumedFrom);
    expect(resumed.digest).toBe(await nodeDigest(task.rows, task.rounds));
    const third = await second.evaluate(trainKept, task);
    expect(third.run.wasFinished).toBe(true);
    expect(third.rounds).toEqual([]);
    expect(third.digest).toBe(resumed.digest);
    await context.close();
  });
});
