"""`python -m benchmarks [NAME...]`: run those whose name begins so, or all; exit 1 when a limit is missed."""

from __future__ import annotations

import argparse
import pkgutil
import sys
from dataclasses import replace
from importlib import import_module
from math import isinf
from pathlib import Path

from benchmarks.frame import Benchmark, Measure, Result, amount, measure, seconds

COLUMNS = ("benchmark", "against", "measure", "floor", "ours", "ratio", "spread of pairs", "at most", "")
HELPERS = {"frame", "products", "__main__"}


def found(names: list[str]) -> list[Benchmark]:
    modules = sorted(one.name for one in pkgutil.iter_modules([str(Path(__file__).parent)]))
    benchmarks = [
        benchmark
        for name in modules
        if name not in HELPERS
        for benchmark in import_module(f"benchmarks.{name}").BENCHMARKS
    ]
    return [one for one in benchmarks if not names or one.name.startswith(tuple(names))]


def row(result: Result, judged: bool) -> tuple[str, ...]:
    one = result.benchmark
    allowance = f" + {seconds(one.allowance)}" if one.allowance else ""
    verdict = "ok" if result.passed else "MISSED"
    return (
        one.name,
        one.floor_name,
        result.measure,
        amount(result.floor, result.measure),
        amount(result.ours, result.measure),
        f"{result.ours / result.floor:.2f}x",
        f"{result.ratios[0]:.2f}-{result.ratios[-1]:.2f}",
        "-" if isinf(one.limit) else f"{one.limit:g}x{allowance}",
        verdict if judged else f"({verdict})",
    )


def judging(results: list[Result], by: Measure | None) -> Result:
    """The measure that counts: the one asked for where the benchmark has it, else its first."""
    return next((result for result in results if result.measure == by), results[0])


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--rounds", type=int, help="pairs to measure (default: what each benchmark says, usually 7)")
    parser.add_argument("--by", choices=["wall", "cpu"], help="judge by this one (default: as each benchmark says)")
    parser.add_argument("--markdown", action="store_true", help="print the table at the end as Markdown")
    arguments = parser.parse_args()
    benchmarks = found(arguments.names)
    if not benchmarks:
        parser.error(f"no benchmark begins with {' or '.join(arguments.names)}")
    rows: list[tuple[str, ...]] = [COLUMNS]
    passed = True
    for benchmark in benchmarks:
        print(f"measuring {benchmark.name} ...", file=sys.stderr, flush=True)
        results = measure(replace(benchmark, rounds=arguments.rounds or benchmark.rounds))
        judge = judging(results, arguments.by)
        passed = passed and judge.passed
        told = [row(result, result is judge) for result in results]
        rows += told
        print(*("  ".join(cells) for cells in told), sep="\n", file=sys.stderr, flush=True)
    print(*(markdown(rows) if arguments.markdown else aligned(rows)), sep="\n")
    return 0 if passed else 1


def aligned(rows: list[tuple[str, ...]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(map(str.ljust, cells, widths)).rstrip() for cells in rows]


def markdown(rows: list[tuple[str, ...]]) -> list[str]:
    head, *others = (f"| {' | '.join(cells)} |" for cells in rows)
    return [head, "|---" * len(COLUMNS) + "|", *others]


if __name__ == "__main__":
    sys.exit(main())
