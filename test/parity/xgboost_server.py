"""Answers requests about XGBoost over stdin and stdout until stdin ends, so that a test pays for
starting Python once. A message is a little-endian uint32 length, that many bytes of JSON, and the
raw arrays that the JSON names in "arrays": [{"name", "type", "bytes"}, ...]. A reply has "ok" and
then either its fields or "error". Everything runs on one thread and prints nothing to stdout.
"""

import json
import os
import struct
import sys

import numpy as np
import xgboost as xgb

# XGBoost's log goes to sys.stdout; keep the channel to ourselves.
channel_out = os.fdopen(os.dup(1), "wb", buffering=1 << 20)
channel_in = os.fdopen(os.dup(0), "rb", buffering=1 << 20)
os.dup2(2, 1)
sys.stdout = sys.stderr
xgb.set_config(verbosity=0)

TYPES = {"f32": np.float32, "u32": np.uint32, "u8": np.uint8}


def read_message():
    """The next (header, arrays), or None when the other side has closed."""
    head = channel_in.read(4)
    if len(head) < 4:
        return None
    header = json.loads(channel_in.read(struct.unpack("<I", head)[0]))
    arrays = {}
    for entry in header.get("arrays", []):
        raw = channel_in.read(entry["bytes"])
        arrays[entry["name"]] = np.frombuffer(raw, dtype=TYPES[entry["type"]])
    return header, arrays


def write_message(header, arrays):
    entries, chunks = [], []
    for name, value in arrays.items():
        value = np.ascontiguousarray(value)
        kind = next(k for k, t in TYPES.items() if value.dtype == t)
        chunks.append(value.tobytes())
        entries.append({"name": name, "type": kind, "bytes": len(chunks[-1])})
    text = json.dumps({**header, "arrays": entries}).encode()
    channel_out.write(struct.pack("<I", len(text)) + text + b"".join(chunks))
    channel_out.flush()


def make_frame(data, header):
    """A data frame whose columns with category names hold their codes; NaN is missing."""
    import pandas as pd

    columns = {}
    for name, values, names in zip(header["feature_names"], data.T, header["categories"]):
        if names is not None:
            codes = np.where(np.isnan(values), -1, np.nan_to_num(values)).astype(np.int32)
            values = pd.Categorical.from_codes(codes, categories=names)
        columns[name] = values
    return pd.DataFrame(columns)


def make_matrix(header, arrays, kind=xgb.DMatrix, **extra):
    """The table of a request: "data" is rows x columns with NaN for missing."""
    data = arrays["data"].reshape(header["rows"], header["columns"])
    if header.get("categories"):
        data = make_frame(data, header)
        header = {**header, "feature_names": None, "feature_types": None}
    options = {
        name: arrays[name]
        for name in ("label", "weight", "group", "feature_weights")
        if name in arrays
    }
    if "base_margin" in arrays:
        options["base_margin"] = arrays["base_margin"].reshape(header["rows"], -1)
    for name in ("feature_types", "feature_names"):
        if header.get(name):
            options[name] = header[name]
    return kind(data, nthread=1, enable_categorical=True, **options, **extra)


def bytes_array(raw):
    return np.frombuffer(bytes(raw), dtype=np.uint8)


def predictions(booster, matrix, want, iteration_range):
    """Every array flattened row-major, float32."""
    calls = {
        "value": {},
        "margin": {"output_margin": True},
        "leaf": {"pred_leaf": True},
        "contribs": {"pred_contribs": True},
    }
    return {
        name: np.asarray(
            booster.predict(matrix, iteration_range=iteration_range, **calls[name]), dtype=np.float32
        ).reshape(-1)
        for name in want
        if name in calls
    }


def answer_cuts(header, arrays):
    matrix = make_matrix(header, arrays, xgb.QuantileDMatrix, max_bin=header["max_bin"])
    indptr, values = matrix.get_quantile_cut()
    # A numeric column starts with -inf, the lower end of its first bin, which is not a cut.
    columns = [values[a:b] for a, b in zip(indptr[:-1], indptr[1:])]
    columns = [c[1:] if len(c) > 0 and c[0] == -np.inf else c for c in columns]
    offsets = np.cumsum([0] + [len(c) for c in columns])
    return {}, {
        "offsets": offsets.astype(np.uint32),
        "values": np.concatenate(columns).astype(np.float32),
    }


def answer_train(header, arrays):
    """Trains and returns what "want" lists of json, ubj, text, margin, value, leaf, contribs."""
    matrix = make_matrix(header, arrays)
    params = {"nthread": 1, **header["params"]}
    if "monotone_constraints" in params:
        params["monotone_constraints"] = str(tuple(params["monotone_constraints"]))
    if "interaction_constraints" in params:
        params["interaction_constraints"] = json.dumps(params["interaction_constraints"])
    history = {}
    booster = xgb.train(
        params,
        matrix,
        num_boost_round=header["rounds"],
        evals=[(matrix, "train")] if "eval_metric" in params else [],
        evals_result=history,
        verbose_eval=False,
    )
    if header.get("attributes"):
        booster.set_attr(**header["attributes"])
    want = header["want"]
    out = {kind: bytes_array(booster.save_raw(kind)) for kind in ("json", "ubj") if kind in want}
    out.update(predictions(booster, matrix, want, (0, 0)))
    # As text: JSON has no NaN and no infinity.
    scores = {
        name: {metric: [str(float(v)) for v in values] for metric, values in metrics.items()}
        for name, metrics in history.items()
    }
    return {"history": scores}, out


def answer_predict(header, arrays):
    booster = xgb.Booster({"nthread": 1}, model_file=bytearray(arrays["model"].tobytes()))
    matrix = make_matrix(header, arrays)
    begin, end = header.get("iteration_range", (0, 0))
    out = predictions(booster, matrix, header["want"], (begin, end))
    out.update({k: bytes_array(booster.save_raw(k)) for k in ("json", "ubj") if k in header["want"]})
    return {"rounds": booster.num_boosted_rounds()}, out


def answer_version(_header, _arrays):
    return {"version": xgb.__version__}, {}


ANSWERS = {
    "cuts": answer_cuts,
    "train": answer_train,
    "predict": answer_predict,
    "version": answer_version,
}


def main():
    while (message := read_message()) is not None:
        header, arrays = message
        try:
            fields, out = ANSWERS[header["op"]](header, arrays)
            write_message({"ok": True, **fields}, out)
        except Exception as error:  # the caller decides what a refusal means
            write_message({"ok": False, "error": f"{type(error).__name__}: {error}"}, {})


main()
