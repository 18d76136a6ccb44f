// The demo page: trains in a worker and shows what comes of it. Nothing leaves the page.

import { type Booster, BrowserTrainer, loadModel, type TrainParameters } from "../browser/index.ts";
import { DataPanel, type TrainingTables } from "./data-panel.ts";
import { byId } from "./elements.ts";
import { Results } from "./results.ts";

const trainButton = byId<HTMLButtonElement>("train");
const stopButton = byId<HTMLButtonElement>("stop");
const downloadButton = byId<HTMLButtonElement>("download");
let booster: Booster | undefined;
let tables: TrainingTables | undefined;

function say(text: string, isWrong = false): void {
  const status = byId("status");
  status.textContent = text;
  status.classList.toggle("wrong", isWrong);
}

function sayError(error: unknown): void {
  say(error instanceof Error ? error.message : String(error), true);
}

const numberOf = (id: string): number => byId<HTMLInputElement>(id).valueAsNumber;

function parametersFor({ classNames }: TrainingTables): TrainParameters {
  const common = {
    eta: numberOf("eta"),
    maxDepth: numberOf("maxDepth"),
    minChildWeight: numberOf("minChildWeight"),
    lambda: numberOf("lambda"),
    subsample: numberOf("subsample"),
  };
  if (classNames === undefined) return { ...common, objective: "reg:squarederror" };
  if (classNames.length === 2) return { ...common, objective: "binary:logistic" };
  return { ...common, objective: "multi:softprob", numClass: classNames.length };
}

async function trainOnce(trainer: BrowserTrainer, panel: DataPanel, results: Results): Promise<void> {
  const stop = new AbortController();
  const stopNow = () => stop.abort();
  trainButton.disabled = true;
  stopButton.disabled = false;
  stopButton.addEventListener("click", stopNow);
  try {
    say("Reading the table…");
    // On a phone the results lie below the form.
    if (matchMedia("(max-width: 60rem)").matches) byId("results").scrollIntoView();
    tables?.train.close();
    tables?.valid.close();
    tables = await panel.read();
    results.begin();
    const { train, valid } = tables;
    say(`Training on ${train.rowCount.toLocaleString("en")} rows × ${train.featureCount} features…`);
    const progress = byId<HTMLProgressElement>("progress");
    const begin = performance.now();
    let done = 0;
    const result = await trainer.train(parametersFor(tables), train, {
      rounds: numberOf("rounds"),
      evals: { train, valid },
      stop: stop.signal,
      onWarning: (message) => say(message),
      onRound(event) {
        done = event.round + 1;
        progress.value = done / event.totalRounds;
        const speed = done / Math.max(event.elapsedSeconds, 1e-3);
        say(`Round ${done} of ${event.totalRounds}, ${speed.toFixed(1)} rounds per second`);
        results.addRound(event);
      },
    });
    booster = result.booster;
    downloadButton.disabled = false;
    const seconds = ((performance.now() - begin) / 1000).toFixed(1);
    await results.show(booster, tables);
    say(`${stop.signal.aborted ? "Stopped after" : "Trained"} ${booster.roundCount} rounds in ${seconds} s.`);
  } finally {
    stopButton.removeEventListener("click", stopNow);
    trainButton.disabled = false;
    stopButton.disabled = true;
  }
}

function download(): void {
  if (booster === undefined) return;
  const blob = new Blob([booster.toBytes("json") as Uint8Array<ArrayBuffer>], { type: "application/json" });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = "model.json";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

async function openModel(file: File | undefined, results: Results): Promise<void> {
  if (file === undefined) return;
  const opened = loadModel(new Uint8Array(await file.arrayBuffer()));
  booster = opened;
  downloadButton.disabled = false;
  const fits = tables !== undefined && opened.model.featureCount === tables.valid.featureCount;
  await results.show(opened, fits ? tables : undefined);
  const { objective, trees } = opened.model;
  say(`${file.name}: ${objective.name}, ${opened.roundCount} rounds, ${trees.length} trees.`);
}

try {
  const trainer = await BrowserTrainer.open();
  const results = new Results(trainer, sayError);
  const panel = new DataPanel(
    trainer,
    () => {
      trainButton.disabled = false;
      say("Ready to train.");
    },
    sayError,
  );
  const { threads, notes } = trainer.support;
  byId("support").textContent = [`${threads} ${threads === 1 ? "thread" : "threads"}.`, ...notes].join(" ");
  byId("setup").addEventListener("submit", (event) => {
    event.preventDefault();
    void trainOnce(trainer, panel, results).catch(sayError);
  });
  downloadButton.addEventListener("click", download);
  byId<HTMLInputElement>("open").addEventListener("change", ({ target }) => {
    void openModel((target as HTMLInputElement).files?.[0], results).catch(sayError);
  });
  // Until here nothing would have answered.
  byId("setup").removeAttribute("inert");
  say("Choose a table to begin.");
} catch (error) {
  sayError(error);
}
