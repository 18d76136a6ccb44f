#!/usr/bin/env bash
# Makes .venv with XGBoost and LightGBM, which parity tests and benchmarks compare with. Does nothing
# when it is up to date. The library itself needs no Python.
set -euo pipefail
cd "$(dirname "$0")/.."

wanted=$(cat scripts/python-requirements.txt scripts/setup-python.sh | cksum)
if [ -f .venv/up-to-date ] && [ "$(cat .venv/up-to-date)" = "$wanted" ]; then
  exit 0
fi

rm -rf .venv
python3 -m venv .venv
.venv/bin/python -m pip install --quiet --disable-pip-version-check -r scripts/python-requirements.txt
# The wheel asks for a newer Python than 3.11 and for a GPU library, but needs neither.
.venv/bin/python -m pip install --quiet --disable-pip-version-check \
  --ignore-requires-python --no-deps xgboost-cpu==3.4.1
.venv/bin/python -c 'import xgboost, lightgbm; print("xgboost", xgboost.__version__, "lightgbm", lightgbm.__version__)'
echo "$wanted" > .venv/up-to-date
