// The order of test files: the long ones first, so that two workers end at about the same time.
// Within a class of weight the order is vitest's (by its cache of durations, else by size).

import type { TestSpecification } from "vitest/node";
import { BaseSequencer } from "vitest/node";

/** Parts of paths of test files that take long, longest first. */
const HEAVY = ["/test/parity/", "/test/package.test.ts", "/test/cli/", "/test/node/", "/test/readme.test.ts"];

export default class HeavyFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const weight = (file: TestSpecification): number => {
      const at = HEAVY.findIndex((part) => file.moduleId.includes(part));
      return at === -1 ? HEAVY.length : at;
    };
    return sorted.sort((a, b) => weight(a) - weight(b));
  }
}
