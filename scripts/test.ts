// `npm test`: builds, runs vitest and ends with one plain line, "N passed, N failed, N skipped",
// whatever happened: also when the build fails, a file does not load or vitest itself dies.
// Arguments go to vitest.

import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { TestSummary } from "../test/reporter/summary.ts";

const vitest = fileURLToPath(new URL("../node_modules/vitest/vitest.mjs", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "coppice-test-"));
const summaryPath = join(folder, "summary.json");

if (spawnSync("npm", ["run", "build"], { stdio: ["ignore", "inherit", "inherit"] }).status === 0) {
  runVitest();
} else {
  console.error("the build failed, so no test ran");
  finish({ passed: 0, failed: 1, skipped: 0, skipReasons: {} }, 1);
}

function runVitest(): void {
  const child = spawn(process.execPath, [vitest, "run", ...process.argv.slice(2)], {
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, COPPICE_TEST_SUMMARY: summaryPath },
  });
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => child.kill(signal));
  child.on("close", (exitCode) => finish(readSummary(exitCode), exitCode));
}

function finish(summary: TestSummary, exitCode: number | null): void {
  rmSync(folder, { recursive: true });
  for (const [reason, count] of Object.entries(summary.skipReasons)) {
    console.log(`skipped ${count}: ${reason || "no reason given"}`);
  }
  console.log(`${summary.passed} passed, ${summary.failed} failed, ${summary.skipped} skipped`);
  process.exitCode = summary.failed > 0 ? exitCode || 1 : 0;
}

function readSummary(exitCode: number | null): TestSummary {
  let summary: TestSummary;
  try {
    summary = JSON.parse(readFileSync(summaryPath, "utf8")) as TestSummary;
  } catch {
    console.error("the test run ended without a summary");
    return { passed: 0, failed: 1, skipped: 0, skipReasons: {} };
  }
  // vitest may fail for a reason that is no test's, for example when no test file was found.
  const hasSilentFailure = exitCode !== 0 && summary.failed === 0;
  return hasSilentFailure ? { ...summary, failed: 1 } : summary;
}
