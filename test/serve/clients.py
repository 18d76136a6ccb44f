# Asks a running server through clients that others wrote and prints what they got, as JSON: argv is the
# address, the name of the client, and a file with the rows as JSON (null is missing).
import json
import sys

import numpy as np

address, client, rows_file = sys.argv[1:4]
with open(rows_file) as file:
    rows = json.load(file)
matrix = np.array([[np.nan if value is None else value for value in row] for row in rows], dtype=np.float32)


def floats(array):
    """Bits rather than digits, so that equal means equal."""
    return np.ascontiguousarray(array, dtype=np.float32).view(np.uint32).ravel().tolist()


def triton():
    import tritonclient.http as http

    result = {}
    with http.InferenceServerClient(address.split("//")[1]) as server:
        result["live"] = server.is_server_live()
        result["ready"] = server.is_server_ready()
        result["modelReady"] = server.is_model_ready("numbers")
        result["metadata"] = server.get_model_metadata("numbers")["inputs"]
        result["server"] = server.get_server_metadata()["name"]
        for binary in (True, False):
            tensor = http.InferInput("input", list(matrix.shape), "FP32")
            # Its JSON form cannot hold NaN.
            values = matrix if binary else np.nan_to_num(matrix)
            tensor.set_data_from_numpy(values, binary_data=binary)
            outputs = [http.InferRequestedOutput(name, binary_data=binary) for name in ("predict", "margin")]
            answer = server.infer("numbers", [tensor], outputs=outputs, request_id="7")
            kind = "binary" if binary else "json"
            result[kind] = [floats(answer.as_numpy(name)) for name in ("predict", "margin")]
            result[f"{kind}Id"] = answer.get_response()["id"]
        tensor = http.InferInput("input", list(matrix.shape), "FP32")
        tensor.set_data_from_numpy(matrix)
        answer = server.infer("numbers", [tensor], request_compression_algorithm="gzip")
        result["gzip"] = floats(answer.as_numpy("predict"))
        texts = http.InferInput("colour", [3], "BYTES")
        texts.set_data_from_numpy(np.array(["red", "green", "blue"], dtype=object))
        columns = [texts]
        for name in ("height", "slope"):
            column = http.InferInput(name, [3], "FP64")
            column.set_data_from_numpy(np.array([1.0, 2.0, 3.0]))
            columns.append(column)
        answer = server.infer("trees", columns, outputs=[http.InferRequestedOutput("class", binary_data=True)])
        result["classes"] = [text.decode() for text in answer.as_numpy("class")]
        server.unload_model("trees")
        result["unloaded"] = server.is_model_ready("trees")
        server.load_model("trees")
        result["loaded"] = server.is_model_ready("trees")
        result["index"] = [[entry["name"], entry["state"]] for entry in server.get_model_repository_index()]
        try:
            wrong = http.InferInput("input", [1, 5], "FP32")
            wrong.set_data_from_numpy(np.zeros((1, 5), dtype=np.float32))
            server.infer("numbers", [wrong])
        except http.InferenceServerException as error:
            result["error"] = [error.status(), error.message()]
    return result


def kserve():
    import asyncio

    from kserve import InferInput, InferRequest, InferenceRESTClient
    from kserve.inference_client import RESTConfig

    async def ask():
        client = InferenceRESTClient(RESTConfig(protocol="v2"))
        result = {
            "live": await client.is_server_live(address),
            "ready": await client.is_server_ready(address),
            "modelReady": await client.is_model_ready(address, "numbers"),
        }
        tensor = InferInput("input", list(matrix.shape), "FP32")
        tensor.set_data_from_numpy(matrix, binary_data=True)
        request = InferRequest("numbers", [tensor], request_id="9")
        answer = await client.infer(address, request, model_name="numbers")
        result["binary"] = floats(answer.outputs[0].as_numpy())
        result["id"] = answer.id
        tensor = InferInput("input", list(matrix.shape), "FP32")
        tensor.set_data_from_numpy(np.nan_to_num(matrix), binary_data=False)
        answer = await client.infer(address, InferRequest("numbers", [tensor]), model_name="numbers")
        result["json"] = floats(answer.outputs[0].as_numpy())
        return result

    return asyncio.run(ask())


def pyarrow():
    import http.client

    import pyarrow as pa

    table = pa.table({"f0": matrix[:, 0], "f1": matrix[:, 1]})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        for batch in table.to_batches(max_chunksize=7):
            writer.write_batch(batch)
    connection = http.client.HTTPConnection(address.split("//")[1])
    headers = {"Content-Type": "application/vnd.apache.arrow.stream"}
    connection.request("POST", "/v2/models/numbers/arrow?output=predict&output=leaf", sink.getvalue().to_pybytes(), headers)
    answer = connection.getresponse()
    predicted = pa.ipc.open_stream(answer.read()).read_all()
    return {
        "status": answer.status,
        "names": predicted.column_names[:2],
        "types": [str(predicted.schema.field(i).type) for i in range(2)],
        "predict": floats(predicted["predict"].to_numpy()),
    }


print(json.dumps({"triton": triton, "kserve": kserve, "pyarrow": pyarrow}[client]()))
