import { expect, onTestFinished, test } from "vitest";
import { requirement } from "./require.ts";

function requireInstead(list: string): void {
  const before = process.env.COPPICE_TEST_REQUIRE;
  onTestFinished(() => {
    if (before === undefined) delete process.env.COPPICE_TEST_REQUIRE;
    else process.env.COPPICE_TEST_REQUIRE = before;
  });
  process.env.COPPICE_TEST_REQUIRE = list;
}

test("what is absent has a reason where it is not required", () => {
  requireInstead("xgboost, lightgbm");
  expect(requirement("data:no-such-file.gz")).toMatchObject({
    isMet: false,
    reason: expect.stringContaining("no-such-file.gz"),
  });
});

test.each(["all", "data", "xgboost, data", "data:no-such-file.gz"])(
  "what is absent fails under %s",
  (list) => {
    requireInstead(list);
    expect(() => requirement("data:no-such-file.gz")).toThrow("no-such-file.gz");
  },
);
