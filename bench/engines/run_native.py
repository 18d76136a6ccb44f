"""Trains and predicts with XGBoost or LightGBM: one task in one process (see task.ts).

Predictions are timed through each library's quickest call from values in memory: XGBoost's
inplace_predict, LightGBM's predict.
"""

import json
import os
import struct
import sys
import time

task = json.loads(sys.argv[1])
threads = task["threads"]
os.environ["OMP_NUM_THREADS"] = str(threads)

import numpy as np  # noqa: E402  (after OMP_NUM_THREADS)
from native_libraries import lightgbm_options, peak_rss_bytes, xgboost_options  # noqa: E402


def read_header(path):
    with open(path, "rb") as file:
        (length,) = struct.unpack("<I", file.read(4))
        return json.loads(file.read(length))


header = read_header(task["tablePath"])
train_rows = task.get("trainRows") or header["trainRows"]


def read_array(name, dtype, begin, count):
    offset = header["arrays"][name]["offset"] + begin * np.dtype(dtype).itemsize
    return np.fromfile(task["tablePath"], dtype=dtype, count=count, offset=offset)


def read_rows(begin, end):
    """Rows [begin, end) as (values, label); values are a numpy table or a scipy CSR matrix."""
    rows, features = end - begin, header["featureCount"]
    label = read_array("label", np.float32, begin, rows)
    if not header["isSparse"]:
        return read_array("values", np.float32, begin * features, rows * features).reshape(rows, features), label
    from scipy.sparse import csr_matrix

    offsets = read_array("offsets", np.float64, begin, rows + 1).astype(np.int64)
    first, count = offsets[0], offsets[-1] - offsets[0]
    indices = read_array("indices", np.uint32, first, count).astype(np.int32)
    values = read_array("values", np.float32, first, count)
    return csr_matrix((values, indices, offsets - first), shape=(rows, features)), label


def median_seconds(call):
    """The median over 0.3 seconds of calls, after warming up."""
    warm_until = time.perf_counter() + 0.2
    call()
    while time.perf_counter() < warm_until:
        call()
    times, stop = [], time.perf_counter() + 0.3
    while time.perf_counter() < stop or len(times) < 3:
        begin = time.perf_counter()
        call()
        times.append(time.perf_counter() - begin)
    return sorted(times)[len(times) // 2]


def run_xgboost(params):
    """Returns (version, RSS with the rows loaded, ingest seconds, train seconds, predict function)."""
    import xgboost as xgb

    if task.get("loadPath"):
        booster = xgb.Booster({"nthread": threads}, model_file=task["loadPath"])
        return xgb.__version__, peak_rss_bytes(), 0, 0, booster.inplace_predict
    options = xgboost_options(params, threads)
    values, label = read_rows(0, train_rows)
    loaded = peak_rss_bytes()
    begin = time.perf_counter()
    matrix = xgb.QuantileDMatrix(values, label=label, max_bin=params["maxBin"], nthread=threads)
    ingested = time.perf_counter()
    booster = xgb.train(options, matrix, num_boost_round=task["rounds"], verbose_eval=False)
    trained = time.perf_counter()
    return xgb.__version__, loaded, ingested - begin, trained - ingested, booster.inplace_predict


def run_lightgbm(params):
    """The same as run_xgboost."""
    import lightgbm as lgb

    options = lightgbm_options(params, threads)
    if task["engine"] == "lightgbm-quantised":
        options["use_quantized_grad"] = True
    values, label = read_rows(0, train_rows)
    loaded = peak_rss_bytes()
    begin = time.perf_counter()
    matrix = lgb.Dataset(values, label=label, params=options).construct()
    ingested = time.perf_counter()
    booster = lgb.train(options, matrix, num_boost_round=task["rounds"])
    trained = time.perf_counter()
    return lgb.__version__, loaded, ingested - begin, trained - ingested, booster.predict


run = run_xgboost if task["engine"] == "xgboost" else run_lightgbm
version, loaded, ingest, train, predict = run(task["params"])
peak = peak_rss_bytes()
timings = []
if task.get("predictionsPath") or task["predictRows"]:
    test, _ = read_rows(header["trainRows"], header["rowCount"])
if task.get("predictionsPath"):
    np.asarray(predict(test), dtype=np.float32).tofile(task["predictionsPath"])
for count in task["predictRows"]:
    part = test[:count]
    timings.append({"rows": count, "seconds": median_seconds(lambda: predict(part))})
print(
    json.dumps(
        {
            "engine": task["engine"],
            "version": version,
            "threads": threads,
            "seconds": {"ingest": ingest, "train": train},
            "peakRssBytes": {"loaded": loaded, "trained": peak},
            "predict": timings,
        }
    )
)
