// Gauss-Legendre quadrature on [0, 1]: n points integrate polynomials of degree 2n - 1 exactly.
// Points are the roots of the Legendre polynomial P_n. Between two neighbouring roots of P_(n-1) (and
// the ends of the interval) lies exactly one of P_n, where bisection finds it.

export interface Quadrature {
  readonly points: Float64Array;
  readonly weights: Float64Array;
}

const known = new Map<number, Quadrature>();
/** Halvings until an interval of length 2 has shrunk to neighbouring doubles. */
const HALVINGS = 60;

/** The rule with `count` points; rules are computed once. */
export function gaussLegendre(count: number): Quadrature {
  let rule = known.get(count);
  if (rule === undefined) {
    rule = computeRule(count);
    known.set(count, rule);
  }
  return rule;
}

function computeRule(count: number): Quadrature {
  let roots: number[] = [];
  for (let n = 1; n <= count; n++) roots = findRoots(n, [-1, ...roots, 1]);
  const points = Float64Array.from(roots, (x) => (1 + x) / 2);
  // Weight 2 / ((1 - x^2) P_n'(x)^2), Abramowitz & Stegun 25.4.29, halved for the interval [0, 1].
  const weights = Float64Array.from(roots, (x) => {
    const slope = (count * (legendre(count - 1, x) - x * legendre(count, x))) / (1 - x * x);
    return 1 / ((1 - x * x) * slope * slope);
  });
  return { points, weights };
}

/** The roots of P_n, one between each two neighbours of `borders`. */
function findRoots(n: number, borders: readonly number[]): number[] {
  return borders.slice(1).map((border, i) => {
    let low = borders[i];
    let high = border;
    const isRising = legendre(n, low) < 0;
    for (let step = 0; step < HALVINGS; step++) {
      const middle = (low + high) / 2;
      if (legendre(n, middle) < 0 === isRising) low = middle;
      else high = middle;
    }
    return (low + high) / 2;
  });
}

/** P_n(x) by Bonnet's recursion. */
function legendre(n: number, x: number): number {
  let previous = 0;
  let current = 1;
  for (let k = 0; k < n; k++) {
    [previous, current] = [current, ((2 * k + 1) * x * current - k * previous) / (k + 1)];
  }
  return current;
}
