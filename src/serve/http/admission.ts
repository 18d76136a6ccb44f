// How much a server takes on at once: requests and the bytes of their bodies. What is beyond is refused
// at once, so that those that were taken stay quick and memory stays bounded.

import { statusError } from "../protocol/request-error.ts";

export interface AdmissionLimits {
  /** Inference requests at the same time. */
  readonly maxRequests: number;
  /** Bytes of their bodies together, as declared. */
  readonly maxBytes: number;
}

export class Admission {
  readonly #limits: AdmissionLimits;
  readonly #isBehind: () => boolean;
  #requests = 0;
  #bytes = 0;

  /** @param isBehind whether the process cannot keep up */
  constructor(limits: AdmissionLimits, isBehind: () => boolean = () => false) {
    this.#limits = limits;
    this.#isBehind = isBehind;
  }

  get inFlight(): number {
    return this.#requests;
  }

  /**
   * Takes a request on; the function that is returned lets it go again.
   *
   * @throws {CoppiceError} TIMEOUT with status 429 when the server has enough to do
   */
  enter(declaredBytes: number): () => void {
    const { maxRequests, maxBytes } = this.#limits;
    // One request may always be as long as a body may be.
    const isFull =
      this.#requests >= maxRequests || (this.#requests > 0 && this.#bytes + declaredBytes > maxBytes);
    if (isFull || this.#isBehind()) throw statusError(429, "TIMEOUT", "the server is busy: try again later");
    this.#requests++;
    this.#bytes += declaredBytes;
    let isInside = true;
    return () => {
      if (!isInside) return;
      isInside = false;
      this.#requests--;
      this.#bytes -= declaredBytes;
    };
  }
}
