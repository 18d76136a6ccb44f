// The one thing a platform must offer for threads: starting one that runs the member program, with a channel
// to it.

/** A channel between two threads. */
export interface Port {
  /** @param moved buffers in the message that the receiver gets instead of a copy */
  post(message: unknown, moved?: readonly ArrayBuffer[]): void;
  /** Calls `receive` for each message; replaces the receiver before. */
  onMessage(receive: (message: unknown) => void): void;
}

/** A thread that runs `serveMember`. */
export interface Thread extends Port {
  /** Calls `fail` when the thread ends by itself or through an error outside of a task. */
  onEnd(fail: (reason: unknown) => void): void;
  /** Ends the thread; resolves when it is gone. */
  terminate(): Promise<void>;
}

/** Starts threads. */
export interface ThreadHost {
  /** How many threads can run at the same time. */
  readonly parallelism: number;
  start(): Thread;
}
