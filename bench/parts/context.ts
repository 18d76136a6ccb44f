// What every part of a run is given.

import type { EngineName } from "../engines/engine.ts";
import type { Scratch } from "../scratch.ts";

export interface BenchContext {
  readonly isQuick: boolean;
  readonly engines: readonly EngineName[];
  readonly threads: readonly number[];
  /** In the place of each case's own. */
  readonly runs: number | undefined;
  /** As the user typed it. */
  readonly command: string;
  readonly scratch: Scratch;
  /** Where result files go. */
  readonly outFolder: string;
  /** Whether a case is wanted. */
  wants(name: string): boolean;
  /** Whether the time that the user gave is over. */
  isOutOfTime(): boolean;
  /** Tells the user how far the run is. */
  note(text: string): void;
}

/** Runs a case; one that fails is told of and leaves the others their turn. */
export async function attempt(context: BenchContext, name: string, work: () => Promise<void>): Promise<void> {
  if (!context.wants(name)) return;
  if (context.isOutOfTime()) {
    context.note(`${name}: left out, the time is over`);
    return;
  }
  try {
    await work();
  } catch (error) {
    context.note(`${name} FAILED: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  }
}
