// The browser entry for pages without a bundler: the build puts one file with all its imports here.

export * from "./index.ts";
