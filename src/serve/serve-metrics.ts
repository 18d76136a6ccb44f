// What a server counts, as an interface: the platform brings the library that keeps and prints it.

import type { Violation } from "./protocol/request-error.ts";
import type { ServedModel } from "./served-model.ts";

export interface ServeMetrics {
  /** @param route the pattern of the address, so that names in it do not multiply series */
  observeRequest(route: string, status: number, seconds: number): void;
  countRows(model: string, rows: number): void;
  countViolation(model: string, kind: Violation): void;
  /** A request that was refused because the server had enough to do. */
  countRefusal(): void;
  /** The text for Prometheus, with the drift of the models in service. */
  render(models: readonly ServedModel[], inFlight: number): Promise<{ text: string; contentType: string }>;
}

/** Keeps nothing. */
export const noMetrics: ServeMetrics = {
  observeRequest: () => {},
  countRows: () => {},
  countViolation: () => {},
  countRefusal: () => {},
  render: async () => ({ text: "", contentType: "text/plain; version=0.0.4" }),
};
