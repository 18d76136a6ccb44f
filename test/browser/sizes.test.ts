// What a page or an edge function loads stays small.

import { expect, test } from "vitest";
import { measureSizes } from "../../scripts/sizes.ts";

test("every entry is below its limit", async () => {
  const sizes = await measureSizes();
  expect(sizes.filter(({ gzipBytes, limit }) => gzipBytes >= limit)).toEqual([]);
  expect(sizes).toHaveLength(5);
});
