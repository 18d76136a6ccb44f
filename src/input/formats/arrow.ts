// Arrow IPC, file or stream. A file is divided at its batches, a stream belongs to the part that it begins in.

import { rangeOf } from "../columnar/columnar.ts";
import type { ColumnsFormat } from "./format.ts";

const reader = () => import("../columnar/arrow.ts");

export const arrowFormat: ColumnsFormat = {
  kind: "columns",
  extensions: ["arrow", "arrows", "feather", "ipc"],
  magic: "ARROW1",
  mayBePacked: true,
  isText: false,
  open: async (source, options) => (await reader()).openArrow(source, options),
  openPiece: async (piece, options) => (await reader()).openArrow(piece.source, options, rangeOf(piece)),
};
