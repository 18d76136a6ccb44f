// A synthetic stand-in for the Covertype table (UCI 31; Blackard & Dean 1999): the same 54 columns
// and label, generated from a seed by a small model of a mountain landscape, so that examples and
// tests need no download. It is NOT the real data: only the schema, the ranges and the rough shape
// of the distributions are Covertype's, and accuracies on it say nothing about accuracies there.
// Row r depends on (seed, r) alone, so any range of rows can be made by itself. Only +, -, *, / and
// square roots are used, which every engine rounds alike, so a seed gives one table everywhere.

import { CoppiceError, showValue } from "../core/errors.ts";
import { streamKey, uniformAt } from "../core/random.ts";
import { coverClasses, soils, wildernesses } from "./forest-cover-landscape.ts";

const numericNames = [
  "Elevation",
  "Aspect",
  "Slope",
  "Horizontal_Distance_To_Hydrology",
  "Vertical_Distance_To_Hydrology",
  "Horizontal_Distance_To_Roadways",
  "Hillshade_9am",
  "Hillshade_Noon",
  "Hillshade_3pm",
  "Horizontal_Distance_To_Fire_Points",
] as const;

const FIRST_WILDERNESS = numericNames.length;
const FIRST_SOIL = FIRST_WILDERNESS + wildernesses.length;
const LABEL = FIRST_SOIL + soils.length;

/** The columns in Covertype's order: ten numeric, 4 + 40 indicators, and last the label. */
export const forestCoverColumns: readonly string[] = [
  ...numericNames,
  ...wildernesses.map((_, i) => `Wilderness_Area${i + 1}`),
  ...soils.map((_, i) => `Soil_Type${i + 1}`),
  "Cover_Type",
];

export interface ForestCoverOptions {
  /** How many rows. */
  rows: number;
  /** An integer in [0, 2^32); 0 by default. */
  seed?: number | undefined;
  /** The number of the first row; 0 by default. */
  begin?: number | undefined;
}

/** Columns of equal length, side by side. */
export interface ForestCoverTable {
  readonly rowCount: number;
  /** `forestCoverColumns`. */
  readonly names: readonly string[];
  /** One per name; whole numbers. The label is 1..7. */
  readonly columns: readonly Int16Array[];
}

/**
 * Generates rows [begin, begin + rows) of the synthetic forest cover table of `seed`.
 *
 * @example generateForestCover({ rows: 1000, seed: 1 }).columns[0] // Elevation
 * @throws {CoppiceError} INVALID_PARAMETER when an option is no integer in its range
 */
export function generateForestCover(options: ForestCoverOptions): ForestCoverTable {
  const { rows, seed = 0, begin = 0 } = options;
  checkInteger("rows", rows, 0, 2 ** 31);
  checkInteger("seed", seed, 0, 2 ** 32 - 1);
  checkInteger("begin", begin, 0, 2 ** 32 - 1 - rows);
  const columns = forestCoverColumns.map(() => new Int16Array(rows));
  const draw = new Draws(seed);
  for (let i = 0; i < rows; i++) {
    draw.startRow(begin + i);
    const site = drawSite(draw);
    const soil = drawSoil(site, draw);
    for (let c = 0; c < FIRST_WILDERNESS; c++) columns[c][i] = site.numbers[c];
    columns[FIRST_WILDERNESS + site.wilderness][i] = 1;
    columns[FIRST_SOIL + soil][i] = 1;
    columns[LABEL][i] = drawCover(site, soil, draw) + 1;
  }
  return { rowCount: rows, names: forestCoverColumns, columns };
}

function checkInteger(name: string, value: number, minimum: number, maximum: number): void {
  if (Number.isInteger(value) && value >= minimum && value <= maximum) return;
  throw new CoppiceError(
    "INVALID_PARAMETER",
    `\`${name}\` must be an integer in [${minimum}, ${maximum}], got ${showValue(value)}`,
    { parameter: name },
  );
}

/** The random numbers of one row: draw n of row r is keyed by (seed, n, r). */
class Draws {
  readonly #seed: number;
  readonly #keys: number[] = [];
  #row = 0;
  #next = 0;

  constructor(seed: number) {
    this.#seed = seed;
  }

  startRow(row: number): void {
    this.#row = row;
    this.#next = 0;
  }

