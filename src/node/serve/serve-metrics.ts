// Metrics of a server through prom-client, which keeps and prints them.

import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { ServeMetrics } from "../../serve/serve-metrics.ts";
import type { ServedModel } from "../../serve/served-model.ts";

const LATENCY_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Metrics in a registry of their own, those of the process included. */
export function createMetrics(): ServeMetrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const seconds = new Histogram({
    name: "coppice_request_seconds",
    help: "Time to answer a request",
    labelNames: ["route", "status"],
    buckets: LATENCY_SECONDS,
    registers,
  });
  const rows = new Counter({
    name: "coppice_rows_total",
    help: "Rows predicted",
    labelNames: ["model"],
    registers,
  });
  const violations = new Counter({
    name: "coppice_schema_violations_total",
    help: "Requests whose input did not fit the model",
    labelNames: ["model", "kind"],
    registers,
  });
  const refusals = new Counter({
    name: "coppice_refused_total",
    help: "Requests refused because the server was busy",
    registers,
  });
  const inFlight = new Gauge({
    name: "coppice_requests_in_flight",
    help: "Inference requests being answered",
    registers,
  });
  const drift = createDriftGauges(registers);
  return {
    observeRequest: (route, status, time) => seconds.observe({ route, status }, time),
    countRows: (model, count) => rows.inc({ model }, count),
    countViolation: (model, kind) => violations.inc({ model, kind }),
    countRefusal: () => refusals.inc(),
    render: async (models, count) => {
      inFlight.set(count);
      drift(models);
      return { text: await registry.metrics(), contentType: registry.contentType };
    },
  };
}

/** Gauges that are filled when they are asked for. */
function createDriftGauges(registers: Registry[]): (models: readonly ServedModel[]) => void {
  const labelNames = ["model", "version", "column"];
  const gauge = (name: string, help: string) => new Gauge({ name, help, labelNames, registers });
  const index = gauge(
    "coppice_population_stability_index",
    "How far a feature or prediction is from its training rows; above 0.2 it has moved",
  );
  const missing = gauge("coppice_missing_share", "Share of missing values in the window");
  const unseen = gauge("coppice_unseen_share", "Share of values outside of what training had, in the window");
  return (models) => {
    for (const each of [index, missing, unseen]) each.reset();
    for (const model of models) {
      const report = model.report();
      for (const column of [...report.features, ...report.predictions]) {
        if (column.rowCount === 0) continue;
        const labels = { model: model.name, version: model.version, column: column.name };
        if (column.stabilityIndex !== null) index.set(labels, column.stabilityIndex);
        missing.set(labels, column.missingShare);
        unseen.set(labels, column.unseenShare);
      }
    }
  };
}
