// Arrow IPC streams in and out: a record batch is read, predicted and sent before the next one is taken
// from the connection, so that a table of any length passes through in little memory.

import { showValue } from "../../core/errors.ts";
import { openArrow } from "../../input/columnar/arrow.ts";
import { writeArrowBatches } from "../../input/columnar/write-arrow.ts";
import type { OutputColumn } from "../../input/table/columns.ts";
import type { TableBlock, TableReader } from "../../input/table/table.ts";
import { runBlock } from "../inference.ts";
import type { InferenceHost } from "../inference-host.ts";
import { type ModelRows, RowBuilder } from "../model-rows.ts";
import { outputKindOf } from "../outputs.ts";
import { requestError } from "../protocol/request-error.ts";
import type { OutputTensor } from "../protocol/tensor.ts";
import type { OutputKind, ServedModel } from "../served-model.ts";
import { RequestSource } from "./request-source.ts";

const arrowMediaType = "application/vnd.apache.arrow.stream";

/** Rows that are predicted before other requests get their turn: here, and on a thread of its own. */
const ROWS_AT_ONCE = 512;
const ROWS_PER_JOB = 8192;

export interface ArrowContext {
  /** How much may be sent for one record batch. */
  readonly maxBatchBytes: number;
  /** Where rows are predicted; by default here, in small pieces. */
  readonly host: InferenceHost | undefined;
  readonly signal: AbortSignal;
  countRows(rows: number): void;
  noteError(error: unknown): void;
  /** Called once, when the stream has ended in whatever way. */
  finish(): void;
}

/**
 * The answer to a stream of record batches whose columns are the model's features, by name.
 *
 * @param outputs "predict" by default
 * @throws {CoppiceError} INVALID_DATA when the schema or the first batch does not fit the model; later
 *   errors end the answer before its end
 */
export async function answerArrow(
  model: ServedModel,
  request: Request,
  outputs: readonly string[],
  context: ArrowContext,
): Promise<Response> {
  const kinds = (outputs.length > 0 ? outputs : ["predict"]).map((name) => outputKindOf(model, name));
  const source = await RequestSource.open(request, context.maxBatchBytes);
  const reader = await openArrow(source);
  const batches = predictBatches(model, reader, kinds, source, context);
  const chunks = writeArrowBatches(batches);
  // The first bytes come from the first batch: what is wrong so far is still an error with a status.
  const first = await chunks.next().catch(async (error) => {
    context.noteError(error);
    await reader.close();
    throw error;
  });
  return new Response(streamOf(first, chunks, context), { headers: { "Content-Type": arrowMediaType } });
}

function streamOf(
  first: IteratorResult<Uint8Array<ArrayBuffer>>,
  chunks: AsyncGenerator<Uint8Array<ArrayBuffer>>,
  context: ArrowContext,
): ReadableStream<Uint8Array> {
  let pending: IteratorResult<Uint8Array<ArrayBuffer>> | undefined = first;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const next = pending ?? (await chunks.next());
          pending = undefined;
          if (!next.done) return controller.enqueue(next.value);
          controller.close();
        } catch (error) {
          context.noteError(error);
          controller.error(error);
        }
        context.finish();
      },
      async cancel() {
        context.finish();
        await chunks.return(undefined);
      },
    },
    { highWaterMark: 0 },
  );
}

async function* predictBatches(
  model: ServedModel,
  reader: TableReader,
  kinds: readonly OutputKind[],
  source: RequestSource,
  context: ArrowContext,
): AsyncGenerator<readonly OutputColumn[]> {
  const places = placeColumns(model, reader);
  const requests = places.map((f, column) => ({
    column,
    kind: model.isTextual(f) ? ("string" as const) : ("number" as const),
  }));
  let hasRows = false;
  try {
    for await (const block of reader.read(requests)) {
      source.startBatch();
      hasRows = true;
      yield await predictBlock(model, await rowsOfBlock(model, block, places), kinds, context);
      context.countRows(block.rowCount);
    }
    if (!hasRows) yield await predictBlock(model, new RowBuilder(model, 0, false).finish(), kinds, context);
  } finally {
    await reader.close();
  }
}

