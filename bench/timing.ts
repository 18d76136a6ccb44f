// The time of one call.

/** The median over 0.3 seconds of calls, in batches long enough for the clock, after warming up. */
export async function medianSeconds(call: () => unknown): Promise<number> {
  let batch = 1;
  for (let spent = 0; spent < 0.2; ) {
    const seconds = await time(call, batch);
    spent += seconds;
    if (seconds < 0.005) batch *= 2;
  }
  const times: number[] = [];
  for (let spent = 0; spent < 0.3 || times.length < 3; ) {
    const seconds = await time(call, batch);
    spent += seconds;
    times.push(seconds / batch);
  }
  return times.sort((a, b) => a - b)[times.length >> 1];
}

/** Only a call that is asynchronous is awaited: awaiting costs as much as predicting a row. */
async function time(call: () => unknown, count: number): Promise<number> {
  const begin = performance.now();
  for (let i = 0; i < count; i++) {
    const answer = call();
    if (answer instanceof Promise) await answer;
  }
  return (performance.now() - begin) / 1000;
}
