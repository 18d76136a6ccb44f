// Typed arrays as the bytes they are made of, for what is sent or stored.

/** The bytes of an array: a view of the same memory. */
export function bytesOf(array: Float32Array | Float64Array | Uint32Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}