/** The feature of each column. @throws {CoppiceError} INVALID_DATA when they are not the model's */
function placeColumns(model: ServedModel, reader: TableReader): number[] {
  const places = reader.columns.map(({ name, kind, type }) => {
    const f = model.featureIndex.get(name);
    if (f === undefined) {
      throw requestError(`column ${showValue(name)} is no feature of the model`, "unknown_input");
    }
    if (kind === "other" || (kind === "string" && !model.isTextual(f))) {
      throw requestError(`column ${showValue(name)} must hold numbers, got ${type}`, "wrong_type");
    }
    return f;
  });
  const given = new Set(places);
  const missing = model.featureNames.filter((_, f) => !given.has(f));
  if (missing.length === 0) return places;
  const names = missing.slice(0, 5).map(showValue).join(", ");
  throw requestError(
    `the stream must have a column for every feature, missing ${names}` +
      (missing.length > 5 ? ` and ${missing.length - 5} more` : ""),
    "missing_input",
  );
}

async function rowsOfBlock(
  model: ServedModel,
  block: TableBlock,
  places: readonly number[],
): Promise<ModelRows> {
  const builder = new RowBuilder(model, block.rowCount, false);
  for (const [column, f] of places.entries()) {
    const values = await block.readColumn(column);
    if (values.kind === "string") {
      for (let row = 0; row < block.rowCount; row++) {
        builder.set(row, f, values.codes[row] < 0 ? null : values.dictionary[values.codes[row]]);
      }
    } else if (!model.codesOf(f)) builder.setNumbers(f, values.values);
    else for (let row = 0; row < block.rowCount; row++) builder.set(row, f, values.values[row]);
  }
  return builder.finish();
}

/** Predicts a block in pieces, so that other requests get their turn between them. */
async function predictBlock(
  model: ServedModel,
  rows: ModelRows,
  kinds: readonly OutputKind[],
  { host, signal }: ArrowContext,
): Promise<OutputColumn[]> {
  const { width } = rows;
  const rowsAtOnce = host ? ROWS_PER_JOB : ROWS_AT_ONCE;
  const pieces: (readonly OutputTensor[])[] = [];
  for (let begin = 0; begin === 0 || begin < rows.rowCount; begin += rowsAtOnce) {
    const rowCount = Math.min(rowsAtOnce, rows.rowCount - begin);
    const end = begin + rowCount;
    // What travels to a thread takes all of its memory along.
    const matrix = host
      ? rows.matrix.slice(begin * width, end * width)
      : rows.matrix.subarray(begin * width, end * width);
    const job = { matrix, rowCount, width, kinds };
    if (begin > 0 && !host) await new Promise((resolve) => setTimeout(resolve, 0));
    // A few rows are done sooner than they travel.
    const isSmall = rowCount * model.booster.model.trees.length < 50_000 && !kinds.includes("contributions");
    const { outputs, counts } =
      host && !isSmall ? await host.runBlock(model, job, signal) : runBlock(model, job);
    if (counts) model.monitor.addCounts(counts, rowCount);
    pieces.push(outputs);
  }
  return kinds.flatMap((_, k) =>
    columnsOf(
      pieces.map((outputs) => outputs[k]),
      rows.rowCount,
    ),
  );
}

/** One column per value of a row: "predict", or "predict_0", "predict_1", and so on. */
function columnsOf(pieces: readonly OutputTensor[], rowCount: number): OutputColumn[] {
  const [{ name, shape, datatype }] = pieces;
  const width = shape.slice(1).reduce((product, size) => product * size, 1);
  return Array.from({ length: width }, (_, c) => {
    const values = createColumn(datatype, rowCount);
    let row = 0;
    for (const { data, shape: own } of pieces) {
      for (let i = 0; i < own[0]; i++) values[row++] = data[i * width + c];
    }
    return { name: shape.length === 1 ? name : `${name}_${c}`, values } as OutputColumn;
  });
}

function createColumn(datatype: OutputTensor["datatype"], length: number): { [index: number]: unknown } {
  if (datatype === "FP32") return new Float32Array(length);
  if (datatype === "INT32") return new Int32Array(length);
  return datatype === "BYTES" ? new Array<string>(length) : new Float64Array(length);
}
