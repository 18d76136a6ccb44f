// libsvm: sparse rows of text, which begin with their label.

import { type LibsvmOptions, libsvmToDMatrix, libsvmToSplit } from "../text/libsvm.ts";
import type { MatrixFormat } from "./format.ts";
import type { FormatOptions } from "./format-options.ts";

const ROW = /^[^\s:,]+(:\S+)?(\s+qid:\S+)?(\s+\d+:[^\s:]+)+\s*(#.*)?$/;

export const libsvmFormat: MatrixFormat = {
  kind: "matrix",
  extensions: ["svm", "libsvm"],
  hasFirstLine: (line) => ROW.test(line),
  mayBePacked: true,
  read: (sources, options) => libsvmToDMatrix(sources, ownOptions(options)),
  readSplit: (sources, options) => libsvmToSplit(sources, { ...options, ...ownOptions(options) }),
};

function ownOptions(options: FormatOptions): LibsvmOptions {
  const { labelKind, labelClasses, missing, signal, featureCount, features } = options;
  return { labelKind, labelClasses, missing, signal, featureCount: featureCount ?? features?.length };
}
