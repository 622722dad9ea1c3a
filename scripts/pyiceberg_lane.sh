#!/usr/bin/env bash
# The tests of the Polaris catalog with another PyIceberg, in an environment of its own:
#   scripts/pyiceberg_lane.sh VERSION [pytest arguments]
# Everything that PyIceberg has no say in is as in the lock.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
version=$1
shift
folder=.lanes/pyiceberg-$version
uv=.tools/bin/uv
mkdir -p "$folder"
grep -E '^[A-Za-z0-9_.-]+==' requirements.lock | grep -vE '^(pyiceberg|pyparsing|rich|fsspec|pyarrow|cachetools|mmh3|zstandard|pyroaring)==' | sed 's/ *\\$//' >"$folder/constraints"
printf 'pyiceberg[pyarrow]==%s\npytest\npytest-timeout\n' "$version" >"$folder/wanted"
if ! cmp -s <(cat "$folder/constraints" "$folder/wanted") "$folder/installed"; then
    rm -rf "$folder/venv"
    $uv venv --quiet --python .tools/bin/python "$folder/venv"
    $uv pip install --quiet --python "$folder/venv/bin/python" --constraint "$folder/constraints" hatchling editables
    $uv pip install --quiet --python "$folder/venv/bin/python" --constraint "$folder/constraints" --no-build-isolation \
        -r "$folder/wanted" --editable . --editable plugins/floe-catalog-polaris
    cat "$folder/constraints" "$folder/wanted" >"$folder/installed"
fi
# Deprecations of an old PyIceberg are its own.
exec "$folder/venv/bin/python" -m pytest -W ignore::DeprecationWarning plugins/floe-catalog-polaris "$@"
