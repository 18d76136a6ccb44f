"""The driver of Ray Train with XGBoost, for bench/ray/main.ts: `python ray_train.py REQUEST`, the request as
JSON. Each worker reads its rows straight from the Parquet file, which is quicker than through Ray Data, and a
restart trains the rounds that are missing, not all of them again as in Ray's tutorial."""

import json
import os
import signal
import sys
import time

import ray
import ray.train
from ray.train.xgboost import RayTrainReportCallback, XGBoostTrainer


def train_on_worker(request):
    import pyarrow.parquet as parquet
    import xgboost

    context = ray.train.get_context()
    rank, size = context.get_world_rank(), context.get_world_size()
    file = parquet.ParquetFile(request["data"])
    groups = file.num_row_groups
    own = range(groups * rank // size, groups * (rank + 1) // size)
    table = file.read_row_groups(list(own), use_threads=False).to_pandas()
    label = table.pop("label").to_numpy()
    checkpoint = ray.train.get_checkpoint()
    model = RayTrainReportCallback.get_model(checkpoint) if checkpoint else None
    done = model.num_boosted_rounds() if model else 0

    class Watch(xgboost.callback.TrainingCallback):
        def after_iteration(self, model, epoch, evals_log):
            round_count = done + epoch + 1
            if rank == 0:
                with open(request["log"], "a") as log:
                    log.write(f"{time.time()} {round_count}\n")
            struck = request["log"] + ".struck"
            if rank == 1 and round_count == request["killAt"] and not os.path.exists(struck):
                with open(struck, "w") as file:
                    file.write(str(time.time()))
                os.kill(os.getpid(), signal.SIGKILL)
            return False

    xgboost.train(
        {**request["params"], "nthread": 1, "tree_method": "hist"},
        xgboost.QuantileDMatrix(table, label=label, nthread=1),
        num_boost_round=request["rounds"] - done,
        xgb_model=model,
        callbacks=[Watch(), RayTrainReportCallback(frequency=request["checkpointEvery"])],
    )


def main(request):
    ray.init(address=request["cluster"], log_to_driver=False, logging_level="ERROR")
    result = XGBoostTrainer(
        train_on_worker,
        train_loop_config=request,
        scaling_config=ray.train.ScalingConfig(num_workers=2, resources_per_worker={"CPU": 1}),
        run_config=ray.train.RunConfig(
            name=request["name"],
            storage_path=request["storage"],
            failure_config=ray.train.FailureConfig(max_failures=2),
            checkpoint_config=ray.train.CheckpointConfig(num_to_keep=2),
        ),
    ).fit()
    RayTrainReportCallback.get_model(result.checkpoint).save_model(request["model"])


main(json.loads(sys.argv[1]))
