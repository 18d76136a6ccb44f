// The landscape of the synthetic forest cover table (forest-cover.ts): wilderness areas, soils and
// cover types with the elevations where they occur. Rounded by hand to resemble the summary
// statistics of Covertype (four areas and seven cover types in the Roosevelt National Forest).

export interface Wilderness {
  readonly share: number;
  readonly elevation: number;
  readonly elevationSpread: number;
  readonly slope: number;
  /** Typical distances in metres. */
  readonly water: number;
  readonly road: number;
  readonly roadSpread: number;
  readonly fire: number;
  readonly fireSpread: number;
}

/** Rawah, Neota, Comanche Peak, Cache la Poudre. */
export const wildernesses: readonly Wilderness[] = [
  {
    share: 449,
    elevation: 2970,
    elevationSpread: 210,
    slope: 12,
    water: 240,
    road: 3100,
    roadSpread: 1700,
    fire: 2950,
    fireSpread: 1800,
  },
  {
    share: 51,
    elevation: 3245,
    elevationSpread: 115,
    slope: 13,
    water: 300,
    road: 1000,
    roadSpread: 550,
    fire: 2150,
    fireSpread: 1300,
  },
  {
    share: 436,
    elevation: 2985,
    elevationSpread: 250,
    slope: 15,
    water: 290,
    road: 1930,
    roadSpread: 1000,
    fire: 1550,
    fireSpread: 800,
  },
  {
    share: 64,
    elevation: 2290,
    elevationSpread: 155,
    slope: 20,
    water: 190,
    road: 740,
    roadSpread: 400,
    fire: 770,
    fireSpread: 400,
  },
];

export interface CoverClass {
  readonly name: string;
  readonly base: number;
  readonly elevation: number;
  readonly spread: number;
  /** What each wilderness area adds; -20 where the species is absent. */
  readonly areas: readonly number[];
  readonly patch: number;
  readonly wetness: number;
  readonly light: number;
}

/** In the order of the labels 1..7. */
export const coverClasses: readonly CoverClass[] = [
  {
    name: "Spruce/Fir",
    base: 0.33,
    elevation: 3190,
    spread: 200,
    areas: [0, 0.3, 0, -20],
    patch: 0.7,
    wetness: 0.1,
    light: -0.15,
  },
  {
    name: "Lodgepole Pine",
    base: 0.45,
    elevation: 2890,
    spread: 190,
    areas: [0.2, -0.3, 0, 0],
    patch: -0.7,
    wetness: -0.1,
    light: 0.1,
  },
  {
    name: "Ponderosa Pine",
    base: 0.65,
    elevation: 2330,
    spread: 170,
    areas: [-20, -20, 0, 0.2],
    patch: -0.2,
    wetness: -0.2,
    light: 0.3,
  },
  {
    name: "Cottonwood/Willow",
    base: -0.12,
    elevation: 2200,
    spread: 110,
    areas: [-20, -20, -20, 0],
    patch: 0,
    wetness: 1.4,
    light: 0,
  },
  {
    name: "Aspen",
    base: -1.45,
    elevation: 2760,
    spread: 110,
    areas: [-0.3, -20, 0.2, -20],
    patch: 1.2,
    wetness: 0.1,
    light: 0.4,
  },
  {
    name: "Douglas-fir",
    base: -0.08,
    elevation: 2440,
    spread: 180,
    areas: [-20, -20, 0, 0],
    patch: 0.7,
    wetness: 0.35,
    light: -0.6,
  },
  {
    name: "Krummholz",
    base: -1.18,
    elevation: 3530,
    spread: 140,
    areas: [0, 0.2, 0.2, -20],
    patch: -0.4,
    wetness: -0.35,
    light: 0.1,
  },
];

export interface Soil {
  /** Relative frequency where it occurs. */
  readonly share: number;
  readonly elevation: number;
  readonly spread: number;
  /** How well it suits each wilderness area, 0..1. */
  readonly areas: readonly number[];
  /** What it adds to the suitability of cover types, by index 0..6. */
  readonly lean: Readonly<Record<number, number>>;
}

