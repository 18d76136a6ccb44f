import { expect, test } from "vitest";
import type { TestModule } from "vitest/node";
import { summarize } from "./summary.ts";

type State = "passed" | "failed" | "skipped" | "pending";

/** A test file as the reporter sees it. */
function moduleOf(
  state: "passed" | "failed",
  ...results: readonly (readonly [State, string?])[]
): TestModule {
  const cases = results.map(([caseState, note]) => ({ result: () => ({ state: caseState, note }) }));
  return { state: () => state, children: { allTests: () => cases } } as unknown as TestModule;
}

test("tests are counted by what became of them", () => {
  const modules = [moduleOf("failed", ["passed"], ["failed"], ["pending"]), moduleOf("passed", ["skipped"])];
  expect(summarize(modules, 0)).toMatchObject({ passed: 1, failed: 2, skipped: 1 });
});

test("a file that does not load counts as one failure", () => {
  expect(summarize([moduleOf("failed"), moduleOf("passed", ["passed"])], 0)).toMatchObject({
    passed: 1,
    failed: 1,
  });
});

test("a failed hook counts where no test of the file failed", () => {
  expect(summarize([moduleOf("failed", ["passed"], ["skipped"])], 0).failed).toBe(1);
});

test("an error outside of every test counts as one failure", () => {
  expect(summarize([moduleOf("passed", ["passed"])], 1)).toMatchObject({ passed: 1, failed: 1 });
});

test("skipped tests are gathered by reason", () => {
  const modules = [moduleOf("passed", ["skipped", "needs x"], ["skipped", "needs x"], ["skipped"])];
  expect(summarize(modules, 0).skipReasons).toEqual({ "needs x": 2, "": 1 });
});
