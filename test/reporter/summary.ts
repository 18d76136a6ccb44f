// Counts what a test run did and writes it as JSON to the file that COPPICE_TEST_SUMMARY names, for
// scripts/test.ts to print as the last line. A test file that does not load, or an error outside any
// test, counts as one failure. Why tests were skipped is gathered by reason.

import { writeFileSync } from "node:fs";
import type { Reporter, TestModule } from "vitest/node";

export interface TestSummary {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** How many tests each reason skipped; "" is a test skipped without one. */
  readonly skipReasons: Record<string, number>;
}

/** The vitest reporter; prints nothing itself. */
export default class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const path = process.env.COPPICE_TEST_SUMMARY;
    if (path) writeFileSync(path, JSON.stringify(summarize(modules, unhandledErrors.length)));
  }
}

/** @param unhandledErrorCount errors that belong to no test */
export function summarize(modules: readonly TestModule[], unhandledErrorCount: number): TestSummary {
  const counts = { passed: 0, failed: unhandledErrorCount, skipped: 0 };
  const skipReasons: Record<string, number> = {};
  for (const module of modules) {
    let failedHere = 0;
    for (const testCase of module.children.allTests()) {
      const result = testCase.result();
      if (result.state === "passed") counts.passed++;
      else if (result.state === "skipped") {
        counts.skipped++;
        const reason = result.note ?? "";
        skipReasons[reason] = (skipReasons[reason] ?? 0) + 1;
      } else failedHere++; // failed, or still pending when the run ended
    }
    // A file that fails to load, or a hook that fails, leaves no failed test behind.
    if (failedHere === 0 && module.state() === "failed") failedHere = 1;
    counts.failed += failedHere;
  }
  return { ...counts, skipReasons };
}
