// The laws of a collective over links: it does what peers in one process do, and a lost peer or an abort ends
// whatever waits.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CoppiceError } from "../../../src/core/errors.ts";
import { encodeHeader, FrameDecoder, MAX_HELLO_BYTES } from "../../../src/distributed/link/frame.ts";
import { checkHello, protocolVersion } from "../../../src/distributed/link/hello.ts";
import { Link } from "../../../src/distributed/link/link.ts";
import { Mesh } from "../../../src/distributed/mesh/mesh.ts";
import { catchRejection } from "../../oracle/catch-error.ts";
import { channelPair } from "../../oracle/memory-channels.ts";

const seed = 20261124;

function connectAll(worldSize: number, chunkBytes = 50): Mesh[] {
  const links: (Link | undefined)[][] = Array.from({ length: worldSize }, () =>
    new Array(worldSize).fill(undefined),
  );
  for (let a = 0; a < worldSize; a++) {
    for (let b = a + 1; b < worldSize; b++) {
      const ends = channelPair([`worker ${a}`, `worker ${b}`], chunkBytes);
      [links[a][b], links[b][a]] = ends.map((end) => new Link(end));
      links[a][b]!.trust();
      links[b][a]!.trust();
    }
  }
  return links.map((own, rank) => new Mesh(rank, own));
}

const numbers = (length: number, rank: number) =>
  Float64Array.from({ length }, (_, i) => ((i * 31 + rank * 17) % 23) - 11);

describe(`a collective over links (seed ${seed})`, () => {
  test("sums, takes maxima, scatters and gathers as written down, for any number of peers and values", async () => {
    const sizes = fc.record({
      worldSize: fc.integer({ min: 1, max: 5 }),
      length: fc.oneof(fc.integer({ min: 0, max: 40 }), fc.constant(5000)),
      points: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 4, maxLength: 4 }),
    });
    const property = fc.asyncProperty(sizes, async ({ worldSize, length, points }) => {
      const ranks = Array.from({ length: worldSize }, (_, rank) => rank);
      const all = ranks.map((rank) => numbers(length, rank));
      const sum = all.reduce((a, b) => a.map((value, i) => value + b[i]));
      const largest = all.reduce((a, b) => a.map((value, i) => Math.max(value, b[i])));
      const inner = points.slice(0, worldSize - 1).map((point) => Math.round(point * length));
      const offsets = [0, ...inner.sort((a, b) => a - b), length];
      await Promise.all(
        connectAll(worldSize, 4096).map(async (mesh, rank) => {
          const summed = numbers(length, rank);
          await mesh.allReduceSum(summed);
          expect(summed).toEqual(sum);
          const raised = numbers(length, rank);
          await mesh.allReduceMax(raised);
          expect(raised).toEqual(largest);
          const scattered = numbers(length, rank);
          await mesh.reduceScatterSum(scattered, offsets);
          const [begin, end] = [offsets[rank], offsets[rank + 1]];
          expect(scattered.subarray(begin, end)).toEqual(sum.subarray(begin, end));
          const gathered = await mesh.allGather(new Uint8Array(rank).fill(rank));
          expect(gathered.map((bytes) => Array.from(bytes))).toEqual(ranks.map((r) => new Array(r).fill(r)));
        }),
      );
    });
    await fc.assert(property, { seed, numRuns: 25 });
  });

  test("passes messages along the chain of peers in order, beside other operations", async () => {
    const got = await Promise.all(
      connectAll(3).map(async (mesh, rank) => {
        const heard: number[] = [];
        for (let i = 0; i < 4; i++) {
          if (rank > 0) heard.push((await mesh.receiveFromPrevious())[0]);
          if (rank < 2) await mesh.sendToNext(Uint8Array.of(10 * rank + i));
        }
        const total = Float64Array.of(1);
        await mesh.allReduceSum(total);
        expect(total[0]).toBe(3);
        return heard;
      }),
    );
    expect(got).toEqual([[], [0, 1, 2, 3], [10, 11, 12, 13]]);
  });

  test("sends each other peer only the part that is that peer's to sum, without zeros", async () => {
    const meshes = connectAll(4, 1 << 16);
    const length = 4000;
    await Promise.all(
      meshes.map((mesh, rank) => mesh.reduceScatterSum(numbers(length, rank), [0, 1000, 2000, 3000, length])),
    );
    meshes.forEach((mesh, rank) => {
      const isSent = (value: number, i: number) => value !== 0 && Math.floor(i / 1000) !== rank;
      const sentCount = numbers(length, rank).filter(isSent).length;
      const maskBytes = 8 * Math.ceil(1000 / 64);
      expect(mesh.bytesSent).toBe(8 * sentCount + 3 * (maskBytes + 12));
    });
  });

  test("a lost peer ends what the others wait for, with its rank", async () => {
    const meshes = connectAll(3);
    const waiting = [0, 2].map((rank) => catchRejection(meshes[rank].allGather(new Uint8Array(3))));
    meshes[1].abort(new CoppiceError("ABORTED", "gone"));
    for (const error of await Promise.all(waiting)) {
      expect(error).toMatchObject({ code: "PEER_LOST", details: { rank: 1 } });
    }
  });

  test("an abort ends the peer's own waiting at once, with the reason", async () => {
    const meshes = connectAll(2);
    const waiting = catchRejection(meshes[0].allReduceSum(Float64Array.of(1)));
    meshes[0].abort(new CoppiceError("ABORTED", "the driver says so"));
    expect(await waiting).toMatchObject({ code: "ABORTED", message: "the driver says so" });
  });

  test("peers that have come apart are noticed", async () => {
    const meshes = connectAll(2);
    const waiting = catchRejection(meshes[1].receiveFromPrevious());
    void meshes[0].allGather(new Uint8Array(1)).catch(() => {});
    expect(await waiting).toMatchObject({ code: "INTERNAL" });
    meshes[0].abort(new CoppiceError("ABORTED", "done"));
  });
});

