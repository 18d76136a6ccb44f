// What a command may do to the outside: print its result, tell the user something on the way, and
// stop when it is told to. Results go to standard output, everything else to standard error.

export interface CommandContext {
  /** Aborted by an interrupt; every long operation takes it. */
  readonly signal: AbortSignal;
  /** Where progress is shown; a terminal gets a line that is redrawn. */
  readonly progress: NodeJS.WriteStream;
  /** Writes a line of the result to standard output. */
  print(text: string): void;
  /** Writes bytes of the result to standard output; resolves when more can be taken. */
  write(chunk: Uint8Array): Promise<void>;
  /** Writes a line about the work to standard error. */
  note(text: string): void;
}

/** The context of this process. */
export function processContext(signal: AbortSignal): CommandContext {
  return {
    signal,
    progress: process.stderr,
    print: (text) => {
      process.stdout.write(`${text}\n`);
    },
    write: (chunk) =>
      new Promise((resolve) => {
        if (process.stdout.write(chunk)) resolve();
        else process.stdout.once("drain", resolve);
      }),
    note: (text) => {
      process.stderr.write(`${text}\n`);
    },
  };
}
