#!/usr/bin/env bash
# dagster-dbt, to measure against, in an environment of its own: it brings another sqlglot than floe's.
# Prints the path of the environment's bin/. Dagster is the one that it asks for, everything else as in the lock.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
folder=.lanes/dagster-dbt
uv=.tools/bin/uv
mkdir -p "$folder"
grep -E '^[A-Za-z0-9_.-]+==' requirements.lock | grep -vE '^(sqlglot|rich|typer|dagster[a-z-]*)==' | sed 's/ *\\$//' >"$folder/constraints"
printf 'dagster\ndagster-webserver\ndagster-dbt>=0.29\ndbt-core\ndbt-duckdb\nduckdb\n' >"$folder/wanted"
if ! cmp -s <(cat "$folder/constraints" "$folder/wanted") "$folder/installed"; then
    rm -rf "$folder/venv"
    $uv venv --quiet --python .tools/bin/python "$folder/venv"
    UV_COMPILE_BYTECODE=1 $uv pip install --quiet --python "$folder/venv/bin/python" --constraint "$folder/constraints" -r "$folder/wanted"
    cat "$folder/constraints" "$folder/wanted" >"$folder/installed"
fi
echo "$PWD/$folder/venv/bin"
