// The memory of a run's processes, looked up in /proc every tenth of a second while it lasts. Of every process
// the peak of its resident memory is kept as Linux counts it (VmHWM), shared pages included.

import { readdirSync, readFileSync } from "node:fs";

export interface MemoryPeaks {
  /** Sum over the `count` largest processes of a kind: those of one attempt. */
  largest(pattern: RegExp, count: number): number;
  stop(): void;
}

interface Seen {
  title: string;
  peakBytes: number;
}

const EVERY_MS = 100;

export function watchMemory(): MemoryPeaks {
  const seen = new Map<string, Seen>();
  const timer = setInterval(() => {
    for (const id of readdirSync("/proc")) if (/^\d+$/.test(id)) look(id, seen);
  }, EVERY_MS);
  return {
    largest(pattern, count) {
      const peaks = [...seen.values()].filter(({ title }) => pattern.test(title)).map((one) => one.peakBytes);
      return peaks
        .sort((a, b) => b - a)
        .slice(0, count)
        .reduce((sum, bytes) => sum + bytes, 0);
    },
    stop: () => clearInterval(timer),
  };
}

function look(id: string, seen: Map<string, Seen>): void {
  try {
    const title = readFileSync(`/proc/${id}/cmdline`, "utf8").replaceAll("\0", " ").trim();
    if (!/^ray::|job-worker|coppice-driver|ray_train/.test(title)) return;
    const status = readFileSync(`/proc/${id}/status`, "utf8");
    const peakBytes = 1024 * Number(/^VmHWM:\s*(\d+) kB$/m.exec(status)?.[1] ?? 0);
    // Ray renames its processes: an idle one becomes a worker.
    seen.set(id, { title, peakBytes: Math.max(peakBytes, seen.get(id)?.peakBytes ?? 0) });
  } catch {
    // It has ended meanwhile.
  }
}
