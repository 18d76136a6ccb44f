import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { forestCoverColumns, generateForestCover } from "../../src/datasets/forest-cover.ts";

const rows = 20_000;
const table = generateForestCover({ rows, seed: 3 });
const columnOf = (name: string) => table.columns[table.names.indexOf(name)];
const meanOf = (values: ArrayLike<number>) =>
  Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;

describe("the synthetic forest cover table", () => {
  it("has Covertype's 54 features and label, in its order", () => {
    expect(forestCoverColumns).toHaveLength(55);
    expect(new Set(forestCoverColumns).size).toBe(55);
    expect(forestCoverColumns[0]).toBe("Elevation");
    expect(forestCoverColumns.slice(9, 15)).toEqual([
      "Horizontal_Distance_To_Fire_Points",
      "Wilderness_Area1",
      "Wilderness_Area2",
      "Wilderness_Area3",
      "Wilderness_Area4",
      "Soil_Type1",
    ]);
    expect(forestCoverColumns.slice(-2)).toEqual(["Soil_Type40", "Cover_Type"]);
  });

  it("makes any range of rows by itself", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 500 }), fc.integer({ min: 0, max: 40 }), (begin, count) => {
        const part = generateForestCover({ rows: count, seed: 3, begin });
        part.columns.forEach((column, c) => {
          expect(column).toEqual(table.columns[c].slice(begin, begin + count));
        });
      }),
      { seed: 20263, numRuns: 40 },
    );
  });

  it("is another table for another seed", () => {
    const other = generateForestCover({ rows: 100, seed: 4 });
    expect(other.columns[0]).not.toEqual(table.columns[0].slice(0, 100));
  });

  it("stays what it is: row 0 of seed 0", () => {
    const first = generateForestCover({ rows: 1 }).columns.map((column) => column[0]);
    expect(first.slice(0, 10)).toMatchInlineSnapshot(`
      [
        2808,
        86,
        5,
        30,
        -9,
        2653,
        229,
        231,
        140,
        1934,
      ]
    `);
    expect(
      first
        .slice(10, 54)
        .map((value, i) => (value === 1 ? i : -1))
        .filter((i) => i >= 0),
    ).toMatchInlineSnapshot(`
      [
        0,
        15,
      ]
    `);
    expect(first[54]).toMatchInlineSnapshot(`2`);
  });

  it("puts every row into one wilderness area and on one soil", () => {
    for (let row = 0; row < rows; row++) {
      const count = (begin: number, end: number) =>
        table.columns.slice(begin, end).reduce((sum, column) => sum + column[row], 0);
      if (count(10, 14) !== 1 || count(14, 54) !== 1) expect.fail(`row ${row}`);
    }
  });

  it("keeps the numbers in Covertype's ranges", () => {
    const ranges: Record<string, [number, number]> = {
      Elevation: [1859, 3858],
      Aspect: [0, 360],
      Slope: [0, 66],
      Horizontal_Distance_To_Hydrology: [0, 1397],
      Vertical_Distance_To_Hydrology: [-173, 601],
      Horizontal_Distance_To_Roadways: [0, 7117],
      Hillshade_9am: [0, 254],
      Hillshade_Noon: [0, 254],
      Hillshade_3pm: [0, 254],
      Horizontal_Distance_To_Fire_Points: [0, 7173],
      Cover_Type: [1, 7],
    };
    for (const [name, [minimum, maximum]] of Object.entries(ranges)) {
      const values = columnOf(name);
      expect([name, values.every((value) => value >= minimum && value <= maximum)]).toEqual([name, true]);
    }
  });

  it("has about Covertype's mix of classes", () => {
    const real = [36.5, 48.8, 6.2, 0.5, 1.6, 3.0, 3.5];
    real.forEach((percent, k) => {
      const share = (100 * columnOf("Cover_Type").filter((cover) => cover === k + 1).length) / rows;
      expect(Math.abs(share - percent)).toBeLessThan(Math.max(0.3, 0.1 * percent));
    });
  });

  it("orders the classes by elevation as the mountains do", () => {
    const elevation = columnOf("Elevation");
    const cover = columnOf("Cover_Type");
    const mean = (k: number) => meanOf(elevation.filter((_, row) => cover[row] === k));
    const order = [4, 3, 6, 5, 2, 1, 7].map(mean);
    expect(order).toEqual([...order].sort((a, b) => a - b));
  });

  it("shades slopes by the sun: east is bright in the morning, west in the afternoon", () => {
    const aspect = columnOf("Aspect");
    const slope = columnOf("Slope");
    const shade = (name: string, from: number) =>
      meanOf(columnOf(name).filter((_, row) => slope[row] > 15 && Math.abs(aspect[row] - from) < 30));
    expect(shade("Hillshade_9am", 90)).toBeGreaterThan(shade("Hillshade_9am", 270) + 50);
    expect(shade("Hillshade_3pm", 270)).toBeGreaterThan(shade("Hillshade_3pm", 90) + 50);
  });

  it.each([
    [{ rows: -1 }, "`rows` must be an integer in [0, 2147483648], got -1"],
    [{ rows: 1.5 }, "`rows` must be an integer"],
    [{ rows: 1, seed: -1 }, "`seed` must be an integer in [0, 4294967295], got -1"],
    [{ rows: 1, begin: Number.NaN }, "`begin` must be an integer"],
  ])("refuses %j", (options, message) => {
    expect(() => generateForestCover(options)).toThrow(message);
  });
});
