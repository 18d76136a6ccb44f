// The packed package through four bundlers without any configuration for it, and the result in Chromium: the
// worker starts, and the bytes are Node's.

import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { nodeResolve } from "@rollup/plugin-node-resolve";
import { build as esbuild } from "esbuild";
import type { Browser } from "playwright-core";
import { rollup } from "rollup";
import { build as vite } from "vite";
import { afterAll, beforeAll, expect, test } from "vitest";
import webpack from "webpack";
import { describeNeeding } from "../require.ts";
import { makePackedApp } from "../runtime/packed-app.ts";
import { openChromium } from "./browsers.ts";
import { nodeDigest, parameters } from "./pages.ts";
import { trainOnSample } from "./programs.ts";
import { startSite } from "./static-server.ts";

type Bundle = (entry: string, outDir: string, app: string) => Promise<unknown>;

const bundlers: Readonly<Record<string, Bundle>> = {
  vite: (_, outDir, root) => vite({ root, configFile: false, logLevel: "error", build: { outDir } }),
  webpack: (entry, path, context) =>
    new Promise((resolve, reject) => {
      webpack({ mode: "production", context, entry: { main: entry }, output: { path } }, (error, stats) => {
        if (error || stats?.hasErrors()) reject(error ?? new Error(stats?.toString("errors-only")));
        else resolve(stats);
      });
    }),
  esbuild: (entry, outdir) =>
    esbuild({ entryPoints: [entry], bundle: true, minify: true, format: "esm", outdir }),
  rollup: async (input, dir) => {
    const bundle = await rollup({ input, plugins: [nodeResolve({ browser: true })], logLevel: "silent" });
    await bundle.write({ dir, format: "es" });
  },
};

const task = { rows: 2000, rounds: 3, parameters };

describeNeeding("chromium", "a bundle", () => {
  let app: string;
  let browser: Browser;
  let expected: string;
  beforeAll(async () => {
    app = makePackedApp();
    writeFileSync(
      join(app, "main.js"),
      'import { DMatrix, BrowserTrainer, train } from "coppice/browser";\nglobalThis.coppice = { DMatrix, BrowserTrainer, train };\n',
    );
    writeFileSync(
      join(app, "index.html"),
      '<!doctype html><title>app</title><link rel="icon" href="data:,"><script type="module" src="./main.js"></script>',
    );
    browser = await openChromium();
    expected = await nodeDigest(task.rows, task.rounds);
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(app, { recursive: true, force: true });
  });

  test.each(Object.keys(bundlers))(
    "of %s trains Node's bytes, with shared memory and without",
    async (name) => {
      const outDir = join(app, `out-${name}`);
      mkdirSync(outDir);
      await bundlers[name](join(app, "main.js"), outDir, app);
      const files =
        name === "vite"
          ? {}
          : {
              "/": '<!doctype html><title>app</title><link rel="icon" href="data:,"><script type="module" src="/main.js"></script>',
            };
      for (const isIsolated of [true, false]) {
        const server = await startSite({ folders: { "/": outDir }, files, isIsolated });
        const page = await browser.newPage();
        await page.goto(`${server.url}/`);
        await page.waitForFunction(() => "coppice" in globalThis);
        const options = isIsolated ? { threads: 2 } : {};
        const got = await page.evaluate(trainOnSample, { ...task, options });
        expect(got.digest).toBe(expected);
        expect(got.support.hasSharedMemory).toBe(isIsolated);
        // These two know `new Worker(new URL(..))`; with the others the text in the package is the way.
        expect(got.support.worker).toBe(["vite", "webpack"].includes(name) ? "file" : "embedded");
        await page.close();
        await server.close();
      }
    },
  );
});
