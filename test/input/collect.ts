// What the tests of the readers share: sources that hand out bytes in given portions, and a whole
// table as plain arrays.

import { type ByteSource, bytesSource } from "../../src/input/table/bytes.ts";
import type { ColumnKind, TableReader } from "../../src/input/table/table.ts";

/** A source whose stream hands out chunks of the given sizes, over and over, from one reused buffer. */
export function chunkedSource(
  name: string,
  content: string | Uint8Array<ArrayBuffer>,
  sizes: number[],
): ByteSource {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  return {
    ...bytesSource(name, bytes),
    async *stream() {
      const buffer = new Uint8Array(Math.max(...sizes));
      for (let at = 0, i = 0; at < bytes.length; i++) {
        const size = Math.min(sizes[i % sizes.length], bytes.length - at);
        buffer.fill(0x35);
        buffer.set(bytes.subarray(at, at + size));
        yield buffer.subarray(0, size);
        at += size;
      }
    },
  };
}

/** All columns of a table as arrays of number, string or null, and where each row stands. */
export async function collect(
  reader: TableReader,
  kinds?: readonly ColumnKind[],
): Promise<{ names: string[]; kinds: string[]; columns: (number | string | null)[][]; places: string[] }> {
  const requests = reader.columns.map(({ kind }, column) => ({
    column,
    kind: kinds?.[column] ?? (kind === "other" ? "string" : kind),
  }));
  const columns: (number | string | null)[][] = requests.map(() => []);
  const places: string[] = [];
  try {
    for await (const block of reader.read(requests)) {
      for (let request = 0; request < requests.length; request++) {
        const values = await block.readColumn(request);
        for (let row = 0; row < block.rowCount; row++) {
          if (values.kind === "number") {
            columns[request].push(Number.isNaN(values.values[row]) ? null : values.values[row]);
          } else columns[request].push(values.codes[row] < 0 ? null : values.dictionary[values.codes[row]]);
        }
      }
      for (let row = 0; row < block.rowCount; row++) places.push(block.placeOf(row));
    }
  } finally {
    await reader.close();
  }
  return {
    names: reader.columns.map(({ name }) => name),
    kinds: reader.columns.map(({ kind }) => kind),
    columns,
    places,
  };
}
