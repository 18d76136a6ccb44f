// Leaf values on their way to margins: over the rows of a leaf, and over ranked rows down a tree.
//
// A tree as a perfect binary tree in preorder, four bytes a node: the low byte is the split as a signed
// rank, the rest the place of the split's column. A column is one signed rank per row; a row goes left when
// its rank is smaller. Sixteen rows are compared at once, with every node of the tree: no branches, no
// dependent loads. See src/kernel/predict/rank-forest.ts.

/** Adds `value` to the margins of `count` rows. */
export function addToMargins(margins: usize, rows: usize, count: i32, value: f32): void {
  const end = rows + ((<usize>count) << 2);
  for (; rows < end; rows += 4) {
    const p = margins + ((<usize>load<u32>(rows)) << 2);
    store<f32>(p, load<f32>(p) + value);
  }
}

/** All ones in the bytes of rows that go left at the node. */
// @ts-ignore: decorator
@inline
function leftMask(node: usize, rows: usize): v128 {
  const place = load<u32>(node) & 0xffffff00;
  return i8x16.lt_s(v128.load(rows + <usize>place), v128.load8_splat(node));
}

/** The numbers of the leaves below a node of the last level, whose left leaf is `leaf`. */
// @ts-ignore: decorator
@inline
function leaves1(node: usize, rows: usize, leaf: u32): v128 {
  return i8x16.add(i8x16.splat(<i8>(leaf + 1)), leftMask(node, rows));
}

// @ts-ignore: decorator
@inline
function leaves2(node: usize, rows: usize, leaf: u32): v128 {
  return v128.bitselect(
    leaves1(node + 4, rows, leaf),
    leaves1(node + 8, rows, leaf + 2),
    leftMask(node, rows),
  );
}

// @ts-ignore: decorator
@inline
function leaves3(node: usize, rows: usize, leaf: u32): v128 {
  return v128.bitselect(
    leaves2(node + 4, rows, leaf),
    leaves2(node + 16, rows, leaf + 4),
    leftMask(node, rows),
  );
}

function leaves4(node: usize, rows: usize, leaf: u32): v128 {
  return v128.bitselect(
    leaves3(node + 4, rows, leaf),
    leaves3(node + 32, rows, leaf + 8),
    leftMask(node, rows),
  );
}

function leaves5(node: usize, rows: usize, leaf: u32): v128 {
  return v128.bitselect(
    leaves4(node + 4, rows, leaf),
    leaves4(node + 64, rows, leaf + 16),
    leftMask(node, rows),
  );
}

function leaves6(node: usize, rows: usize, leaf: u32): v128 {
  return v128.bitselect(
    leaves5(node + 4, rows, leaf),
    leaves5(node + 128, rows, leaf + 32),
    leftMask(node, rows),
  );
}

function leaves7(node: usize, rows: usize, leaf: u32): v128 {
  return v128.bitselect(
    leaves6(node + 4, rows, leaf),
    leaves6(node + 256, rows, leaf + 64),
    leftMask(node, rows),
  );
}

function leaves8(node: usize, rows: usize, leaf: u32): v128 {
  return v128.bitselect(
    leaves7(node + 4, rows, leaf),
    leaves7(node + 512, rows, leaf + 128),
    leftMask(node, rows),
  );
}

// @ts-ignore: decorator
@inline
function leavesOf(depth: i32, nodes: usize, rows: usize): v128 {
  switch (depth) {
    case 1: return leaves1(nodes, rows, 0);
    case 2: return leaves2(nodes, rows, 0);
    case 3: return leaves3(nodes, rows, 0);
    case 4: return leaves4(nodes, rows, 0);
    case 5: return leaves5(nodes, rows, 0);
    case 6: return leaves6(nodes, rows, 0);
    case 7: return leaves7(nodes, rows, 0);
    default: return leaves8(nodes, rows, 0);
  }
}

/** The leaf values of four rows, whose leaves are bytes `first` to `first + 3` of the vector. */
// @ts-ignore: decorator
@inline
function leafValues(values: usize, a: u32, b: u32, c: u32, d: u32): v128 {
  let found = v128.load32_zero(values + (<usize>a << 2));
  found = v128.load32_lane(values + (<usize>b << 2), found, 1);
  found = v128.load32_lane(values + (<usize>c << 2), found, 2);
  return v128.load32_lane(values + (<usize>d << 2), found, 3);
}

// @ts-ignore: decorator
@inline
function addLeafValues(margins: usize, values: v128): void {
  v128.store(margins, f32x4.add(v128.load(margins), values));
}

/**
 * Adds the leaf values of one tree to the margins of rows, sixteen at a time.
 *
 * @param depth of the perfect tree, in [1, 8]
 * @param nodes the tree's, with the values of its 2^depth leaves behind them
 * @param columns rank columns; that of row r at the column's place + r
 * @param rowCount a multiple of 16
 */
export function addRankedTree(
  depth: i32,
  nodes: usize,
  columns: usize,
  rowCount: i32,
  margins: usize,
): void {
  const values = nodes + ((((<usize>1) << depth) - 1) << 2);
  const end = columns + <usize>rowCount;
  for (let rows = columns; rows < end; rows += 16, margins += 64) {
    const leaf = leavesOf(depth, nodes, rows);
    addLeafValues(
      margins,
      leafValues(
        values,
        i8x16.extract_lane_u(leaf, 0),
        i8x16.extract_lane_u(leaf, 1),
        i8x16.extract_lane_u(leaf, 2),
        i8x16.extract_lane_u(leaf, 3),
      ),
    );
    addLeafValues(
      margins + 16,
      leafValues(
        values,
        i8x16.extract_lane_u(leaf, 4),
        i8x16.extract_lane_u(leaf, 5),
        i8x16.extract_lane_u(leaf, 6),
        i8x16.extract_lane_u(leaf, 7),
      ),
    );
    addLeafValues(
      margins + 32,
      leafValues(
        values,
        i8x16.extract_lane_u(leaf, 8),
        i8x16.extract_lane_u(leaf, 9),
        i8x16.extract_lane_u(leaf, 10),
        i8x16.extract_lane_u(leaf, 11),
      ),
    );
    addLeafValues(
      margins + 48,
      leafValues(
        values,
        i8x16.extract_lane_u(leaf, 12),
        i8x16.extract_lane_u(leaf, 13),
        i8x16.extract_lane_u(leaf, 14),
        i8x16.extract_lane_u(leaf, 15),
      ),
    );
  }
}
