// The text of the worker program as one classic script. scripts/build-worker.ts writes it into the build;
// here it is empty. It is used where the worker's file cannot be reached: bundlers that do not know
// `new Worker(new URL(..))`, browsers without module workers, scripts from another origin.

export const workerSource: string = "";
