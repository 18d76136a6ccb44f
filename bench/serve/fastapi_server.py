# The server that people write by hand: FastAPI and XGBoost, answering the JSON form of the Open Inference
# Protocol. Rows are predicted in place, numbers printed by orjson: the quick way of both libraries.
# argv: the model file and the port.
import json
import sys

import numpy as np
import orjson
import uvicorn
import xgboost
from fastapi import FastAPI, Request, Response

booster = xgboost.Booster(model_file=sys.argv[1])
app = FastAPI()


@app.get("/v2/health/ready")
def ready():
    return {"ready": True}


@app.post("/v2/models/cover/infer")
async def infer(request: Request):
    tensor = orjson.loads(await request.body())["inputs"][0]
    rows = np.array(tensor["data"], dtype=np.float32).reshape(tensor["shape"])
    predicted = booster.inplace_predict(rows)
    output = {"name": "predict", "datatype": "FP32", "shape": predicted.shape, "data": predicted.ravel()}
    answer = orjson.dumps({"model_name": "cover", "outputs": [output]}, option=orjson.OPT_SERIALIZE_NUMPY)
    return Response(answer, media_type="application/json")


uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[2]), log_level="warning", access_log=False)
