// The part "phases": where the time of a training goes, on one thread, with the WebAssembly and with the
// TypeScript kernels.

import { type BenchCase, covertypeCase } from "../case.ts";
import { runTask } from "../engines/engine.ts";
import { type PhaseResult, saveCase } from "../result.ts";
import type { BenchContext } from "./context.ts";
import { attemptCase, describe } from "./training.ts";

export async function runPhases(context: BenchContext): Promise<void> {
  const benchCase = covertypeCase("covertype", context.isQuick);
  await attemptCase(context, benchCase, () => measure(benchCase, context));
}

async function measure(benchCase: BenchCase, context: BenchContext): Promise<void> {
  const { params, rounds, name } = benchCase;
  const tablePath = context.scratch.table(benchCase.table);
  const results: PhaseResult[] = [];
  for (const engine of ["coppice", "coppice-typescript"]) {
    const task = { engine, tablePath, params, rounds, threads: 1, predictRows: [], hasPhases: true };
    const { seconds, version, threads } = await runTask(task);
    results.push({ engine, version, threads, trainSeconds: seconds.train, phases: seconds.phases ?? {} });
    context.note(`${name}, phases, ${engine}: ${seconds.train.toFixed(2)} s`);
  }
  saveCase(context.outFolder, "phases", context.isQuick, describe(benchCase, results, context));
}
