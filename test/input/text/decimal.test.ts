import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseNumberText } from "../../../src/input/table/convert.ts";
import { parseDecimal } from "../../../src/input/text/decimal.ts";

const out = new Float64Array(1);

/** The parsed number, or undefined when it needs the slow way. */
function parse(text: string, float32: boolean = true): number | undefined {
  const bytes = new TextEncoder().encode(`${text},`);
  const end = parseDecimal(bytes, 0, out, 0, float32);
  if (end < 0) return undefined;
  expect(end).toBe(bytes.length - 1);
  return out[0];
}

const digits = (maxLength: number) =>
  fc.string({ unit: fc.constantFrom(..."0123456789"), minLength: 0, maxLength });
const decimalText = fc
  .record({
    sign: fc.constantFrom("", "-", "+"),
    whole: digits(20),
    point: fc.boolean(),
    fraction: digits(25),
    exponent: fc.option(fc.integer({ min: -60, max: 60 }), { nil: undefined }),
    mark: fc.constantFrom("e", "E", "e+"),
  })
  .map(({ sign, whole, point, fraction, exponent, mark }) => {
    const tail = exponent === undefined ? "" : `${exponent < 0 ? mark[0] : mark}${exponent}`;
    return `${sign}${whole}${point ? `.${fraction}` : ""}${tail}`;
  })
  .filter((text) => parseNumberText(text) !== undefined);

describe("parseDecimal", () => {
  test("gives the float32 of Number(text), or leaves the text to the slow way", () => {
    let slow = 0;
    let total = 0;
    fc.assert(
      fc.property(decimalText, (text) => {
        total++;
        const value = parse(text);
        if (value === undefined) slow++;
        else expect(Object.is(Math.fround(value), Math.fround(Number(text)))).toBe(true);
      }),
      { numRuns: 20_000, seed: 20240601 },
    );
    expect(slow / total).toBeLessThan(0.5);
  });

  test("gives Number(text) itself up to 15 digits", () => {
    const short = fc.tuple(
      fc.integer({ min: -999_999_999, max: 999_999_999 }),
      fc.integer({ min: 0, max: 9 }),
    );
    fc.assert(
      fc.property(short, ([mantissa, places]) => {
        const text = (mantissa / 10 ** places).toFixed(places);
        expect(parse(text)).toBe(Number(text));
      }),
      { numRuns: 10_000, seed: 20240602 },
    );
  });

  test("gives Number(text) itself or nothing when told that float32 is not enough", () => {
    fc.assert(
      fc.property(decimalText, (text) => {
        const value = parse(text, false);
        if (value !== undefined) expect(Object.is(value, Number(text))).toBe(true);
      }),
      { numRuns: 20_000, seed: 20240605 },
    );
    expect(parse("1234567890123456", false)).toBe(undefined);
  });

  test("takes what doubles and float32 print as", () => {
    const printed = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.float({ noNaN: true, noDefaultInfinity: true }),
    );
    fc.assert(
      fc.property(printed, (value) => {
        const parsed = parse(String(value));
        if (parsed !== undefined) expect(Math.fround(parsed)).toBe(Math.fround(Number(String(value))));
      }),
      { numRuns: 20_000, seed: 20240603 },
    );
  });

  test("takes texts next to the midpoint of two float32 values", () => {
    fc.assert(
      fc.property(
        fc.float({ noNaN: true, min: 1, max: Math.fround(1e9) }),
        fc.integer({ min: -9, max: 9 }),
        (low, nudge) => {
          const bits = new Uint32Array(Float32Array.of(low).buffer);
          bits[0]++;
          const high = new Float32Array(bits.buffer)[0];
          const text = `${((low + high) / 2).toFixed(20)}${nudge < 0 ? "" : nudge}`;
          const parsed = parse(text);
          if (parsed !== undefined) expect(Math.fround(parsed)).toBe(Math.fround(Number(text)));
        },
      ),
      { numRuns: 5_000, seed: 20240604 },
    );
  });

  test.each(["", "-", ".", "e5", "1e", "1e+", "-.e1", "1e99999", '"5"', " 5", "abc"])(
    "leaves %j to the slow way",
    (text) => {
      expect(parseDecimal(new TextEncoder().encode(`${text},`), 0, out, 0, true)).toBe(-1);
    },
  );

  test("keeps the sign of zero", () => {
    expect(parse("-0")).toBe(-0);
    expect(parse("0.000")).toBe(0);
  });

  test("is quick enough for 17-digit numbers to be worth it: they seldom go the slow way", () => {
    let slow = 0;
    for (let i = 1; i <= 10_000; i++) if (parse(String(Math.sqrt(i + 0.1))) === undefined) slow++;
    expect(slow).toBe(0);
  });
});
