# Writes one table in many forms of Parquet and Arrow into the folder argv[1], for pyarrow.test.ts.
import decimal
import json
import sys

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.ipc as ipc
import pyarrow.parquet as pq

folder = sys.argv[1]
n = 5000
i = np.arange(n)


def nulls(values, every):
    return [None if k % every == 3 else v for k, v in enumerate(values)]


table = pa.table(
    {
        "i8": pa.array(nulls([int(k % 200 - 100) for k in i], 7), pa.int8()),
        "u8": pa.array((i % 256).astype("uint8")),
        "i32": pa.array((i * 7919 - 9000).astype("int32")),
        "u32": pa.array((i + 4294960000).clip(0, 4294967295).astype("uint32")),
        "i64": pa.array(nulls([int(k) * 1000003 - 2**40 for k in i], 11), pa.int64()),
        "u64": pa.array([2**63 + int(k) * 2048 for k in i], pa.uint64()),
        "f16": pa.array((i % 100 / 4).astype("float16")),
        "f32": pa.array(nulls([float(np.float32(k / 7)) for k in i], 5), pa.float32()),
        "f64": pa.array([float("nan") if k % 9 == 0 else k / 7 for k in i], pa.float64()),
        "flag": pa.array(nulls([bool(k % 3) for k in i], 13)),
        "null": pa.nulls(n),
        "text": pa.array(nulls([f"t{k * k % 50}é" for k in i], 6)),
        "many": pa.array([f"distinct-{k}" for k in i]),
        "large": pa.array([f"l{k % 5}" for k in i], pa.large_string()),
        "category": pa.array(nulls([f"c{k % 4}" for k in i], 8)).dictionary_encode(),
        "codes": pa.array([int(k % 4) * 10 for k in i], pa.int64()).dictionary_encode(),
        "decimal": pa.array(nulls([decimal.Decimal(int(k) - 2500) / 8 for k in i], 10), pa.decimal128(12, 3)),
        "day": pa.array((i % 1000).astype("int32"), pa.int32()).cast(pa.date32()),
        "list": pa.array([[int(k)] for k in i]),
    }
)

for codec in ["none", "snappy", "gzip", "zstd", "brotli", "lz4"]:
    pq.write_table(table, f"{folder}/{codec}.parquet", compression=codec)
pq.write_table(table, f"{folder}/v2.parquet", data_page_version="2.0", row_group_size=777)
pq.write_table(table, f"{folder}/plain.parquet", use_dictionary=False, data_page_size=2000)
pq.write_table(table, f"{folder}/small-dictionary.parquet", dictionary_pagesize_limit=300, data_page_size=500)
pq.write_table(
    table.select(["i32", "i64", "f32", "f64", "u8", "text"]),
    f"{folder}/split.parquet",
    use_dictionary=False,
    column_encoding={
        "i32": "DELTA_BINARY_PACKED",
        "i64": "DELTA_BINARY_PACKED",
        "f32": "BYTE_STREAM_SPLIT",
        "f64": "BYTE_STREAM_SPLIT",
        "u8": "DELTA_BINARY_PACKED",
        "text": "DELTA_BYTE_ARRAY",
    },
)
table.to_pandas().set_index("i32", drop=False).rename_axis(None).to_parquet(f"{folder}/pandas.parquet")
for codec in ["uncompressed", "lz4", "zstd"]:
    feather.write_feather(table, f"{folder}/{codec}.arrow", compression=codec, chunksize=1234)
with ipc.new_stream(f"{folder}/stream.arrows", table.schema) as stream:
    for batch in table.to_batches(max_chunksize=999):
        stream.write_batch(batch)

plain = table.drop_columns(["list", "day"]).to_pandas()
numbers = {
    name: [None if pd.isna(v) else float(v) for v in plain[name].astype(object)]
    for name in plain.columns
    if name not in ("text", "many", "large", "category")
}
texts = {
    name: [None if pd.isna(v) else v for v in plain[name].astype(object)]
    for name in ("text", "many", "large", "category")
}
with open(f"{folder}/expected.json", "w") as out:
    json.dump({**numbers, **texts}, out)
