// One project, Node environment, each file in its own process. Time limits are generous: tests share
// few cores with one another and with a Python process.

import { defineConfig, type ViteUserConfig } from "vitest/config";
import HeavyFirst from "./test/reporter/sequencer.ts";

const config: ViteUserConfig = defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    environment: "node",
    pool: "forks",
    testTimeout: 120_000,
    hookTimeout: 120_000,
    sequence: { sequencer: HeavyFirst },
    reporters: ["default", "./test/reporter/summary.ts"],
  },
});

export default config;
