// The largest memory that this process has held. Linux counts it anew for each program ("VmHWM"), while
// getrusage's figure starts at that of the process which started this one.

import { existsSync, readFileSync } from "node:fs";

const STATUS = "/proc/self/status";

export function peakRssBytes(): number {
  const kilobytes = existsSync(STATUS) && /VmHWM:\s+(\d+)/.exec(readFileSync(STATUS, "utf8"))?.[1];
  return 1024 * (kilobytes ? Number(kilobytes) : process.resourceUsage().maxRSS);
}
