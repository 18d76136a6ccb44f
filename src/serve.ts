// The model server for every runtime: a function from Request to Response over models in memory. The entry
// `coppice/serve`; `coppice/node/serve` adds the folder of models, threads, TLS and metrics.

export type { BatchLimits } from "./serve/batcher.ts";
export type { DriftReport, NamedDrift } from "./serve/drift/drift-monitor.ts";
export type { ColumnDrift } from "./serve/drift/stability.ts";
export {
  createHandler,
  type HandlerOptions,
  type RequestEvent,
  type ServeHandler,
  type ServeLimits,
} from "./serve/http/handler.ts";
export type { InferenceHost } from "./serve/inference-host.ts";
export {
  type IndexEntry,
  ModelRepository,
  type ModelStore,
  memoryStore,
  type RepositoryOptions,
  type StoredModel,
  type StoredVersion,
} from "./serve/repository.ts";
export type { ServeMetrics } from "./serve/serve-metrics.ts";
export { ServedModel } from "./serve/served-model.ts";
