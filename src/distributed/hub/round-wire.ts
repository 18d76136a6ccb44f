// Values with numbers as they travel in JSON: what JSON has no number for (NaN, infinities, minus zero) goes
// as text.

import { decodeNumber, encodeNumber } from "../../run/sealed-json.ts";
import type { History, RoundEvent } from "../../training/train.ts";

type Scores = Readonly<Record<string, number>>;
type WireNumber = number | string;

export interface WireRound extends Omit<RoundEvent, "metrics" | "remainingSeconds"> {
  readonly metrics: Readonly<Record<string, WireNumber>>;
  readonly remainingSeconds: WireNumber;
}

/** What rank 0 tells of a finished training beside the model. */
export interface WireResult {
  readonly history: Readonly<Record<string, Readonly<Record<string, readonly WireNumber[]>>>>;
  readonly bestIteration?: number | undefined;
  readonly bestScore?: WireNumber | undefined;
  readonly resumedFrom: number;
  readonly wasFinished: boolean;
}

export function encodeRound(event: RoundEvent): WireRound {
  const metrics = mapValues(event.metrics, encodeNumber);
  return { ...event, metrics, remainingSeconds: encodeNumber(event.remainingSeconds) };
}

export function decodeRound(event: WireRound): RoundEvent {
  const metrics: Scores = mapValues(event.metrics, decodeNumber);
  return { ...event, metrics, remainingSeconds: decodeNumber(event.remainingSeconds) };
}

export function encodeHistory(history: History): WireResult["history"] {
  return mapValues(history, (metrics) => mapValues(metrics, (values) => values.map(encodeNumber)));
}

export function decodeHistory(history: WireResult["history"]): History {
  return mapValues(history, (metrics) => mapValues(metrics, (values) => values.map(decodeNumber)));
}

function mapValues<A, B>(values: Readonly<Record<string, A>>, map: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, map(value)]));
}
