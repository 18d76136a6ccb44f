// The shortest spelling of float32 numbers.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatFloat32, writeFloat32 } from "../../../src/model/format/float-text.ts";

const SEED = 20250102;
const bits = new Uint32Array(1);
const floats = new Float32Array(bits.buffer);

function floatOf(pattern: number): number {
  bits[0] = pattern;
  return floats[0];
}

/** Fewest digits by trying: the nearest with 1, 2, .. digits that reads back as the same number. */
function shortestByTrying(value: number): string {
  for (let digits = 0; digits < 9; digits++) {
    const text = value.toExponential(digits);
    if (Math.fround(Number(text)) === value)
      return text
        .replace("e", "E")
        .replace("+", "")
        .replace(/\.?0*E/, "E");
  }
  throw new Error(`no spelling of ${value}`);
}

describe("formatFloat32", () => {
  test("spells special values as XGBoost does", () => {
    const spellings: [number, string][] = [
      [0, "0E0"],
      [-0, "-0E0"],
      [1, "1E0"],
      [-0.5, "-5E-1"],
      [0.3, "3E-1"],
      [-0.20000002, "-2.0000002E-1"],
      [2 ** -149, "1E-45"],
      [2 ** -126, "1.1754944E-38"],
      [3.4028234663852886e38, "3.4028235E38"],
      [16777216, "1.6777216E7"],
      [1e10, "1E10"],
      [9.5367431640625e-7, "9.536743E-7"],
      [NaN, "NaN"],
      [Infinity, "Infinity"],
      [-Infinity, "-Infinity"],
    ];
    for (const [value, text] of spellings) expect(formatFloat32(value)).toBe(text);
  });

  test("gives a tie between two shortest spellings to the even digit", () => {
    expect(formatFloat32(2097152.25)).toBe("2.0971522E6");
    expect(formatFloat32(2097152.75)).toBe("2.0971528E6");
  });

  test("spells every power of ten and of two so that it reads back", () => {
    for (let power = -45; power <= 38; power++) {
      expect(Math.fround(Number(formatFloat32(Number(`1e${power}`))))).toBe(
        Math.fround(Number(`1e${power}`)),
      );
    }
    for (let power = -149; power <= 127; power++) {
      expect(Math.fround(Number(formatFloat32(2 ** power)))).toBe(2 ** power);
    }
  });

  test("finds the spelling that trying every length finds", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 0x7f7fffff }), (pattern) => {
        const value = floatOf(pattern);
        // Ties and the uneven neighbourhood of powers of two are covered above.
        fc.pre((pattern & 0x7fffff) !== 0);
        const text = formatFloat32(value);
        const tried = shortestByTrying(value);
        expect(text.length).toBe(tried.length);
        expect(Math.fround(Number(text))).toBe(value);
        expect(Math.abs(Number(text) - value)).toBeLessThanOrEqual(Math.abs(Number(tried) - value));
        expect(formatFloat32(-value)).toBe(`-${text}`);
      }),
      { seed: SEED, numRuns: 20_000 },
    );
  });
});

test("writeFloat32 writes at a place and returns the one after it", () => {
  const out = new Uint8Array(24).fill(32);
  expect(writeFloat32(Math.fround(-1.1754944e-38), out, 2)).toBe(16);
  expect(new TextDecoder().decode(out)).toBe("  -1.1754944E-38        ");
});
