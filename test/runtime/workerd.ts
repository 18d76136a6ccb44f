// A worker for workerd: bundled as the tools for it do, with a configuration beside it.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { freePort } from "../free-port.ts";

/**
 * Writes the worker into `folder`, for `workerd serve config.capnp` there.
 *
 * @param dataFiles names of files in the folder that the source may import as bytes
 * @returns the port on which it will listen
 */
export async function bundleForWorkerd(
  folder: string,
  source: string,
  dataFiles: readonly string[] = [],
): Promise<number> {
  writeFileSync(join(folder, "worker-main.mjs"), source);
  await build({
    entryPoints: [join(folder, "worker-main.mjs")],
    outfile: join(folder, "worker.mjs"),
    bundle: true,
    format: "esm",
    external: [...dataFiles],
    absWorkingDir: folder,
    logLevel: "silent",
  });
  const port = await freePort();
  const modules = [
    '(name = "worker.mjs", esModule = embed "worker.mjs")',
    ...dataFiles.map((name) => `(name = "${name}", data = embed "${name}")`),
  ];
  writeFileSync(
    join(folder, "config.capnp"),
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .main)],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")]
);
const main :Workerd.Worker = (
  modules = [${modules.join(", ")}],
  compatibilityDate = "2026-01-01"
);`,
  );
  return port;
}
