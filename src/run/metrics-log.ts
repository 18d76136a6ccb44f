// metrics.jsonl: one line of JSON for every round, {"round": 12, "metrics": {"valid-mlogloss": 0.53}}, the
// metrics in the order of their names. Lines hold no times, so a run that was killed and resumed ends with
// the file of one that was not. During training lines are appended; a resume puts the file back to its
// checkpoint, so no round is lost or stands twice.

import type { History } from "../training/train.ts";
import { decodeNumber, encodeNumber } from "./sealed-json.ts";

/** The metrics of a round. */
export interface MetricsRow {
  /** Counted from 0. */
  readonly round: number;
  /** By "set-metric". */
  readonly metrics: Readonly<Record<string, number>>;
}

/** A line with its end. */
export function metricsLine({ round, metrics }: MetricsRow): string {
  const names = Object.keys(metrics).sort();
  const encoded = Object.fromEntries(names.map((name) => [name, encodeNumber(metrics[name])]));
  return `${JSON.stringify({ round, metrics: encoded })}\n`;
}

/** The rows of the rounds [firstRound, endRound) from their history. */
export function metricsRows(history: History, firstRound: number, endRound: number): MetricsRow[] {
  return Array.from({ length: endRound - firstRound }, (_, i) => {
    const metrics: Record<string, number> = {};
    for (const [set, byMetric] of Object.entries(history)) {
      for (const [metric, values] of Object.entries(byMetric)) metrics[`${set}-${metric}`] = values[i];
    }
    return { round: firstRound + i, metrics };
  });
}

/**
 * The rows of a file in the order of rounds. A last line that is cut off, as a crash leaves it, is passed
 * over; so is a line for a round that has one, which a writer may add in the moment it is overtaken.
 */
export function parseMetrics(bytes: Uint8Array): MetricsRow[] {
  const text = new TextDecoder().decode(bytes);
  const lines = text.slice(0, text.lastIndexOf("\n") + 1).split("\n");
  return mergeRows(lines.flatMap(parseLine));
}

/** Each round once, in order. A round's metrics are the same whoever computed them. */
export function mergeRows(...lists: readonly (readonly MetricsRow[])[]): MetricsRow[] {
  const byRound = new Map(lists.flat().map((row) => [row.round, row]));
  return [...byRound.values()].sort((a, b) => a.round - b.round);
}

/** Nothing for a line that is no row: two cut lines may stand as one. */
function parseLine(line: string): MetricsRow[] {
  try {
    const { round, metrics } = JSON.parse(line) as {
      round: number;
      metrics: Record<string, number | string>;
    };
    const decoded = Object.entries(metrics).map(([name, value]) => [name, decodeNumber(value)]);
    return [{ round, metrics: Object.fromEntries(decoded) }];
  } catch {
    return [];
  }
}
