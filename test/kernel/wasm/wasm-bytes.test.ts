import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { generateKernelFile } from "../../../scripts/build-kernels.ts";
import { rootFolder } from "../../require.ts";

test("the checked-in WebAssembly is what its source compiles to", async () => {
  const checkedIn = await readFile(`${rootFolder}src/kernel/wasm/wasm-bytes.ts`, "utf8");
  expect(await generateKernelFile()).toBe(checkedIn);
}, 60_000);
