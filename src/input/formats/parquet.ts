// Parquet, divided at rows (at a row group where one is near). It is read at random, from the index at its end.

import { rangeOf } from "../columnar/columnar.ts";
import type { ColumnsFormat } from "./format.ts";

const reader = () => import("../columnar/parquet.ts");

export const parquetFormat: ColumnsFormat = {
  kind: "columns",
  extensions: ["parquet", "pq"],
  magic: "PAR1",
  mayBePacked: false,
  isText: false,
  open: async (source, options) => (await reader()).openParquet(source, options),
  openPiece: async (piece, options) => (await reader()).openParquet(piece.source, options, rangeOf(piece)),
};
