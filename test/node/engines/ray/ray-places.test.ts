// The places of ray-places.ts without a cluster: the programs that live in them are links made by hand.

import { execFileSync } from "node:child_process";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { protocolVersion } from "../../../../src/distributed/link/hello.ts";
import { Link, parseControl } from "../../../../src/distributed/link/link.ts";
import { repeatEntrypoint } from "../../../../src/node/engines/ray/ray-job-group.ts";
import { type RayPlace, RayPlaces } from "../../../../src/node/engines/ray/ray-places.ts";
import { connectTo, socketChannel } from "../../../../src/node/sockets/sockets.ts";
import { waitForLaunch } from "../../../../src/node/workers/place-client.ts";

describe("a place", () => {
  let places: RayPlaces;
  let place: RayPlace;

  beforeEach(async () => {
    places = await RayPlaces.open("127.0.0.1");
    place = places.create(1);
  });

  afterEach(() => places.close());

  async function arrive(lastExit: number | null, key = place.variables.COPPICE_PLACE_KEY): Promise<Link> {
    const link = new Link(socketChannel(await connectTo(place.variables.COPPICE_PLACE, 1000)));
    link.sendJson({ version: protocolVersion, key, lastExit });
    return link;
  }

  test("tells its program whom to be, now or as soon as it is there", async () => {
    place.assign({ COPPICE_RANK: "1" });
    const environment = await waitForLaunch({ ...place.variables, PATH: "/bin" });
    expect(environment).toEqual({ ...place.variables, PATH: "/bin", COPPICE_RANK: "1" });
    expect(place.isFree).toBe(false);
  });

  test("leaves who is in no place as it is", async () => {
    const environment = { COPPICE_RANK: "2" };
    expect(await waitForLaunch(environment)).toBe(environment);
  });

  test("is free for the next worker when its program is back, which tells how the last one ended", async () => {
    const first = place.assign({ COPPICE_RANK: "0" });
    const link = await arrive(null);
    await link.receive();
    link.close();
    await expect.poll(() => place.isReturning).toBe(true);
    await first.stop();
    const taken = places.take(1, (free) => free.assign({ COPPICE_RANK: "7" }));
    const next = await arrive(137);
    expect(await taken).toBe(true);
    expect(await first.ended).toEqual({ reason: "killed by signal 9", log: "" });
    expect(parseControl(await next.receive())).toEqual({
      type: "launch",
      environment: { COPPICE_RANK: "7" },
    });
    expect(places.countFree(1)).toBe(0);
  });

  test("is taken only by workers of as many CPUs", async () => {
    await arrive(null);
    await expect.poll(() => places.countFree(1)).toBe(1);
    expect(places.countFree(2)).toBe(0);
    expect(await places.take(2, () => {})).toBe(false);
  });

  test("turns away a program of another version, which ends", async () => {
    const variables = { ...place.variables, COPPICE_PLACE_KEY: "another" };
    await expect(waitForLaunch(variables)).rejects.toThrow(/turned away: there is no such place/);
    const link = new Link(socketChannel(await connectTo(place.variables.COPPICE_PLACE, 1000)));
    link.sendJson({ version: 1, key: place.variables.COPPICE_PLACE_KEY, lastExit: null });
    expect(parseControl(await link.receive())).toMatchObject({
      error: { message: expect.stringContaining("it speaks version 1") },
    });
  });

  test("is given up when its program does not come back", async () => {
    const worker = place.assign({});
    const link = await arrive(null);
    await link.receive();
    link.close();
    expect(await worker.ended).toEqual({ reason: "its process ended", log: "" });
    expect(await places.take(1, () => {})).toBe(false);
  });

  test("hangs up on strangers, and on its program when the run is over", async () => {
    const stranger = await arrive(null, "a guess");
    expect(parseControl(await stranger.receive())).toMatchObject({
      type: "refused",
      error: { code: "INVALID_DATA", message: "a connection was turned away: there is no such place" },
    });
    await expect(stranger.receive()).rejects.toMatchObject({ code: "PEER_LOST" });
    const program = await arrive(null);
    await expect.poll(() => place.isFree).toBe(true);
    places.close();
    await expect(program.receive()).rejects.toMatchObject({ code: "PEER_LOST" });
  });
});

test("the job of a place starts its program again while that was killed or makes room", () => {
  const script =
    'echo "after [$COPPICE_LAST_EXIT]"; case $COPPICE_LAST_EXIT in "") exit 75;; 75) kill -9 $$;; esac';
  const output = execFileSync("sh", ["-c", repeatEntrypoint(`sh -c '${script}'`, 75)], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  expect(output).toBe("after []\nafter [75]\nafter [137]\n");
});