const lowland = { 2: 0.5, 5: 0.2, 3: 0.2 };
const rubble = { 5: 0.7, 2: -0.1, 3: 0.3 };
const riverbank = { 3: 0.9, 4: 0.8, 5: 0.3 };
const pineland = { 1: 0.8 };
const montane = { 1: 0.35, 4: 0.4 };
const mixed = {};
const till = { 0: 0.55 };
const alpine = { 6: 1.1, 1: -1 };

function soil(
  share: number,
  elevation: number,
  spread: number,
  areas: readonly number[],
  lean: Readonly<Record<number, number>>,
): Soil {
  return { share, elevation, spread, areas, lean };
}

/** Soil types 1..40. */
export const soils: readonly Soil[] = [
  soil(5, 2170, 145, [0, 0, 0, 1], lowland),
  soil(13, 2500, 160, [0, 0, 0.6, 0.4], lowland),
  soil(8, 2400, 175, [0, 0, 0.5, 0.5], { 2: 0.3, 3: 0.8 }),
  soil(21, 2600, 150, [0, 0, 0.9, 0.2], lowland),
  soil(3, 2150, 160, [0, 0, 0, 1], rubble),
  soil(11, 2400, 130, [0, 0, 0, 1], lowland),
  soil(0.3, 2910, 30, [1, 0, 0, 0], pineland),
  soil(0.4, 2910, 40, [1, 0, 0, 0], montane),
  soil(2, 2580, 60, [1, 0, 0, 0], pineland),
  soil(56, 2460, 195, [0, 0, 0.5, 0.6], rubble),
  soil(21, 2700, 145, [0, 0, 1, 0.1], montane),
  soil(52, 2790, 110, [1, 0, 0, 0], pineland),
  soil(30, 2890, 140, [0, 0.02, 1, 0], montane),
  soil(1, 2240, 130, [0, 0, 0.4, 0.6], riverbank),
  soil(0.05, 2400, 100, [0, 0, 0, 1], riverbank),
  soil(5, 2720, 230, [0.8, 0.1, 0.1, 0.2], mixed),
  soil(6, 2560, 230, [0, 0, 0.8, 0.3], riverbank),
  soil(3, 2560, 75, [1, 0, 0, 0], { 1: 0.4, 4: 0.7 }),
  soil(7, 3070, 120, [0.7, 0.4, 0.2, 0], till),
  soil(16, 2860, 180, [0.8, 0.1, 0.25, 0], mixed),
  soil(1.4, 3085, 130, [0, 0, 1, 0], { 0: 1.2 }),
  soil(57, 3140, 115, [0.6, 0.6, 0.25, 0], { 0: 0.9 }),
  soil(99, 3065, 160, [0.5, 0.6, 0.4, 0], till),
  soil(37, 3040, 170, [0.15, 0.5, 0.8, 0], till),
  soil(0.8, 3240, 40, [0, 1, 0, 0], pineland),
  soil(4, 2890, 80, [0, 0, 1, 0], montane),
  soil(2, 3200, 120, [0, 0, 1, 0], mixed),
  soil(2, 2760, 105, [0, 0, 1, 0], pineland),
  soil(198, 2965, 185, [1, 0, 0, 0], mixed),
  soil(52, 2900, 170, [1, 0, 0, 0], montane),
  soil(44, 3055, 185, [0, 0.1, 1, 0], mixed),
  soil(90, 3105, 170, [0, 0.2, 1, 0], mixed),
  soil(78, 3030, 200, [0, 0.2, 1, 0], mixed),
  soil(3, 3030, 170, [0, 0, 1, 0], pineland),
  soil(3, 3370, 75, [0.4, 0.5, 0.4, 0], alpine),
  soil(0.3, 3370, 60, [0, 0, 1, 0], { 6: 0.9 }),
  soil(0.5, 3400, 55, [0.8, 0, 0.2, 0], { 6: 3 }),
  soil(27, 3330, 70, [0.5, 0.5, 0.4, 0], alpine),
  soil(24, 3310, 80, [0.5, 0.3, 0.45, 0], alpine),
  soil(15, 3445, 135, [0.5, 0.8, 0.25, 0], alpine),
];
