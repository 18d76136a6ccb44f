#!/usr/bin/env bash
# Makes .venv-ray with Ray and its dashboard, which the Ray engine is tested on. Does nothing when it is up
# to date.
set -euo pipefail
cd "$(dirname "$0")/.."

wanted=$(cksum < scripts/setup-ray.sh)
if [ -f .venv-ray/up-to-date ] && [ "$(cat .venv-ray/up-to-date)" = "$wanted" ]; then
  exit 0
fi

rm -rf .venv-ray
python3 -m venv .venv-ray
.venv-ray/bin/python -m pip install --quiet --disable-pip-version-check 'ray[default]==2.58.0'
.venv-ray/bin/ray --version
echo "$wanted" > .venv-ray/up-to-date
