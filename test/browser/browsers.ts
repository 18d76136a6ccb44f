// Real browsers for tests: Debian's Chromium through playwright-core.

import { type Browser, chromium } from "playwright-core";
import { rootFolder } from "../machine.ts";
import { findChromium } from "../require.ts";

/** The build whose pages are tested. */
export const distFolder: string = process.env.COPPICE_DIST ?? `${rootFolder}dist`;

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export function openChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: chromiumPath(), args: FLAGS });
}

/** playwright wants a path, not a command. */
function chromiumPath(): string {
  const command = findChromium() ?? "chromium";
  return command.includes("/") ? command : `/usr/bin/${command}`;
}
