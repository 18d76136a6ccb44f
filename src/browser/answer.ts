// How a result or an error crosses from the worker to the page. Errors travel in their one form on the wire, so
// that code, message, details and stack arrive; what else holds memory is moved, not copied.

import { transfer } from "comlink";
import { type ErrorWire, fromWire, toWire } from "../core/errors.ts";

/** One of both. */
export interface Answer<T> {
  readonly value?: T;
  readonly error?: ErrorWire;
}

/** The result of `work` as an answer; `buffersOf` names what is moved with it. */
export async function answer<T>(
  work: () => T | Promise<T>,
  buffersOf?: (value: T) => ArrayBuffer[],
): Promise<Answer<T>> {
  try {
    const value = await work();
    return buffersOf ? transfer({ value }, buffersOf(value)) : { value };
  } catch (error) {
    return { error: toWire(error) };
  }
}

/** The value of an answer. @throws {CoppiceError} the error that the worker met */
export function unwrap<T>(answered: Answer<T>): T {
  if (answered.error !== undefined) throw fromWire(answered.error);
  return answered.value as T;
}

/** Every buffer that `value`, plain data of any depth, lies in, once. Shared memory is not moved. */
export function buffersIn(value: unknown): ArrayBuffer[] {
  const found = new Set<ArrayBuffer>();
  const visit = (part: unknown): void => {
    if (ArrayBuffer.isView(part)) {
      if (part.buffer instanceof ArrayBuffer) found.add(part.buffer);
    } else if (Array.isArray(part)) {
      if (typeof part[0] === "object") part.forEach(visit);
    } else if (typeof part === "object" && part !== null) {
      Object.values(part).forEach(visit);
    }
  };
  visit(value);
  return [...found];
}
