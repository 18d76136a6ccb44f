// The server's page in a real browser, and the client in a page of another origin.

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Booster } from "../../src/booster/booster.ts";
import { DMatrix } from "../../src/data/dmatrix.ts";
import { openChromium } from "../browser/browsers.ts";
import { distFolder } from "../machine.ts";
import { describeNeeding, rootFolder } from "../require.ts";
import { modelFolder, type ServerProcess, startServer } from "../serve/server-process.ts";
import { reloaded, trainTrees } from "../serve/serving.ts";

describeNeeding("chromium", "in Chromium", () => {
  let browser: Awaited<ReturnType<typeof openChromium>>;
  let trees: Booster;

  beforeAll(async () => {
    trees = reloaded(await trainTrees());
    browser = await openChromium();
  });
  afterAll(() => browser.close());

  /** Runs `use` with a server that stops afterwards. */
  async function withServer(flags: string[], use: (server: ServerProcess) => Promise<void>): Promise<void> {
    const server = await startServer(modelFolder({ trees }), "--quiet", ...flags);
    try {
      await use(server);
    } finally {
      await server.stop();
    }
  }

  test("the page asks for the token, shows the models and predicts a row", async () => {
    await withServer(["--token", "secret"], async ({ url }) => {
      const page = await browser.newPage();
      const problems: string[] = [];
      page.on("pageerror", (error) => problems.push(error.message));
      await page.goto(url);
      await page.getByText("a bearer token is needed").waitFor();
      await page.getByLabel("Bearer token").fill("secret");
      await page.getByRole("button", { name: "Show models" }).click();
      await page.getByRole("heading", { name: "trees, version 1" }).waitFor();
      await page.getByLabel("height").fill("1.5");
      await page.getByLabel("colour").selectOption("green");
      await page.getByRole("button", { name: "Predict" }).click();
      const answer = page.locator("pre").filter({ hasText: /^\{/ });
      await answer.waitFor();
      const shown = JSON.parse((await answer.textContent()) ?? "");
      const data = DMatrix.fromRows([[1.5, NaN, 1]]);
      expect(Float32Array.from(shown.predict[0])).toEqual(trees.predict(data));
      expect(shown.class).toEqual(trees.predictLabels(data));
      expect(problems).toEqual([]);
      await page.close();
    });
  });

  test("the client predicts in a page of another origin that the server allows, and only there", async () => {
    const { outputFiles } = await build({
      stdin: {
        contents: `export * from ${JSON.stringify(`${distFolder}/client.js`)};`,
        resolveDir: rootFolder,
      },
      bundle: true,
      format: "iife",
      globalName: "coppice",
      write: false,
    });
    const html = `<!doctype html><title>x</title><script>${outputFiles[0].text.replaceAll("</script", "<\\/script")}</script>`;
    const pages = createServer((_, response) => response.end(html));
    await new Promise<void>((resolve) => pages.listen(0, "127.0.0.1", resolve));
    const origin = `http://127.0.0.1:${(pages.address() as AddressInfo).port}`;
    const ask = (url: string) => `(async () => {
      const remote = await coppice.connect(${JSON.stringify(url)}, { model: "trees", retries: 0 });
      const data = coppice.DMatrix.fromRows([[1.5, 20, 2], [-3, NaN, 0]]);
      return [...await remote.predict(data, { kind: "margin" })];
    })()`;
    try {
      const page = await browser.newPage();
      await page.goto(origin);
      await withServer(["--cors-origin", origin], async ({ url }) => {
        const expected = trees.predict(
          DMatrix.fromRows([
            [1.5, 20, 2],
            [-3, NaN, 0],
          ]),
          { kind: "margin" },
        );
        expect(await page.evaluate(ask(url))).toEqual([...expected]);
      });
      await withServer([], async ({ url }) => {
        await expect(page.evaluate(ask(url))).rejects.toThrow(/cannot be reached/);
      });
      await page.close();
    } finally {
      pages.close();
    }
  });
});