describe("frames", () => {
  test("come out as they went in, however the stream is cut up", () => {
    const frames: [number, number, Uint8Array][] = [
      [1, 0, Uint8Array.of(1, 2, 3)],
      [2, 4294967295, new Uint8Array(0)],
      [3, 7, new Uint8Array(1000).fill(9)],
    ];
    const stream = frames.flatMap(([kind, tag, payload]) => [
      ...encodeHeader(kind, tag, payload.length),
      ...payload,
    ]);
    for (const step of [1, 5, 12, 13, 4096]) {
      const got: unknown[] = [];
      const decoder = new FrameDecoder(({ kind, tag, payload }) => got.push([kind, tag, payload]));
      for (let at = 0; at < stream.length; at += step) {
        decoder.push(Uint8Array.from(stream.slice(at, at + step)));
      }
      expect(got).toEqual(frames);
    }
  });

  test.each([
    ["an oversize length", encodeHeader(1, 0, MAX_HELLO_BYTES + 1)],
    ["an unknown kind", encodeHeader(9, 0, 1)],
    ["a request of HTTP", new TextEncoder().encode("GET / HTTP/1.1\r\n")],
  ])("%s is refused before anything is stored", (_, bytes) => {
    const decoder = new FrameDecoder(() => {});
    expect(() => decoder.push(bytes)).toThrow(CoppiceError);
  });
});

describe("a hello", () => {
  const key = { run: "r", attempt: 2, token: "secret" };
  const hello = { version: protocolVersion, ...key, role: "worker", rank: 1, address: "127.0.0.1:1" };

  test("that fits is let in", () => {
    expect(checkHello(hello, key, 2)).toMatchObject({ rank: 1, role: "worker" });
  });

  test.each([
    ["another version", { version: 99 }],
    ["a wrong token", { token: "Secret" }],
    ["a part of the token", { token: "secre" }],
    ["another run", { run: "s" }],
    ["an earlier attempt", { attempt: 1 }],
    ["an unknown role", { role: "boss" }],
    ["a rank out of range", { rank: 2 }],
    ["an address that is no text", { address: 7 }],
  ])("with %s is turned away, and the token is not told", (_, change) => {
    expect(() => checkHello({ ...hello, ...change }, key, 2)).toThrow(CoppiceError);
    try {
      checkHello({ ...hello, ...change }, key, 2);
    } catch (error) {
      expect((error as Error).message).not.toContain("secret");
    }
  });
});
