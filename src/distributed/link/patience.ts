// How long the two ends of a connection wait for each other: the one policy for a driver, its workers, the workers
// among themselves and the programs that wait for work. A worker's heartbeat beats; the driver counts silence, and so
// does the worker.

import { assertInternal } from "../../core/errors.ts";

/** How long a caller may take to say hello, and the called to answer. */
export const HELLO_MS = 5000;
/** Long enough for a refusal to leave before the connection is closed. */
export const REFUSAL_MS = 50;

/** From one heartbeat to the next. */
export const BEAT_MS = 1000;
/** Silence after which a worker counts as lost: beats may be late, and within 5 s it has to be noticed. */
export const SILENCE_MS = 4000;
/** How often the driver looks for silent workers. */
export const CHECK_MS = 250;
/** A check that comes so late shows that the driver stood still itself. */
export const PAUSE_MS = 1000;
/** Silence of the driver after which a worker ends itself. */
export const LOST_MS = 10_000;

/** How long a lost connection waits for the reason, which the engine or another worker may know better. */
export const BLAME_MS = 400;
/** How long workers may take to come, and to begin to beat, unless their engine says otherwise. */
export const RENDEZVOUS_MS = 60_000;

assertInternal(SILENCE_MS > 3 * BEAT_MS + CHECK_MS, "two late beats must not count as silence");
assertInternal(SILENCE_MS + CHECK_MS + BLAME_MS < 5000, "silence must be noticed within 5 s");
assertInternal(PAUSE_MS > 2 * CHECK_MS && PAUSE_MS < SILENCE_MS, "a pause shows before it counts as silence");
// A link that comes back in time has a worker that is still there.
assertInternal(
  LOST_MS > 2 * SILENCE_MS,
  "the driver must give a worker up before the worker gives up the driver",
);
