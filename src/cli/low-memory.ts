// A process that holds little memory: the same command begun anew in the same process, with a small nursery of
// V8's and an allocator that gives back what is freed. Both can only be chosen before a process begins.

/** V8's nursery grows to 16 times this by itself, and does not shrink under load. */
const NURSERY = "--max-semi-space-size=2";

/** What glibc does with freed memory; other allocators do not look at it. */
const ALLOCATOR: Readonly<Record<string, string>> = {
  MALLOC_ARENA_MAX: "1",
  MALLOC_MMAP_THRESHOLD_: "1048576",
  MALLOC_TRIM_THRESHOLD_: "1048576",
};

/**
 * Takes the place of this process with one that holds little memory; what the environment says already counts.
 *
 * @returns whether this is such a process; where the runtime cannot begin one it stays as it is
 */
export function becomeLowMemoryProcess(): boolean {
  if (process.execArgv.includes(NURSERY)) return true;
  const args = [process.execPath, ...process.execArgv, NURSERY, ...process.argv.slice(1)];
  try {
    // Absent before Node 22.15; throws on Windows.
    process.execve?.(process.execPath, args, { ...ALLOCATOR, ...process.env } as Record<string, string>);
  } catch {
    // Said by the caller.
  }
  return false;
}
