// The demo page, built as static files, as a person uses it in Chromium: by keyboard, with files, in both
// colour schemes and two sizes, with axe looking on.

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { loadModel } from "../../src/index.ts";
import { describeNeeding, rootFolder } from "../require.ts";
import { openChromium } from "./browsers.ts";
import { type StaticSite, startSite } from "./static-server.ts";

const axePath = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
/** Where pictures go, for people to look at; none are made without it. */
const pictures = process.env.COPPICE_SCREENSHOTS;

const looks = [
  { colorScheme: "light", width: 1280, height: 900 },
  { colorScheme: "dark", width: 1280, height: 900 },
  { colorScheme: "light", width: 390, height: 844 },
  { colorScheme: "dark", width: 390, height: 844 },
] as const;

describeNeeding("chromium", "the demo page", () => {
  let folder: string;
  let browser: Browser;
  let server: StaticSite;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "coppice-demo-"));
    const args = [`${rootFolder}scripts/demo.ts`, "--build", join(folder, "page")];
    const built = spawnSync(process.execPath, args, { encoding: "utf8" });
    if (built.status !== 0) throw new Error(built.stderr);
    server = await startSite({ folders: { "/": join(folder, "page") }, isIsolated: true });
    browser = await openChromium();
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** A page without errors. */
  async function withPage(look: (typeof looks)[number], use: (page: Page) => Promise<void>): Promise<void> {
    const { colorScheme, width, height } = look;
    const context = await browser.newContext({ colorScheme, viewport: { width, height } });
    const page = await context.newPage();
    const errors: string[] = [];
    page.on("pageerror", (error) => errors.push(String(error)));
    page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
    await page.goto(`${server.url}/`);
    await page.waitForSelector("#setup:not([inert])");
    await use(page);
    expect(errors).toEqual([]);
    await context.close();
  }

  const statusOf = (page: Page) => page.textContent("#status");
  const waitForStatus = (page: Page, text: RegExp) =>
    expect.poll(() => statusOf(page), { timeout: 60_000 }).toMatch(text);

  /** The rules that axe finds broken, with the elements. */
  async function violations(page: Page): Promise<string[]> {
    await page.addScriptTag({ path: axePath });
    return page.evaluate(async () => {
      // biome-ignore lint/suspicious/noExplicitAny: axe's own global
      const { violations } = await (globalThis as any).axe.run();
      return violations.map(
        ({ id, nodes }: { id: string; nodes: { html: string }[] }) =>
          `${id}: ${nodes.map(({ html }) => html).join(" ")}`,
      );
    });
  }

  test.each(looks)(
    "trains on the sample; axe finds nothing: $colorScheme, $width pixels wide",
    async (look) => {
      await withPage(look, async (page) => {
        expect(await violations(page)).toEqual([]);
        await page.click("#sample");
        await page.fill("#rounds", "6");
        await page.click("#train");
        await waitForStatus(page, /^Trained 6 rounds/);
        for (const id of ["curve", "quality", "importance", "row", "tree"]) {
          expect(await page.isVisible(`#${id}-panel`), id).toBe(true);
        }
        expect(await page.textContent("#quality caption")).toMatch(
          /^5,000 validation rows, \d\d\.\d % right$/,
        );
        expect(await violations(page)).toEqual([]);
        const isWiderThanWindow = await page.evaluate(
          () => document.documentElement.scrollWidth > innerWidth,
        );
        expect(isWiderThanWindow).toBe(false);
        if (pictures) {
          const name = `demo-${look.colorScheme}-${look.width}.png`;
          await page.screenshot({ path: join(pictures, name), fullPage: true });
        }
      });
    },
  );

  test("is worked by keyboard alone, and stops with the rounds so far", async () => {
    await withPage(looks[0], async (page) => {
      await page.fill("#rounds", "5000");
      const focus = async (id: string) => {
        for (let presses = 0; presses < 40; presses++) {
          if (await page.evaluate((wanted) => document.activeElement?.id === wanted, id)) return;
          await page.keyboard.press("Tab");
        }
        throw new Error(`${id} is not reached by Tab`);
      };
      await page.focus(".skip");
      await focus("sample");
      await page.keyboard.press("Enter");
      await focus("train");
      await page.keyboard.press("Enter");
      await waitForStatus(page, /^Round \d+ of 5000/);
      await page.focus("#rounds");
      await focus("stop");
      await page.keyboard.press("Enter");
      await waitForStatus(page, /^Stopped after \d+ rounds/);
    });
  });

  test("takes a CSV file, shows a number's residuals, and gives a file that opens again", async () => {
    const path = join(folder, "trees.csv");
    const lines = Array.from(
      { length: 500 },
      (_, i) => `${i % 25},${["oak", "ash", "elm"][i % 3]},${(i % 25) * 1.5 + (i % 3)}`,
    );
    writeFileSync(path, `age,kind,height\n${lines.join("\n")}\n`);
    await withPage(looks[0], async (page) => {
      await page.setInputFiles("#file", path);
      await waitForStatus(page, /^Ready/);
      expect(await page.inputValue("#label")).toBe("height");
      await page.fill("#rounds", "20");
      await page.click("#train");
      await waitForStatus(page, /^Trained 20 rounds/);
      expect(await page.textContent("#quality-title")).toBe("Predicted and true values");
      const saved = page.waitForEvent("download");
      await page.click("#download");
      const file = await (await saved).path();
      const booster = loadModel(new Uint8Array(readFileSync(file)));
      expect(booster.featureNames).toEqual(["age", "kind"]);
      await page.setInputFiles("#open", {
        name: "again.json",
        mimeType: "application/json",
        buffer: readFileSync(file),
      });
      await waitForStatus(page, /^again\.json: reg:squarederror, 20 rounds, 20 trees\.$/);
      await page.setInputFiles("#open", {
        name: "no.json",
        mimeType: "application/json",
        buffer: Buffer.from("{}"),
      });
      await waitForStatus(page, /is missing|must be/);
    });
  });
});
