"""What the runners of XGBoost and LightGBM share: their parameters for the same trees, and the peak of memory."""

import resource


def xgboost_options(params, threads):
    options = {
        "objective": params["objective"],
        "max_depth": params["maxDepth"],
        "eta": params["eta"],
        "max_bin": params["maxBin"],
        "tree_method": "hist",
        "nthread": threads,
    }
    if params["numClass"]:
        options["num_class"] = params["numClass"]
    return options


def lightgbm_options(params, threads):
    """Trees of depth 6 with all their 64 leaves, regularised as XGBoost's."""
    options = {
        "objective": "multiclass" if params["numClass"] else "binary",
        "max_depth": params["maxDepth"],
        "num_leaves": 2 ** params["maxDepth"],
        "learning_rate": params["eta"],
        "max_bin": params["maxBin"],
        "lambda_l2": 1.0,
        "min_sum_hessian_in_leaf": 1.0,
        "min_data_in_leaf": 0,
        "num_threads": threads,
        "verbosity": -1,
    }
    if params["numClass"]:
        options["num_class"] = params["numClass"]
    return options


def peak_rss_bytes():
    """Linux counts VmHWM anew for each program; getrusage's figure starts at that of the parent."""
    try:
        with open("/proc/self/status") as status:
            return next(1024 * int(line.split()[1]) for line in status if line.startswith("VmHWM:"))
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
