// The model server for every runtime: a function from Request to Response over models in memory. The entry
// `coppice/serve`; `coppice/node/serve` adds the folder of models, threads, TLS and metrics.

export type { DriftReport, NamedDrift } from "./serve/drift/drift-monitor.ts";
export type { ColumnDrift } from "./serve/drift/stability.ts";
export {
  createHandler,
  type ServeHandler,
} from "./serve/http/handler.ts";
export type { HandlerOptions, RequestEvent } from "./serve/http/handler-options.ts";
export type { InferenceHost } from "./serve/inference-host.ts";
export {
  type IndexEntry,
  ModelRepository,
  type ModelStore,
  memoryStore,
  type StoredModel,
  type StoredVersion,
} from "./serve/repository.ts";
export type { ServeMetrics } from "./serve/serve-metrics.ts";
export type {
  BatchLimits,
  RepositoryOptions,
  ServeLimits,
} from "./serve/serve-options.ts";
export { ServedModel } from "./serve/served-model.ts";
