"""For bench/ray/main.ts: `python tables.py prepare TABLE PARQUET` writes the training rows of a benchmark's table
(bench/table.ts) as a Parquet file of 16 row groups; `python tables.py score TABLE MODEL` prints the accuracy of a
model on its other rows, computed by XGBoost, as JSON."""

import json
import struct
import sys

import numpy as np


def read_table(path):
    with open(path, "rb") as file:
        (length,) = struct.unpack("<I", file.read(4))
        header = json.loads(file.read(length))
    rows, features, arrays = header["rowCount"], header["featureCount"], header["arrays"]
    label = np.fromfile(path, np.float32, rows, offset=arrays["label"]["offset"])
    values = np.fromfile(path, np.float32, rows * features, offset=arrays["values"]["offset"])
    return header["trainRows"], values.reshape(rows, features), label


def prepare(path, target):
    import pyarrow
    import pyarrow.parquet as parquet

    train_rows, values, label = read_table(path)
    columns = {f"f{i}": values[:train_rows, i].astype(np.int32) for i in range(values.shape[1])}
    columns["label"] = label[:train_rows].astype(np.int32)
    parquet.write_table(pyarrow.table(columns), target, row_group_size=-(-train_rows // 16))


def score(path, model):
    import xgboost

    train_rows, values, label = read_table(path)
    booster = xgboost.Booster(model_file=model)
    names = booster.feature_names
    table = xgboost.DMatrix(values[train_rows:], feature_names=names)
    chosen = booster.predict(table).argmax(axis=1)
    accuracy = float((chosen == label[train_rows:]).mean())
    print(json.dumps({"accuracy": accuracy, "rounds": booster.num_boosted_rounds()}))


{"prepare": prepare, "score": score}[sys.argv[1]](*sys.argv[2:])
