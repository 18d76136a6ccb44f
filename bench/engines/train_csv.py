"""Reads a CSV file and trains on it with XGBoost or LightGBM, in one process whose peak memory counts.

The argument is JSON: engine, reader, csvPath, params, rounds, threads (see parts/memory.ts).
"""

import json
import os
import sys
import time

task = json.loads(sys.argv[1])
params = task["params"]
threads = task["threads"]
os.environ["OMP_NUM_THREADS"] = str(threads)

from native_libraries import lightgbm_options, peak_rss_bytes, xgboost_options  # noqa: E402

CHUNK_ROWS = 50_000


def read_table():
    """Values and label as float32 numpy arrays; the data frame is gone afterwards."""
    import pandas as pd

    frame = pd.read_csv(task["csvPath"], dtype="float32")
    label = frame.pop("label").to_numpy()
    return frame.to_numpy(), label


def xgboost_matrix(xgb):
    """Returns (QuantileDMatrix, seconds spent on reading); reading in chunks is part of making it."""
    options = {"max_bin": params["maxBin"], "nthread": threads}
    if task["reader"] == "pandas":
        begin = time.perf_counter()
        values, label = read_table()
        read = time.perf_counter() - begin
        return xgb.QuantileDMatrix(values, label=label, **options), read
    import pandas as pd

    class Chunks(xgb.DataIter):
        def __init__(self):
            super().__init__()
            self.reset()

        def reset(self):
            self.frames = pd.read_csv(task["csvPath"], dtype="float32", chunksize=CHUNK_ROWS)

        def next(self, input_data):
            frame = next(self.frames, None)
            if frame is None:
                return False
            label = frame.pop("label").to_numpy()
            input_data(data=frame.to_numpy(), label=label)
            return True

    return xgb.QuantileDMatrix(Chunks(), **options), 0.0


def run_xgboost():
    import xgboost as xgb

    options = xgboost_options(params, threads)
    begin = time.perf_counter()
    matrix, read = xgboost_matrix(xgb)
    xgb.train(options, matrix, num_boost_round=task["rounds"], verbose_eval=False)
    return xgb.__version__, read, time.perf_counter() - begin - read


def run_lightgbm():
    import lightgbm as lgb

    options = lightgbm_options(params, threads)
    begin = time.perf_counter()
    if task["reader"] == "file":
        options |= {"header": True, "label_column": "name:label", "two_round": True}
        matrix = lgb.Dataset(task["csvPath"], params=options).construct()
        read = 0.0
    else:
        values, label = read_table()
        read = time.perf_counter() - begin
        matrix = lgb.Dataset(values, label=label, params=options).construct()
        del values
    lgb.train(options, matrix, num_boost_round=task["rounds"])
    return lgb.__version__, read, time.perf_counter() - begin - read


version, read, train = run_xgboost() if task["engine"] == "xgboost" else run_lightgbm()
print(
    json.dumps(
        {
            "engine": task["engine"],
            "version": version,
            "readSeconds": read,
            "trainSeconds": train,
            "peakRssBytes": peak_rss_bytes(),
        }
    )
)
