"""`python -m benchmarks [NAME...]`: run those whose name begins so, or all; exit 1 when a limit is missed."""

from __future__ import annotations

import argparse
import pkgutil
import sys
from importlib import import_module
from pathlib import Path

from benchmarks.frame import Benchmark, Result, measure, seconds

COLUMNS = ("benchmark", "floor", "seconds", "ours", "ratio", "spread of pairs", "at most", "")


def found(names: list[str]) -> list[Benchmark]:
    modules = sorted(one.name for one in pkgutil.iter_modules([str(Path(__file__).parent)]))
    benchmarks = [
        benchmark
        for name in modules
        if name not in {"frame", "__main__"}
        for benchmark in import_module(f"benchmarks.{name}").BENCHMARKS
    ]
    return [one for one in benchmarks if not names or one.name.startswith(tuple(names))]


def row(result: Result) -> tuple[str, ...]:
    one = result.benchmark
    allowance = f" + {seconds(one.allowance)}" if one.allowance else ""
    return (
        one.name,
        one.floor_name,
        seconds(result.floor),
        seconds(result.ours),
        f"{result.ours / result.floor:.2f}x",
        f"{result.ratios[0]:.2f}-{result.ratios[-1]:.2f}",
        f"{one.limit:g}x{allowance}",
        "ok" if result.passed else "MISSED",
    )


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--rounds", type=int, help="pairs to measure (default: what each benchmark says, usually 7)")
    arguments = parser.parse_args()
    benchmarks = found(arguments.names)
    if not benchmarks:
        parser.error(f"no benchmark begins with {' or '.join(arguments.names)}")
    results = []
    for benchmark in benchmarks:
        print(f"measuring {benchmark.name} ...", file=sys.stderr, flush=True)
        rounds = arguments.rounds or benchmark.rounds
        results.append(measure(Benchmark(**{**vars(benchmark), "rounds": rounds})))
    rows = [COLUMNS, *map(row, results)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for cells in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip())
    return 0 if all(result.passed for result in results) else 1


if __name__ == "__main__":
    sys.exit(main())