  /** Uniform in [0, 1). */
  uniform(): number {
    const draw = this.#next++;
    if (draw === this.#keys.length) this.#keys.push(streamKey(this.#seed, FOREST_COVER_STREAM, draw, 0));
    return uniformAt(this.#keys[draw], this.#row);
  }

  /** Mean 0, variance 1 and bell-shaped: the scaled sum of four uniforms (variance 1/3 before). */
  bell(): number {
    return (this.uniform() + this.uniform() + this.uniform() + this.uniform() - 2) * SQRT_3;
  }
}

/** Keeps these draws apart from those of training with the same seed. */
const FOREST_COVER_STREAM = 0x464f5245;
const SQRT_3 = Math.sqrt(3);

/** A place in the landscape: its wilderness area and the ten numbers, in the order of the columns. */
interface Site {
  readonly wilderness: number;
  readonly numbers: readonly number[];
}

function drawSite(draw: Draws): Site {
  const wilderness = pick(
    wildernesses.map((area) => area.share),
    draw.uniform(),
  );
  const area = wildernesses[wilderness];
  const height = draw.bell();
  const elevation = whole(area.elevation + area.elevationSpread * height, 1859, 3858);
  const steep = draw.uniform() * draw.uniform() + 0.05 * draw.bell();
  const slope = whole(area.slope * (0.15 + 3.2 * Math.abs(steep)), 0, 66);
  // Slopes of this range face north to east more often than west.
  const turn = 0.2 + 0.3 * draw.bell() * (0.5 + draw.uniform());
  const aspect = whole(360 * (turn - Math.floor(turn)), 0, 360);
  // Distances are measured between the centres of 30 m cells.
  const reach = area.water * (1 + 0.25 * height);
  const cellsEast = Math.round((reach / 30) * draw.uniform() * draw.uniform() * 2.6);
  const cellsNorth = Math.round((reach / 30) * draw.uniform() * draw.uniform() * 2.6);
  const water = whole(30 * Math.sqrt(cellsEast * cellsEast + cellsNorth * cellsNorth), 0, 1397);
  const rise = (water * sine(slope)) / sine(90 - slope);
  const aboveWater = whole(
    rise * (0.9 * draw.uniform() - 0.08) + (water > 0 ? 6 * draw.bell() : 0),
    -173,
    601,
  );
  const road = whole(Math.abs(area.road + area.roadSpread * (0.9 * draw.bell() + 0.35 * height)), 0, 7117);
  const fire = whole(Math.abs(area.fire + area.fireSpread * draw.bell()), 0, 7173);
  const shades = sunPositions.map((sun) => hillshade(slope, aspect, sun, sun.noise * draw.bell()));
  return { wilderness, numbers: [elevation, aspect, slope, water, aboveWater, road, ...shades, fire] };
}

interface SunPosition {
  readonly azimuth: number;
  readonly altitude: number;
  readonly noise: number;
}

/** At 9 a.m., noon and 3 p.m. of the summer solstice in northern Colorado, in whole degrees. */
const sunPositions: readonly SunPosition[] = [
  { azimuth: 114, altitude: 59, noise: 0.7 },
  { azimuth: 218, altitude: 69, noise: 0.7 },
  { azimuth: 269, altitude: 38, noise: 2.5 },
];

/** The cosine of the sun's angle to the ground, scaled to 0..254 (Horn 1981, Lambert's law). */
function hillshade(slope: number, aspect: number, sun: SunPosition, noise: number): number {
  const cosine =
    sine(sun.altitude) * sine(90 - slope) +
    sine(90 - sun.altitude) * sine(slope) * sine(90 - sun.azimuth + aspect);
  return whole(255 * cosine + noise, 0, 254);
}

/** Soils live in certain areas and around an elevation of their own. */
function drawSoil(site: Site, draw: Draws): number {
  const weights = soils.map((soil) => {
    const z = (site.numbers[0] - soil.elevation) / (2.3 * soil.spread);
    const closeness = Math.max(0, 1 - z * z);
    return soil.areas[site.wilderness] * (soil.share * closeness * closeness + RARE_SOIL);
  });
  return pick(weights, draw.uniform());
}

/** The weight of a soil in its area at any elevation. */
const RARE_SOIL = 1e-3;

/**
 * The cover type, 0..6, whose suitability at the site is highest. Suitability falls off with the
 * distance from the elevation that the species likes; a shaded slope counts as a higher place.
 * Soil, water and old stands (patches in the plane of the distances to roads and fires) shift it,
 * and chance decides close calls.
 */
function drawCover(site: Site, soil: number, draw: Draws): number {
  const [elevation, aspect, slope, water, aboveWater, road, , noonShade, , fire] = site.numbers;
  const northness = sine(90 - aspect + 20);
  const coolness = elevation + 4.5 * slope * northness + (aboveWater < 0 ? 60 : 0);
  const patch = wave(road, 2600) * wave(fire, 3100) + 0.8 * wave(road + 0.5 * fire, 2300);
  const wetness = water < 100 ? 1 - water / 100 : Math.max(-1, (100 - water) / 500);
  let best = 0;
  let bestScore = -Infinity;
  for (let k = 0; k < coverClasses.length; k++) {
    const cover = coverClasses[k];
    const z = (coolness - cover.elevation) / cover.spread;
    const score =
      cover.base -
      0.5 * z * z +
      cover.areas[site.wilderness] +
      (soils[soil].lean[k] ?? 0) +
      cover.patch * patch +
      cover.wetness * wetness +
      cover.light * ((noonShade - 220) / 30) +
      NOISE * draw.bell();
    if (score > bestScore) {
      best = k;
      bestScore = score;
    }
  }
  return best;
}

const NOISE = 0.25;

/** A triangular wave of the given period between -1 and 1. */
function wave(x: number, period: number): number {
  const phase = x / period - Math.floor(x / period);
  return 4 * Math.abs(phase - 0.5) - 1;
}

/** The index whose share of the total covers `u` in [0, 1). */
function pick(weights: readonly number[], u: number): number {
  let total = 0;
  for (const weight of weights) total += weight;
  let rest = u * total;
  for (let i = 0; i < weights.length; i++) {
    rest -= weights[i];
    if (rest < 0) return i;
  }
  return weights.length - 1;
}

function whole(value: number, minimum: number, maximum: number): number {
  return Math.min(maximum, Math.max(minimum, Math.round(value)));
}

/** The sine of whole degrees from a table of Taylor sums: Math.sin's last bit is the engine's choice. */
function sine(degrees: number): number {
  return sineTable[((degrees % 360) + 360) % 360];
}

const sineTable = Float64Array.from({ length: 360 }, (_, degrees) => {
  const quarter = degrees % 180 > 90 ? 180 - (degrees % 180) : degrees % 180;
  const x = (quarter * Math.PI) / 180;
  let term = x;
  let sum = x;
  for (let n = 2; n < 24; n += 2) {
    term = (-term * x * x) / (n * (n + 1));
    sum += term;
  }
  return degrees < 180 ? sum : -sum;
});
