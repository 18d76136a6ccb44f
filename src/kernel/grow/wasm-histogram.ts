// The histogram kernel as WebAssembly made for the table at hand: one 128-bit load, add and store per row
// and column, unrolled over the columns, whose first slots are immediate offsets of the memory operations.
// A WebAssembly module is a few nested lists of bytes (WebAssembly Core Specification 2.0, chapter 5), so
// writing it takes no compiler.

import type { RowBins } from "./histogram.ts";

/**
 * (rows, count, bins, gradients, histogram): adds `count` rows, whose numbers are at `rows`, to the histogram;
 * all but `count` are byte addresses.
 */
export type AddRowsKernel = (
  rows: number,
  count: number,
  bins: number,
  gradients: number,
  histogram: number,
) => void;

/** The exports of the generated module. */
export interface HistogramModule {
  readonly addRows: AddRowsKernel;
  /** The same for consecutive rows; `rows` is ignored, `bins` and `gradients` are those of the first row. */
  readonly addRowRange: AddRowsKernel;
}

/**
 * Rows whose bins and gradients are touched together before they are worked on. There is no prefetch
 * instruction, and a load that misses the cache holds up what comes after it; many of them in a row wait
 * together.
 */
const ROWS_AT_ONCE = 32;
/** Columns in one pass over the rows: enough to keep loads in flight, few enough to compile quickly. */
const COLUMNS_PER_PASS = 64;

const I32 = 0x7f;
const V128 = 0x7b;
const END = 0x0b;
const NO_RESULT = 0x40;

/** The bytes of the module; `isShared` as the memory it will be given. */
export function encodeHistogramModule(table: RowBins, isShared: boolean): Uint8Array<ArrayBuffer> {
  const signature = [0x60, ...list([I32, I32, I32, I32, I32].map(byte)), 0];
  const memory = [...text("env"), ...text("memory"), 2, isShared ? 3 : 1, ...unsigned(1), ...unsigned(65536)];
  return new Uint8Array([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, list([signature])),
    ...section(2, list([memory])),
    ...section(3, list([[0], [0]])),
    ...section(
      7,
      list([
        [...text("addRows"), 0, ...unsigned(0)],
        [...text("addRowRange"), 0, ...unsigned(1)],
      ]),
    ),
    ...section(10, list([encodeBody(table, true), encodeBody(table, false)].map(sized))),
  ]);
}

// Parameters, then locals.
const ROWS = 0;
const COUNT = 1;
const BINS = 2;
const GRADIENTS = 3;
const HISTOGRAM = 4;
const AT = 5;
const BLOCK_BEGIN = 6;
const BLOCK_END = 7;
const ROW = 8;
const ROW_BINS = 9;
const SLOT = 10;
const PAIR = 11;

/** The body of one of the two functions: a loop over the rows for each block of columns. */
function encodeBody(table: RowBins, isIndexed: boolean): number[] {
  const { columnCount, rowBins } = table;
  const locals = list([
    [...unsigned(6), I32],
    [...unsigned(1), V128],
  ]);
  const loops: number[] = [];
  for (let begin = 0; begin < columnCount; begin += COLUMNS_PER_PASS) {
    const end = Math.min(begin + COLUMNS_PER_PASS, columnCount);
    loops.push(...encodeLoop(table, begin, end, columnCount * rowBins.BYTES_PER_ELEMENT, isIndexed));
  }
  return [...locals, ...loops, END];
}

