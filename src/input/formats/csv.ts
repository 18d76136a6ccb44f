// CSV, with any delimiter, and its relative with tabs. What the first of several tables, or the begin of a
// divided one, has shown of delimiter and header holds for the others.

import { openCsv } from "../text/csv.ts";
import { lineRange } from "../text/csv-range.ts";
import type { ColumnsFormat } from "./format.ts";
import type { FormatOptions } from "./format-options.ts";

export const csvFormat: ColumnsFormat = { ...delimited(undefined), extensions: ["csv"] };

export const tsvFormat: ColumnsFormat = { ...delimited("\t"), extensions: ["tsv"] };

/** @param usual between the cells unless the options say something else; found out from the first lines by default */
function delimited(usual: string | undefined): Omit<ColumnsFormat, "extensions"> {
  return {
    kind: "columns",
    isText: true,
    countsQuotes: true,
    mayBePacked: true,
    open(source, options, first) {
      const hasHeader = options.hasHeader ?? first?.hasNames ?? (usesNames(options) ? true : undefined);
      return openCsv(source, { ...options, delimiter: options.delimiter ?? usual, hasHeader });
    },
    async openPiece({ source, begin, end, quotes = NO_QUOTES }, options, first) {
      const hasHeader = options.hasHeader ?? first.hasNames;
      const isWhole = begin === 0 && end === source.byteLength;
      const rows = isWhole ? source : await lineRange(source, { begin, end }, quotes, hasHeader);
      const delimiter = options.delimiter ?? first.delimiter;
      return rows && openCsv(rows, { ...options, delimiter, hasHeader, sampleRowCount: 1 });
    },
  };
}

const NO_QUOTES = { before: 0, inside: 0 };

/** Whether a column is asked for by name: then there must be a header, whatever it looks like. */
function usesNames(options: FormatOptions): boolean {
  const { label, weight, queryId, baseMargin, features, categorical, ignore } = options;
  const refs = [label, weight, queryId, baseMargin, features, categorical, ignore].flat();
  return refs.some((ref) => typeof ref === "string" && !/^[+-]?\d+$/.test(ref));
}
