#!/usr/bin/env bash
# Makes .venv-serve with the clients that the model server is tested with. One of them keeps pandas back,
# so they do not share the environment of the other tests. Does nothing when it is up to date.
set -euo pipefail
cd "$(dirname "$0")/.."

wanted=$(cat scripts/serve-python-requirements.txt scripts/setup-serve-python.sh | cksum)
if [ -f .venv-serve/up-to-date ] && [ "$(cat .venv-serve/up-to-date)" = "$wanted" ]; then
  exit 0
fi

rm -rf .venv-serve
python3 -m venv .venv-serve
.venv-serve/bin/python -m pip install --quiet --disable-pip-version-check -r scripts/serve-python-requirements.txt
.venv-serve/bin/python -c 'import tritonclient.http, kserve, schemathesis'
echo "$wanted" > .venv-serve/up-to-date