/** All rows for some columns: block by block, touching the rows of a block first when they lie apart. */
function encodeLoop(
  table: RowBins,
  columnBegin: number,
  columnEnd: number,
  rowBytes: number,
  isIndexed: boolean,
): number[] {
  const rowNumber = isIndexed
    ? [...get(ROWS), ...get(AT), ...constant(2), ...SHL, ...ADD, ...memoryOp(0x28, 2, 0)]
    : get(AT);
  const addressOf = (base: number, bytes: number) => [
    ...get(base),
    ...get(ROW),
    ...constant(bytes),
    ...MUL,
    ...ADD,
  ];
  const findRow = [...rowNumber, ...set(ROW), ...addressOf(BINS, rowBytes), ...set(ROW_BINS)];
  const touch = [
    ...findRow,
    ...[...get(ROW_BINS), ...memoryOp(0x2d, 0, 0), DROP],
    ...[...get(ROW_BINS), ...memoryOp(0x2d, 0, rowBytes - 1), DROP],
    ...[...addressOf(GRADIENTS, 8), ...memoryOp(0x2d, 0, 0), DROP],
  ];
  const work = [
    ...findRow,
    ...addressOf(GRADIENTS, 8),
    ...simdMemoryOp(93, 3, 0), // v128.load64_zero: gradient and hessian as float32
    ...simd(0x5f), // f64x2.promote_low_f32x4
    ...set(PAIR),
  ];
  for (let c = columnBegin; c < columnEnd; c++) work.push(...encodeUpdate(table, c));
  const loop = isIndexed
    ? repeatBelow(COUNT, [
        ...[
          ...get(AT),
          ...tee(BLOCK_BEGIN),
          ...constant(ROWS_AT_ONCE),
          ...ADD,
          ...tee(BLOCK_END),
          ...get(COUNT),
        ],
        ...[...get(BLOCK_END), ...get(COUNT), 0x49, 0x1b, ...set(BLOCK_END)], // the smaller of both: select by i32.lt_u
        ...repeatBelow(BLOCK_END, [...touch, ...NEXT_ROW]),
        ...[...get(BLOCK_BEGIN), ...set(AT)],
        ...repeatBelow(BLOCK_END, [...work, ...NEXT_ROW]),
      ])
    : repeatBelow(COUNT, [...work, ...NEXT_ROW]);
  const skipWhenEmpty = [...get(COUNT), 0x45, 0x0d, 0]; // i32.eqz, br_if
  return [...constant(0), ...set(AT), 0x02, NO_RESULT, ...skipWhenEmpty, ...loop, END];
}

/** Does `body` once, and again as long as AT is below a local. */
function repeatBelow(end: number, body: readonly number[]): number[] {
  return [0x03, NO_RESULT, ...body, ...get(AT), ...get(end), 0x49, 0x0d, 0, END];
}

/** histogram[column's first slot + bin] += pair. */
function encodeUpdate({ rowBins, columnOffsets }: RowBins, column: number): number[] {
  const bytes = rowBins.BYTES_PER_ELEMENT;
  const load = { 1: 0x2d, 2: 0x2f, 4: 0x28 }[bytes]!;
  const offset = columnOffsets[column] * 16;
  return [
    ...get(HISTOGRAM),
    ...[...get(ROW_BINS), ...memoryOp(load, Math.log2(bytes), column * bytes)],
    ...[...constant(4), ...SHL, ...ADD, ...tee(SLOT)],
    ...[...get(SLOT), ...simdMemoryOp(0x00, 4, offset)], // v128.load
    ...[...get(PAIR), ...simd(0xf0)], // f64x2.add
    ...simdMemoryOp(0x0b, 4, offset), // v128.store
  ];
}

const ADD = [0x6a];
const MUL = [0x6c];
const SHL = [0x74];
const DROP = 0x1a;
/** AT += 1. */
const NEXT_ROW: readonly number[] = [...get(AT), ...constant(1), ...ADD, ...set(AT)];

function byte(value: number): number[] {
  return [value];
}

/** LEB128, the variable-length integers of the format. */
function unsigned(value: number): number[] {
  const bytes: number[] = [];
  do {
    const low = value & 0x7f;
    value >>>= 7;
    bytes.push(value === 0 ? low : low | 0x80);
  } while (value !== 0);
  return bytes;
}

function signed(value: number): number[] {
  const bytes: number[] = [];
  for (;;) {
    const low = value & 0x7f;
    value >>= 7;
    const isLast = (value === 0 && (low & 0x40) === 0) || (value === -1 && (low & 0x40) !== 0);
    bytes.push(isLast ? low : low | 0x80);
    if (isLast) return bytes;
  }
}

function list(items: readonly (readonly number[])[]): number[] {
  return [...unsigned(items.length), ...items.flat()];
}

function sized(bytes: readonly number[]): number[] {
  return [...unsigned(bytes.length), ...bytes];
}

function section(id: number, bytes: readonly number[]): number[] {
  return [id, ...sized(bytes)];
}

function text(value: string): number[] {
  return list(Array.from(value, (letter) => [letter.charCodeAt(0)]));
}

function get(local: number): number[] {
  return [0x20, ...unsigned(local)];
}

function set(local: number): number[] {
  return [0x21, ...unsigned(local)];
}

function tee(local: number): number[] {
  return [0x22, ...unsigned(local)];
}

function constant(value: number): number[] {
  return [0x41, ...signed(value)];
}

function memoryOp(opcode: number, align: number, offset: number): number[] {
  return [opcode, ...unsigned(align), ...unsigned(offset)];
}

function simd(opcode: number): number[] {
  return [0xfd, ...unsigned(opcode)];
}

function simdMemoryOp(opcode: number, align: number, offset: number): number[] {
  return [...simd(opcode), ...unsigned(align), ...unsigned(offset)];
}
