// The two layouts of values over rows and groups: group-major inside the engine, where rows of a group are
// worked on together, and row-major where users see them.

/** Group-major [groupCount × rowCount] to row-major [rowCount × groupCount]. */
export function toRowMajor(values: Float32Array, rowCount: number, groupCount: number): Float32Array {
  if (groupCount === 1) return values.slice();
  const result = new Float32Array(values.length);
  for (let group = 0; group < groupCount; group++) {
    for (let row = 0; row < rowCount; row++)
      result[row * groupCount + group] = values[group * rowCount + row];
  }
  return result;
}

/** Row-major [rowCount × groupCount] to group-major [groupCount × rowCount]. */
export function toGroupMajor(values: Float32Array, rowCount: number, groupCount: number): Float32Array {
  if (groupCount === 1) return values.slice();
  const result = new Float32Array(values.length);
  for (let row = 0; row < rowCount; row++) {
    for (let group = 0; group < groupCount; group++)
      result[group * rowCount + row] = values[row * groupCount + group];
  }
  return result;
}
