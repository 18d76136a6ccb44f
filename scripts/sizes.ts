// The sizes of what a page or an edge function loads, by entry: bundled, minified and packed with gzip, on the
// build (`npm run build` comes first). Prints a Markdown table; with --check it ends with 1 when an entry is
// above its limit.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { rolldown } from "rolldown";

const root = fileURLToPath(new URL("../", import.meta.url));

export interface EntrySize {
  readonly entry: string;
  readonly bytes: number;
  readonly gzipBytes: number;
  /** What `gzipBytes` must stay below. */
  readonly limit: number;
}

const KIB = 1024;
/** What is bundled: names of an entry, or all of it. */
const parts = [
  {
    entry: "coppice/edge { loadCompactModel }",
    file: "edge",
    names: "{ loadCompactModel }",
    limit: 10 * KIB,
  },
  { entry: "coppice/edge { loadModel }", file: "edge", names: "{ loadModel }", limit: 12 * KIB },
  { entry: "coppice/edge, all of it", file: "edge", names: "*", limit: 15 * KIB },
  {
    entry: "coppice/browser { BrowserTrainer }, the page's part",
    file: "browser/index",
    names: "{ BrowserTrainer }",
    limit: 40 * KIB,
  },
] as const;

/** Sizes of the build in dist. */
export async function measureSizes(): Promise<EntrySize[]> {
  const sizes: EntrySize[] = [];
  for (const { entry, file, names, limit } of parts) {
    const text = await bundleText(`export ${names} from "./${file}.js";`);
    sizes.push({ entry, limit, ...sizeOf(text) });
  }
  const worker = readFileSync(`${root}dist/browser/worker.js`);
  if (worker.length < 100 * KIB) throw new Error("dist has no worker program: run `npm run build` first");
  sizes.push({ entry: "coppice/browser, the worker's part", limit: 260 * KIB, ...sizeOf(worker) });
  return sizes;
}

/** By Vite's bundler; the text of the worker stays out, which is fetched only where its file cannot be started. */
async function bundleText(contents: string): Promise<Uint8Array> {
  const entry = `${root}dist/entry-of-sizes.js`;
  const bundle = await rolldown({
    input: entry,
    external: (id) => id.endsWith("worker-source.js"),
    plugins: [
      {
        name: "entry",
        resolveId: (id) => (id === entry ? id : null),
        load: (id) => (id === entry ? contents : null),
      },
    ],
  });
  const { output } = await bundle.generate({ format: "esm", minify: true });
  return new TextEncoder().encode(output[0].code);
}

function sizeOf(text: Uint8Array): { bytes: number; gzipBytes: number } {
  return { bytes: text.length, gzipBytes: gzipSync(text, { level: 9 }).length };
}

function tableOf(sizes: readonly EntrySize[]): string {
  const kib = (bytes: number) => `${(bytes / KIB).toFixed(1)} KiB`;
  const lines = sizes.map(
    ({ entry, bytes, gzipBytes, limit }) =>
      `| ${entry} | ${kib(bytes)} | ${kib(gzipBytes)} | ${kib(limit)} |`,
  );
  return ["| entry | minified | gzip | limit |", "| --- | ---: | ---: | ---: |", ...lines].join("\n");
}

if (import.meta.main) {
  const sizes = await measureSizes();
  console.log(tableOf(sizes));
  const tooLarge = sizes.filter(({ gzipBytes, limit }) => gzipBytes >= limit);
  if (process.argv.includes("--check") && tooLarge.length > 0) {
    console.error(`above the limit: ${tooLarge.map(({ entry }) => entry).join("; ")}`);
    process.exitCode = 1;
  }
}
