// Loaded with `node --import` before a program: at its end, writes its peak memory in bytes to the file
// that COPPICE_BENCH_PEAK names.

import { writeFileSync } from "node:fs";
import { peakRssBytes } from "./peak-memory.ts";

const path = process.env.COPPICE_BENCH_PEAK;
if (path !== undefined) process.on("exit", () => writeFileSync(path, String(peakRssBytes())));
