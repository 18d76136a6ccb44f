// The demo page on the built package: `npm run demo` serves it, with the headers that allow threads;
// `npm run demo -- --build [folder]` writes it as static files.

import { fileURLToPath } from "node:url";
import { build, createServer, type InlineConfig } from "vite";

const root = fileURLToPath(new URL("../", import.meta.url));
const isolation = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};
const config: InlineConfig = {
  root: `${root}src/demo`,
  configFile: false,
  base: "./",
  // The page's sources name the sources; what runs is the build, which has the worker's program.
  resolve: { alias: [{ find: /^\.\.\/browser\/index\.ts$/, replacement: `${root}dist/browser/index.js` }] },
  server: { headers: isolation, fs: { allow: [root] } },
};

if (process.argv[2] === "--build") {
  const outDir = process.argv[3] ?? `${root}out/demo`;
  await build({ ...config, logLevel: "warn", build: { outDir, emptyOutDir: true, target: "es2022" } });
  console.log(`the page is in ${outDir}`);
} else {
  const server = await createServer(config);
  await server.listen();
  server.printUrls();
}
