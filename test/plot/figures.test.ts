import { describe, expect, it } from "vitest";
import { countConfusion } from "../../src/metric/confusion-matrix.ts";
import { formatValue, shorten } from "../../src/plot/chart.ts";
import { drawConfusionMatrix } from "../../src/plot/confusion-figure.ts";
import { drawDrift } from "../../src/plot/drift-figure.ts";
import { drawImportance } from "../../src/plot/importance-figure.ts";
import { drawLearningCurve } from "../../src/plot/learning-curve-figure.ts";

/** The texts of an SVG in document order. */
function textsOf(svg: string): string[] {
  return [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map((match) => match[1]);
}

function isSvg(svg: string): boolean {
  return svg.startsWith("<svg ") && svg.trimEnd().endsWith("</svg>");
}

const figures: Record<string, () => string> = {
  confusion: () => drawConfusionMatrix(countConfusion([0, 1, 1, 2], [0, 1, 2, 2], ["a", "b", "c"])),
  drift: () => drawDrift([{ name: "height", stabilityIndex: 0.3 }]),
  importance: () => drawImportance({ height: 3, width: 1.5 }, { measure: "totalGain" }),
  "learning curve": () =>
    drawLearningCurve({ train: { rmse: [3, 2, 1] }, valid: { rmse: [3, 2.5, 2.6] } }, { bestIteration: 1 }),
};

describe.each(Object.entries(figures))("the %s figure", (_, draw) => {
  it("is one SVG document with a white ground, without script, style rules or numbered names", () => {
    const svg = draw();
    expect(isSvg(svg)).toBe(true);
    expect(svg).toContain('fill="#ffffff"');
    expect(svg).not.toMatch(/<script|<style|class="zr|ecmeta|NaN|undefined/);
  });

  it("is the same bytes each time", () => {
    expect(draw()).toBe(draw());
  });
});

describe("the confusion figure", () => {
  it("names both axes and every class, and writes counts and shares into the cells", () => {
    const texts = textsOf(figures.confusion());
    for (const text of ["True class", "Predicted class", "a", "b", "c", "50 %", "100 %"]) {
      expect(texts).toContain(text);
    }
    expect(texts).toContain("4 rows, accuracy 75.00 %");
  });

  it("draws 60 classes without texts in the cells, and a class that never occurs", () => {
    const names = Array.from({ length: 60 }, (_, c) => `class ${c}`);
    const svg = drawConfusionMatrix(countConfusion([0, 1], [0, 1], names));
    expect(isSvg(svg)).toBe(true);
    expect(svg).not.toContain("NaN");
    expect(textsOf(svg)).not.toContain("100 %");
  });

  it("escapes class names", () => {
    const svg = drawConfusionMatrix(countConfusion([0, 1], [0, 1], ["<a&b>", "c"]));
    expect(svg).toContain("&lt;a&amp;b&gt;");
  });
});

describe("the importance figure", () => {
  it("shows the largest 20 of many features, largest first, and says how many there are", () => {
    const importance = Object.fromEntries(Array.from({ length: 54 }, (_, f) => [`f${f}`, f]));
    const texts = textsOf(drawImportance(importance, { featureCount: 54 }));
    expect(texts.filter((text) => /^f\d+$/.test(text))).toEqual(
      Array.from({ length: 20 }, (_, i) => `f${53 - i}`),
    );
    expect(texts).toContain("the first 20 of 53 used features, 54 in the table");
  });

  it("names what it measures", () => {
    expect(textsOf(drawImportance({ a: 1 }, { measure: "weight" }))).toContain(
      "Number of splits on the feature",
    );
  });

  it("draws a model that splits on nothing", () => {
    expect(isSvg(drawImportance({}))).toBe(true);
  });
});

describe("the drift figure", () => {
  const columns = [
    { name: "b", stabilityIndex: 0.05 },
    { name: "rare", stabilityIndex: null },
    { name: "c", stabilityIndex: 0.2 },
    { name: "a", stabilityIndex: 0.05 },
    { name: "far", stabilityIndex: 1.25 },
  ];

  it("shows what moved most first, equals by name, and leaves out what was not measured", () => {
    const texts = textsOf(drawDrift(columns));
    const names = columns.map(({ name }) => name);
    expect(texts.filter((text) => names.includes(text))).toEqual(["far", "c", "a", "b"]);
    expect(texts).toContain("1 of 4 columns above 0.2, the 4 that moved most");
    for (const value of ["1.250", "0.200", "0.050"]) expect(texts).toContain(value);
  });

  it("shows as many columns as asked for, and draws none at all", () => {
    const texts = textsOf(drawDrift(columns, { maxColumns: 1, title: "Since May" }));
    expect(texts).toContain("Since May");
    expect(texts).toContain("1 of 4 columns above 0.2, the 1 that moved most");
    expect(texts).not.toContain("c");
    expect(isSvg(drawDrift([]))).toBe(true);
  });
});

describe("the learning curve", () => {
  it("has a panel a metric, a line a set, and counts rounds from 1", () => {
    const values = Array.from({ length: 10 }, (_, i) => 1 / (i + 1));
    const svg = drawLearningCurve({
      train: { mlogloss: values, merror: values },
      valid: { mlogloss: values },
    });
    const texts = textsOf(svg);
    expect(texts.filter((text) => text === "Round")).toHaveLength(2);
    for (const text of ["mlogloss", "merror", "train", "valid", "10 rounds"]) expect(texts).toContain(text);
    expect(svg.match(/<path[^>]*fill="none"[^>]*stroke="#(2a78c2|e07b39)"/g)).toHaveLength(3);
  });

  it("draws one round, and a history of none", () => {
    expect(isSvg(drawLearningCurve({ train: { rmse: [1] } }))).toBe(true);
    expect(isSvg(drawLearningCurve({}))).toBe(true);
  });
});

describe("formatValue", () => {
  it.each([
    [0, "0"],
    [1, "1"],
    [0.5, "0.5"],
    [0.123456, "0.1235"],
    [12.3456, "12.35"],
    [999.96, "1,000"],
    [1234.5, "1,235"],
    [1234567, "1,234,567"],
    [1e-5, "1.00e-5"],
    [1.5e9, "1.50e+9"],
    [-2500, "-2,500"],
  ])("writes %d as %s", (value, text) => {
    expect(formatValue(value)).toBe(text);
  });
});

describe("shorten", () => {
  it("keeps both ends of a long name", () => {
    expect(shorten("Horizontal_Distance", 11)).toBe("Horiz…tance");
    expect(shorten("short", 11)).toBe("short");
  });
});
