// Whether this process has fallen behind. Requests wait in the sockets, unseen, while the thread works on
// those before them; but then its timers are late too, and by as much.

const TICK_MS = 20;

export interface LagWatch {
  /** Whether the thread has not come to its timers for longer than it should. */
  isBehind(): boolean;
  close(): void;
}

/** Watches the thread; the process may end all the same. */
export function watchLag(maxLagMs: number): LagWatch {
  let last = performance.now();
  const timer = setInterval(() => {
    last = performance.now();
  }, TICK_MS);
  timer.unref();
  return {
    isBehind: () => performance.now() - last > TICK_MS + maxLagMs,
    close: () => clearInterval(timer),
  };
}
