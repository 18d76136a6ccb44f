// The quantile sketch and its cuts re-written from section 1 of XGBoost's rules with plain objects, for
// comparison. Equal values are added in the order in which a stable sort leaves them, so weights must be
// integers here, for which that order does not matter.

const f = Math.fround;

interface Entry {
  readonly rmin: number;
  readonly rmax: number;
  readonly wmin: number;
  readonly value: number;
}

type Summary = readonly Entry[];

const rminNext = (e: Entry) => f(e.rmin + e.wmin);
const rmaxPrevious = (e: Entry) => f(e.rmax - e.wmin);

function limitSizeLevel(count: number, epsilon: number): number {
  if (count === 0) return 1;
  let level = 1;
  for (;;) {
    const limit = Math.min(count, Math.ceil(level / epsilon) + 1);
    if (2 ** level * limit >= count) return limit;
    level++;
  }
}

export function naivePrune(s: Summary, maxSize: number): Summary {
  if (s.length <= maxSize) return s;
  if (maxSize === 1) return [s[0]];
  const last = s.length - 1;
  const begin = s[0].rmax;
  const range = f(s[last].rmin - s[0].rmax);
  const n = maxSize - 1;
  const taken = [0];
  let i = 1;
  for (let k = 1; k < n; k++) {
    const rank2 = f(2 * f(f(f(k * range) / n) + begin));
    while (i < last && rank2 >= f(s[i + 1].rmax + s[i + 1].rmin)) i++;
    if (i === last) break;
    const at = rank2 < f(rminNext(s[i]) + rmaxPrevious(s[i + 1])) ? i : i + 1;
    if (at !== taken[taken.length - 1]) taken.push(at);
  }
  if (taken[taken.length - 1] !== last) taken.push(last);
  return taken.map((at) => s[at]);
}

export function naiveCombine(a: Summary, b: Summary): Summary {
  if (a.length === 0) return b;
  if (b.length === 0) return a;
  const merged = [...a.map((e) => ({ e, others: b })), ...b.map((e) => ({ e, others: a }))]
    .map(({ e, others }) => placeAmong(e, others))
    .sort((x, y) => x.value - y.value);
  // An entry of a value that both sides have was placed twice, with the same result.
  const unique = merged.filter((e, i) => i === 0 || e.value !== merged[i - 1].value);
  return fixError(unique);
}

/** The entry with the ranks that the other side's smaller and larger values give it. */
function placeAmong(e: Entry, others: Summary): Entry {
  const same = others.find((o) => o.value === e.value);
  if (same !== undefined) {
    return {
      rmin: f(e.rmin + same.rmin),
      rmax: f(e.rmax + same.rmax),
      wmin: f(e.wmin + same.wmin),
      value: e.value,
    };
  }
  const below = others.filter((o) => o.value < e.value);
  const above = others.find((o) => o.value > e.value);
  const rminBelow = below.length > 0 ? rminNext(below[below.length - 1]) : 0;
  const rmaxAbove = above !== undefined ? rmaxPrevious(above) : others[others.length - 1].rmax;
  return { rmin: f(e.rmin + rminBelow), rmax: f(e.rmax + rmaxAbove), wmin: e.wmin, value: e.value };
}

function fixError(s: Summary): Summary {
  let rmin = 0;
  let rmax = 0;
  return s.map((e) => {
    rmin = Math.max(rmin, e.rmin);
    rmax = Math.max(rmax, e.rmax, f(rmin + e.wmin));
    return { ...e, rmin, rmax };
  });
}

function summarise(queue: readonly (readonly [number, number])[]): Summary {
  const byValue = new Map<number, number>();
  for (const [value, weight] of queue) byValue.set(value, f((byValue.get(value) ?? 0) + weight));
  let rank = 0;
  return [...byValue]
    .sort((a, b) => a[0] - b[0])
    .map(([value, wmin]) => {
      const rmin = rank;
      rank = f(rank + wmin);
      return { rmin, rmax: rank, wmin, value };
    });
}

/** The final summary of a column of present values with their weights, in row order. */
export function naiveSketch(values: readonly number[], weights: readonly number[], maxBin: number): Summary {
  const epsilonOf = (count: number) => 1 / Math.min(maxBin, Math.max(1, count)) / 2;
  const limit = limitSizeLevel(values.length, epsilonOf(values.length));
  const levels: Summary[] = [];
  let queue: [number, number][] = [];
  const flush = () => {
    let s = summarise(queue);
    queue = [];
    for (let l = 0; ; l++) {
      s = naiveCombine(naivePrune(s, limit), levels[l] ?? []);
      levels[l] = s.length <= limit ? s : [];
      if (s.length <= limit) return;
    }
  };
  let pushed = 0;
  values.forEach((value, i) => {
    if (weights[i] === 0) return;
    pushed++;
    const last = queue[queue.length - 1];
    if (last !== undefined && last[0] === value) {
      last[1] = f(last[1] + weights[i]);
      return;
    }
    if (queue.length === 2 * limit) flush();
    queue.push([value, weights[i]]);
  });
  flush();
  const budget = limitSizeLevel(pushed, epsilonOf(pushed));
  const working = Math.max(budget, limit);
  const merged = levels.reduce<Summary>((out, level) => naivePrune(naiveCombine(out, level), working), []);
  return naivePrune(merged, budget);
}

/** The cuts of a numeric column. */
export function naiveCuts(values: readonly number[], weights: readonly number[], maxBin: number): number[] {
  const s = naiveSketch(values, weights, maxBin);
  if (s.length === 0) return [f(1e-5)];
  const binCount = Math.min(s.length, maxBin);
  const last = s[s.length - 1].value;
  const end = f(last + f(Math.abs(last) + f(1e-5)));
  if (s.length <= binCount) return [...s.slice(1).map((e) => e.value), end];
  const cuts: number[] = [];
  let previous = s[0].value;
  for (let i = 1; i < binCount; i++) {
    const wanted = valueAtRank(s, 2 * ((i * s[s.length - 1].rmax) / binCount));
    const cut = wanted > previous ? wanted : s.find((e) => e.value > previous)?.value;
    if (cut === undefined) break;
    cuts.push(cut);
    previous = cut;
  }
  return [...cuts, end];
}

/** The retained value whose rank is nearest to half of `rank2`. */
function valueAtRank(s: Summary, rank2: number): number {
  let q = 0;
  while (q < s.length - 2 && rank2 >= f(s[q + 1].rmin + s[q + 1].rmax)) q++;
  return rank2 < f(rminNext(s[q]) + rmaxPrevious(s[q + 1])) ? s[q].value : s[q + 1].value;
}
