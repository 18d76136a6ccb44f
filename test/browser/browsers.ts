// Real browsers for tests: Debian's Chromium through playwright-core.

import { type Browser, chromium } from "playwright-core";
import { findChromium } from "../require.ts";

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
