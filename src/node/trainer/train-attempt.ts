// One attempt at a training: all workers start together, and all are gone when it is over.

import type { AbortSignalLike } from "../../core/abort-signal.ts";
import { type AttemptOutcome, Tracker, type TrackerOptions } from "../../distributed/hub/tracker.ts";
import { Attempt, type AttemptOptions } from "../attempt/attempt.ts";

export interface AttemptRequest
  extends AttemptOptions,
    Pick<TrackerOptions, "worldSize" | "job" | "initialModel" | "onRound" | "onWarning"> {
  readonly signal: AbortSignalLike | undefined;
}

/** Runs one attempt. @throws {CoppiceError} what ended it early */
export async function runAttempt(request: AttemptRequest): Promise<AttemptOutcome> {
  const { worldSize, job, initialModel, onRound, onWarning, signal } = request;
  const attempt = new Attempt(request);
  const { key, rendezvousMs } = attempt;
  const tracker = new Tracker({ key, worldSize, rendezvousMs, job, initialModel, onRound, onWarning });
  return attempt.run(tracker, signal, async () => {
    const launched = Array.from({ length: worldSize }, (_, rank) =>
      attempt.launch({ rank, worldSize }, (end) => tracker.hearEnd(rank, end)),
    );
    const failed = (await Promise.allSettled(launched)).find(({ status }) => status === "rejected");
    if (failed !== undefined) throw (failed as PromiseRejectedResult).reason;
    const outcome = await tracker.outcome;
    await attempt.awaitEnds();
    return outcome;
  });
}
