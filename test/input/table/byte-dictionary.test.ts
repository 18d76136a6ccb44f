import fc from "fast-check";
import { expect, test } from "vitest";
import { ByteDictionary } from "../../../src/input/table/byte-dictionary.ts";

test("gives equal texts equal codes, in order of appearance, like a map of strings", () => {
  const texts = fc.array(fc.string({ unit: "binary", maxLength: 5 }), { maxLength: 400 });
  const encoder = new TextEncoder();
  fc.assert(
    fc.property(texts, (values) => {
      const dictionary = new ByteDictionary(new Set(["?", "NA"]));
      const known = new Map<string, number>();
      for (const value of [...values, "?", ...values, "NA"]) {
        // Through bytes and back, as a lone surrogate has no UTF-8.
        const bytes = encoder.encode(`<${value}>`);
        const text = new TextDecoder().decode(bytes.subarray(1, -1));
        const isMissing = text === "?" || text === "NA";
        if (!isMissing && !known.has(text)) known.set(text, known.size);
        expect(dictionary.codeOf(bytes, 1, bytes.length - 1)).toBe(isMissing ? -1 : known.get(text));
      }
      expect(dictionary.texts).toEqual([...known.keys()]);
    }),
    { numRuns: 200, seed: 7701 },
  );
});

test("grows to many texts", () => {
  const dictionary = new ByteDictionary(new Set());
  const encoder = new TextEncoder();
  for (let round = 0; round < 2; round++) {
    for (let i = 0; i < 50_000; i++) {
      const bytes = encoder.encode(`text number ${i}`);
      if (dictionary.codeOf(bytes, 0, bytes.length) !== i) throw new Error(`code of ${i} is wrong`);
    }
  }
  expect(dictionary.texts.length).toBe(50_000);
});
