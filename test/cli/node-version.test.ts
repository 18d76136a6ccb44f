import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { refuseOldNode } from "../../src/cli/node-version.ts";
import { rootFolder } from "../machine.ts";

test("a Node that is too old is told which one is needed, before any other module is loaded", () => {
  expect(refuseOldNode("20.11.1")).toBe("coppice needs Node 22.12 or newer; this is 20.11.1");
  expect(refuseOldNode("22.11.0")).toMatch(/this is 22\.11\.0$/);
  for (const version of ["22.12.0", "22.12.0-pre", "23.0.0", "24.21.0", "100.0.0"]) {
    expect(refuseOldNode(version)).toBeUndefined();
  }
  const imports = readFileSync(`${rootFolder}src/cli/main.ts`, "utf8").match(/^import .*$/gm);
  expect(imports).toEqual(['import { refuseOldNode } from "./node-version.ts";']);
});

test("the version that is needed is the one of package.json", () => {
  const { engines } = JSON.parse(readFileSync(`${rootFolder}package.json`, "utf8")) as {
    engines: { node: string };
  };
  const wanted = engines.node.replace(">=", "");
  expect(refuseOldNode(wanted)).toBeUndefined();
  expect(refuseOldNode("0.0.0")).toContain(`Node ${wanted.replace(/\.0$/, "")} or newer`);
});
