// Bearer tokens. How long a comparison takes depends on the length of what was given, never on how much of
// it is right, nor on which of several tokens matches.

import { CoppiceError } from "../../core/errors.ts";

const encoder = new TextEncoder();

/** Whether `header`, the Authorization of a request, carries one of the tokens. */
export type TokenCheck = (header: string | undefined) => boolean;

/**
 * @param tokens at least one
 * @throws {CoppiceError} INVALID_PARAMETER for a token that is empty or that no header can carry
 */
export function checkTokens(tokens: readonly string[]): TokenCheck {
  for (const token of tokens) {
    if (!/^[\x21-\x7e]+$/.test(token)) {
      throw new CoppiceError("INVALID_PARAMETER", "a token must be visible ASCII without spaces", {
        parameter: "tokens",
      });
    }
  }
  const secrets = tokens.map((token) => encoder.encode(token));
  return (header) => {
    const match = /^Bearer +([\x21-\x7e]+) *$/i.exec(header ?? "");
    const given = encoder.encode(match?.[1] ?? "");
    let isKnown = 0;
    for (const secret of secrets) isKnown |= equals(given, secret);
    return isKnown === 1;
  };
}

/** 1 when both are the same, else 0. */
function equals(given: Uint8Array, secret: Uint8Array): number {
  let difference = given.length ^ secret.length;
  for (let i = 0; i < given.length; i++) difference |= given[i] ^ secret[i % secret.length];
  return difference === 0 ? 1 : 0;
}
