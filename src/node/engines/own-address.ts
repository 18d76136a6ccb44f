// Which of its addresses this machine has for another one, guessed from its network interfaces.

import { BlockList, isIP, isIPv4 } from "node:net";
import { networkInterfaces } from "node:os";

/**
 * The address of this machine that another one would see: of the interface in the network of `host`, else
 * of the first that leaves this machine. A cluster on this machine needs no more than the loopback.
 */
export function addressTowards(host: string): string {
  const target = host.replace(/^\[|\]$/g, "");
  if (target === "localhost" || target === "::1" || target.startsWith("127.")) return "127.0.0.1";
  const outer = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal, address }) => !internal && isIPv4(address));
  const isNear = ({ address, netmask }: { address: string; netmask: string }) => {
    const network = new BlockList();
    network.addSubnet(address, prefixLength(netmask), "ipv4");
    return isIPv4(target) && network.check(target, "ipv4");
  };
  const chosen = (isIP(target) ? outer.find(isNear) : undefined) ?? outer[0];
  return chosen?.address ?? "127.0.0.1";
}

function prefixLength(netmask: string): number {
  return netmask
    .split(".")
    .reduce((bits, part) => bits + Number(part).toString(2).replaceAll("0", "").length, 0);
}
