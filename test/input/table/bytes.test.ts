import { describe, expect, test } from "vitest";
import { blobSource, bytesSource, isGzip, readAll, unpacked } from "../../../src/input/table/bytes.ts";

const text = (bytes: ArrayBuffer | Uint8Array) => new TextDecoder().decode(bytes);

async function gzip(content: string): Promise<Uint8Array<ArrayBuffer>> {
  const packed = new Blob([content]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(packed).arrayBuffer());
}

const content = "0123456789".repeat(60_000);

describe.each([
  ["bytesSource", (bytes: Uint8Array<ArrayBuffer>) => bytesSource("t", bytes)],
  ["blobSource", (bytes: Uint8Array<ArrayBuffer>) => blobSource("t", new Blob([bytes]))],
])("%s", (_, make) => {
  test("gives slices as stored and a stream of the content", async () => {
    const source = make(new TextEncoder().encode(content));
    expect(source.byteLength).toBe(600_000);
    expect(text(await source.slice(3, 6))).toBe("345");
    expect(text(await readAll(source))).toBe(content);
    await source.close();
  });

  test("unpacks gzip in the stream, not in slices", async () => {
    const packed = await gzip(content);
    const source = make(packed);
    expect(isGzip(new Uint8Array(await source.slice(0, 2)))).toBe(true);
    expect(text(await readAll(source))).toBe(content);
  });

  test("reports gzip that is cut off or altered", async () => {
    const packed = await gzip(content);
    await expect(readAll(make(packed.slice(0, 100)))).rejects.toThrow(/^t: damaged gzip data/);
    const altered = packed.slice();
    altered[altered.length - 6] ^= 1;
    await expect(readAll(make(altered))).rejects.toThrow(/^t: damaged gzip data/);
  });
});

test("a stream that nobody reads to the end is given back", async () => {
  let isClosed = false;
  async function* chunks() {
    try {
      for (;;) yield Uint8Array.of(1, 2, 3);
    } finally {
      isClosed = true;
    }
  }
  for await (const chunk of unpacked("t", chunks())) if (chunk.length === 3) break;
  expect(isClosed).toBe(true);
});
