// Progress of training: on a terminal one line that is redrawn after every round, elsewhere about
// twenty plain lines in all, so that a log stays readable.

import { styleText } from "node:util";
import { createLogUpdate } from "log-update";
import type { RoundEvent } from "../../training/train.ts";
import type { CommandContext } from "./context.ts";
import { formatCount, formatMetric, formatSeconds } from "./text-table.ts";

export interface Progress {
  update(event: RoundEvent): void;
  /** Leaves the last state standing; call it also when training failed. */
  finish(): void;
}

/** @param isSilent nothing but the redrawn line of a terminal is wanted */
export function createProgress(context: CommandContext, isSilent: boolean): Progress {
  if (context.progress.isTTY) return terminalProgress(context.progress);
  if (isSilent) return { update: () => {}, finish: () => {} };
  return plainProgress(context);
}

const BAR_WIDTH = 24;
/** Faster than this nobody reads, and drawing would cost time. */
const REDRAW_MS = 50;

function terminalProgress(stream: NodeJS.WriteStream): Progress {
  const draw = createLogUpdate(stream);
  let drawnAt = -Infinity;
  let pending: string | undefined;
  return {
    update(event) {
      pending = `${bar(event, stream)}  ${describe(event)}`;
      if (performance.now() - drawnAt < REDRAW_MS) return;
      draw(pending);
      drawnAt = performance.now();
      pending = undefined;
    },
    finish() {
      if (pending !== undefined) draw(pending);
      draw.done();
    },
  };
}

function bar({ round, totalRounds }: RoundEvent, stream: NodeJS.WriteStream): string {
  const filled = Math.round((BAR_WIDTH * (round + 1)) / totalRounds);
  const done = styleText("cyan", "━".repeat(filled), { stream });
  return done + styleText("gray", "─".repeat(BAR_WIDTH - filled), { stream });
}

const PLAIN_LINES = 20;

function plainProgress(context: CommandContext): Progress {
  let last: RoundEvent | undefined;
  let shown: RoundEvent | undefined;
  const show = (event: RoundEvent) => {
    shown = event;
    context.note(describe(event));
  };
  return {
    update(event) {
      last = event;
      const every = Math.max(1, Math.ceil(event.totalRounds / PLAIN_LINES));
      if ((event.round + 1) % every === 0 || event.round === 0) show(event);
    },
    finish() {
      if (last && last !== shown) show(last);
    },
  };
}

/** "round 12/100  valid-mlogloss 0.53  1,200,000 rows/s  9.0 s left" */
export function describe(event: RoundEvent): string {
  const total = String(event.totalRounds);
  const parts = [`round ${String(event.round + 1).padStart(total.length)}/${total}`];
  for (const [name, value] of Object.entries(event.metrics)) parts.push(`${name} ${formatMetric(value)}`);
  parts.push(`${formatCount(Math.round(event.rowsPerSecond))} rows/s`);
  const isLast = event.round + 1 === event.totalRounds;
  parts.push(
    isLast
      ? `${formatSeconds(event.elapsedSeconds)} in all`
      : `${formatSeconds(event.remainingSeconds)} left`,
  );
  return parts.join("  ");
}
