// What a round of distributed training costs on paper, by the algorithm that runs: rows divided evenly, per
// level one exchange of the histograms of the smaller siblings, then the few best splits. Assumed: workers
// equally fast, no overlap of computing and sending, a network without congestion in which every
// worker sends at full speed to one other at a time.

export interface Workload {
  readonly name: string;
  readonly rowCount: number;
  /** Columns of bins, after bundling. */
  readonly columnCount: number;
  /** Bins of all columns; a histogram has two float64 for each. */
  readonly slotCount: number;
  readonly groupCount: number;
  readonly depth: number;
  /** Nodes that are grown, as a share of those of full trees; 1 by default. */
  readonly nodeShare?: number | undefined;
  /** Share of the histograms' numbers that are zero on a worker, and stay behind; 0 by default, as with many rows. */
  readonly emptyShare?: number | undefined;
}

/** Nanoseconds of one thread per elementary step. */
export interface KernelFigures {
  /** Row × column. */
  readonly histogram: number;
  /** Row × group. */
  readonly gradient: number;
  /** Row × level. */
  readonly partition: number;
  /** Row × group. */
  readonly margin: number;
  /** Slot × node. */
  readonly split: number;
  /** Node: what does not become less with more workers. */
  readonly node: number;
  /** Byte sent: packing, copying into and out of the socket, adding up. */
  readonly exchange: number;
}

export interface Network {
  readonly bytesPerSecond: number;
  /** Of one message. */
  readonly latencySeconds: number;
}

export type Exchange = "pairwise" | "ring" | "tree";

export interface RoundCost {
  readonly computeSeconds: number;
  readonly networkSeconds: number;
  /** Sent by one worker. */
  readonly bytes: number;
}

const SPLIT_BYTES = 128;

/** The cost of one round on `workers` workers of one thread each. */
export function roundCost(
  workload: Workload,
  workers: number,
  exchange: Exchange,
  kernels: KernelFigures,
  network: Network,
): RoundCost {
  const { rowCount, columnCount, slotCount, groupCount, depth, nodeShare = 1, emptyShare = 0 } = workload;
  const rows = (rowCount / workers) * groupCount;
  let nanoseconds = rows * (kernels.gradient + kernels.margin + depth * kernels.partition);
  let networkSeconds = 0;
  let bytes = 0;
  for (let level = 0; level < depth; level++) {
    // Of two siblings one is built, with about half of the rows.
    nanoseconds += rows * columnCount * kernels.histogram * (level === 0 ? 1 : 0.5);
    const built = nodeShare * groupCount * (level === 0 ? 1 : 2 ** (level - 1));
    const searched = nodeShare * groupCount * 2 ** level;
    nanoseconds += searched * kernels.node;
    // Of an all-reduce every worker has all sums; after a reduce-scatter each seeks in its own block.
    nanoseconds += (searched * slotCount * kernels.split) / (exchange === "pairwise" ? workers : 1);
    if (workers === 1) continue;
    const cost = exchangeCost(built * slotCount * 16 * (1 - emptyShare), workers, exchange, network);
    bytes += cost.bytes;
    networkSeconds += cost.seconds;
    if (exchange !== "pairwise") continue;
    const splits = searched * SPLIT_BYTES * (workers - 1);
    bytes += splits;
    networkSeconds += (workers - 1) * network.latencySeconds + splits / network.bytesPerSecond;
  }
  nanoseconds += bytes * kernels.exchange;
  return { computeSeconds: nanoseconds / 1e9, networkSeconds, bytes };
}

/** Pairwise is a reduce-scatter, ring and tree are all-reduces. */
function exchangeCost(
  histogramBytes: number,
  workers: number,
  exchange: Exchange,
  { bytesPerSecond, latencySeconds }: Network,
): { bytes: number; seconds: number } {
  const share = (workers - 1) / workers;
  const steps = { pairwise: workers - 1, ring: 2 * (workers - 1), tree: 2 * Math.ceil(Math.log2(workers)) };
  const bytes = {
    pairwise: histogramBytes * share,
    ring: 2 * histogramBytes * share,
    tree: 2 * histogramBytes,
  }[exchange];
  // In a tree the steps follow one another, each with the whole histogram.
  const serial = exchange === "tree" ? steps.tree * histogramBytes : bytes;
  return { bytes, seconds: steps[exchange] * latencySeconds + serial / bytesPerSecond };
}
