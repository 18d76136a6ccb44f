// TCP for the links between a driver, its workers and the workers among themselves.

import { createServer, connect as openSocket, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, connect as openTlsSocket } from "node:tls";
import { CoppiceError } from "../../core/errors.ts";
import type { Channel } from "../../distributed/link/link.ts";
import { HELLO_MS } from "../../distributed/link/patience.ts";
import type { TlsMaterial } from "./tls-files.ts";

/** A socket as a channel. Small frames leave at once. */
export function socketChannel(socket: Socket): Channel {
  const peerName = `${socket.remoteAddress ?? "?"}:${socket.remotePort ?? "?"}`;
  socket.setNoDelay(true);
  // Finds a peer whose machine vanished without a word, should heartbeats not.
  socket.setKeepAlive(true, 10_000);
  return {
    peerName,
    write: (bytes) =>
      new Promise((resolve) => {
        if (socket.destroyed) resolve();
        else socket.write(bytes, () => resolve());
      }),
    listen(receive, end) {
      let reason = "it was closed";
      socket.on("data", receive);
      socket.on("error", (error) => {
        reason = error.message;
      });
      socket.on("end", () => socket.destroy());
      socket.on("close", () => end(reason));
    },
    close: () => socket.destroy(),
  };
}

/** "host:port" in parts; the host may be an IPv6 address in brackets. @throws {CoppiceError} INVALID_PARAMETER */
export function parseAddress(address: string): { host: string; port: number } {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(address);
  const port = Number(match?.[3]);
  if (match === null || port < 1 || port > 65535) {
    throw new CoppiceError("INVALID_PARAMETER", `an address must be host:port, got "${address}"`);
  }
  return { host: match[1] ?? match[2], port };
}

export function formatAddress(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/**
 * Connects to an address, again and again until someone listens there.
 *
 * @throws {CoppiceError} PEER_LOST when nobody did within `timeoutMs`
 */
export async function connectTo(address: string, timeoutMs: number, tls?: TlsMaterial): Promise<Socket> {
  const { host, port } = parseAddress(address);
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    try {
      return await connectOnce(host, port, Math.max(1, deadline - performance.now()), tls);
    } catch (cause) {
      if (performance.now() + 100 >= deadline) {
        const reason = (cause as Error).message;
        throw new CoppiceError("PEER_LOST", `nobody answers at ${address}: ${reason}`, { address }, cause);
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

function connectOnce(
  host: string,
  port: number,
  timeoutMs: number,
  tls: TlsMaterial | undefined,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    // The authority's signature is what counts, see tls-files.ts.
    const socket = tls
      ? openTlsSocket({ host, port, ...tls, checkServerIdentity: () => undefined })
      : openSocket({ host, port });
    const timer = setTimeout(() => socket.destroy(new Error("no answer in time")), timeoutMs);
    socket.once(tls ? "secureConnect" : "connect", () => {
      clearTimeout(timer);
      socket.removeListener("error", reject);
      resolve(socket);
    });
    socket.once("error", (error) => {
      clearTimeout(timer);
      reject(error);
    });
  });
}

/** Someone who takes connections. */
export interface Listener {
  readonly host: string;
  readonly port: number;
  /** Takes no more; those that were taken stay. */
  close(): void;
}

/** @throws {CoppiceError} INVALID_PARAMETER when the port cannot be had */
export function listenOn(
  host: string,
  port: number,
  accept: (channel: Channel) => void,
  tls?: TlsMaterial,
): Promise<Listener> {
  return new Promise((resolve, reject) => {
    const take = (socket: Socket) => accept(socketChannel(socket));
    const server: Server = tls
      ? createTlsServer(
          { ...tls, requestCert: true, rejectUnauthorized: true, handshakeTimeout: HELLO_MS },
          take,
        )
      : createServer(take);
    server.once("error", (cause) => {
      const place = formatAddress(host, port);
      reject(
        new CoppiceError("INVALID_PARAMETER", `cannot listen on ${place}: ${cause.message}`, { port }, cause),
      );
    });
    server.listen({ host, port }, () => {
      const bound = server.address();
      const actual = typeof bound === "object" && bound !== null ? bound.port : port;
      resolve({ host, port: actual, close: () => server.close() });
    });
  });
}
