// Certificates for tests of TLS, made by openssl.

import { execFileSync, spawnSync } from "node:child_process";
import { join } from "node:path";
import type { TlsFiles } from "../../../src/node/sockets/tls-files.ts";

export const hasOpenssl: boolean = spawnSync("openssl", ["version"]).status === 0;

/** Makes an authority and a certificate that it has signed, as files in `folder`. */
export function makeCertificate(folder: string, name: string): TlsFiles {
  const at = (file: string) => join(folder, `${name}-${file}.pem`);
  const openssl = (...args: string[]) => execFileSync("openssl", args, { stdio: "ignore" });
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
  openssl("req", "-x509", ...key, "-keyout", at("ca-key"), "-out", at("authority"), "-subj", `/CN=${name}`);
  openssl("req", ...key.slice(0, 5), "-keyout", at("key"), "-out", at("request"), "-subj", "/CN=worker");
  const signer = ["-CA", at("authority"), "-CAkey", at("ca-key"), "-CAcreateserial", "-days", "2"];
  openssl("x509", "-req", "-in", at("request"), ...signer, "-out", at("certificate"));
  return { certificate: at("certificate"), key: at("key"), authority: at("authority") };
}
