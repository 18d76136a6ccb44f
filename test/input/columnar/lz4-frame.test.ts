import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeLz4Frame } from "../../../src/input/columnar/lz4-frame.ts";

const littleEndian = (value: number) => [value & 255, (value >> 8) & 255, (value >> 16) & 255, value >>> 24];

/** A length's nibble and the bytes that go on with it. */
function lengthBytes(length: number): [number, number[]] {
  if (length < 15) return [length, []];
  const rest = length - 15;
  return [15, [...Array(Math.floor(rest / 255)).fill(255), rest % 255]];
}

interface Step {
  literals: number[];
  distance: number;
  length: number;
}

/** A block of the steps; the last one is literals only. */
function encodeBlock(steps: readonly Step[]): number[] {
  return steps.flatMap(({ literals, distance, length }, i) => {
    const isLast = i === steps.length - 1;
    const [high, highBytes] = lengthBytes(literals.length);
    const [low, lowBytes] = isLast ? [0, []] : lengthBytes(length - 4);
    const match = isLast ? [] : [distance & 255, distance >> 8, ...lowBytes];
    return [(high << 4) | low, ...highBytes, ...literals, ...match];
  });
}

const HEADER = [0x04, 0x22, 0x4d, 0x18];

describe("decodeLz4Frame", () => {
  test("equals copying byte by byte, also from earlier blocks and from what is being written", () => {
    const step = fc.record({
      literals: fc.array(fc.nat(255), { minLength: 1, maxLength: 40 }),
      back: fc.double({ min: 0, max: 1, noNaN: true }),
      length: fc.integer({ min: 4, max: 600 }),
    });
    const blocks = fc.array(fc.array(step, { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(blocks, fc.boolean(), (plan, storedFirst) => {
        const expected: number[] = [];
        const frame = [...HEADER, 0x40, 0x40, 0];
        if (storedFirst) {
          frame.push(...littleEndian(0x80000003), 7, 8, 9);
          expected.push(7, 8, 9);
        }
        for (const steps of plan) {
          const encoded = steps.map(({ literals, back, length }, i) => {
            expected.push(...literals);
            const distance = 1 + Math.floor(back * (expected.length - 1));
            if (i < steps.length - 1) {
              for (let k = 0; k < length; k++) expected.push(expected[expected.length - distance]);
            }
            return { literals, distance, length };
          });
          const bytes = encodeBlock(encoded);
          frame.push(...littleEndian(bytes.length), ...bytes);
        }
        frame.push(0, 0, 0, 0);
        expect([...decodeLz4Frame(Uint8Array.from(frame))]).toEqual(expected);
      }),
      { numRuns: 200, seed: 7501 },
    );
  });

  test("steps over content size, dictionary id and checksums", () => {
    const frame = [...HEADER, 0x40 | 0x10 | 0x08 | 0x01, 0x40, ...Array(12).fill(1), 99];
    frame.push(...littleEndian(0x80000002), 5, 6, 1, 2, 3, 4, 0, 0, 0, 0);
    expect([...decodeLz4Frame(Uint8Array.from(frame))]).toEqual([5, 6]);
  });

  test.each([
    ["no frame", [1, 2, 3]],
    ["another magic", [1, 2, 3, 4, 0x40, 0x40, 0, 0, 0, 0, 0]],
    ["an end inside a block", [...HEADER, 0x40, 0x40, 0, ...littleEndian(9), 0x10, 5]],
    ["no end mark", [...HEADER, 0x40, 0x40, 0, ...littleEndian(2), 0x10, 5]],
    [
      "a match before the beginning",
      [...HEADER, 0x40, 0x40, 0, ...littleEndian(5), 0x10, 5, 9, 0, 0, 0, 0, 0, 0],
    ],
    ["a distance of zero", [...HEADER, 0x40, 0x40, 0, ...littleEndian(5), 0x10, 5, 0, 0, 0, 0, 0, 0, 0]],
  ])("refuses %s", (_, bytes) => {
    expect(() => decodeLz4Frame(Uint8Array.from(bytes))).toThrow("damaged LZ4 data");
  });
});
