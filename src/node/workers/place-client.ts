// The worker's side of a place: a job of a cluster that outlives its worker. Its shell starts the worker program
// again when that was killed or told to end; the program then asks the driver whom it is to be next. So an
// attempt after the first finds its CPUs reserved and its processes there.

import { fromWire } from "../../core/errors.ts";
import { protocolVersion, receiveWithin } from "../../distributed/link/hello.ts";
import { Link } from "../../distributed/link/link.ts";
import { connectTo, socketChannel } from "../sockets/sockets.ts";

/** The exit code of a worker that makes room for the next one in its place. */
export const MAKES_ROOM = 75;

type Environment = Readonly<Record<string, string | undefined>>;

/** The driver listens before it submits a job; one that does not is gone. */
const CONNECT_MS = 3000;
/** A place that nobody asks for gives its CPUs back. */
const IDLE_MS = 120_000;

/**
 * Waits in a place until the driver says whom to be; outside of one returns `environment` as it is.
 *
 * @throws {CoppiceError} PEER_LOST, ABORTED when the driver is gone or needs the place no more; INVALID_DATA when it
 *   knows nothing of it
 */
export async function waitForLaunch(environment: Environment): Promise<Environment> {
  const { COPPICE_PLACE: address, COPPICE_PLACE_KEY: key, COPPICE_LAST_EXIT: lastExit } = environment;
  if (address === undefined) return environment;
  const link = new Link(socketChannel(await connectTo(address, CONNECT_MS)));
  link.trust();
  link.sendJson({ version: protocolVersion, key, lastExit: lastExit ? Number(lastExit) : null });
  const message = await receiveWithin(link, IDLE_MS);
  if (message.type !== "launch") throw fromWire(message.error);
  // The link stays open: its end tells the driver that this process has ended.
  return { ...environment, ...(message.environment as Record<string, string>) };
}
