"""What a benchmark is, how it is measured and how its result is told.

A benchmark is a module beside this one with a list `BENCHMARKS`; importing it sets nothing up. Its two sides are
measured in turn, so that a noisy machine disturbs both alike; the result is the ratio of the medians, and the spread
that of the single pairs.
"""

from __future__ import annotations

import statistics
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

ROUNDS = 7
Side = Callable[[], float]
"""Does the work once and returns how many seconds it took."""


@dataclass(frozen=True)
class Benchmark:
    """`limit` is the highest ratio that is fine; `allowance` are seconds that the floor is granted on top."""

    name: str
    floor_name: str
    floor: Side
    ours: Side
    limit: float
    allowance: float = 0.0
    rounds: int = ROUNDS


@dataclass(frozen=True)
class Result:
    benchmark: Benchmark
    floor: float
    ours: float
    ratios: Sequence[float]

    @property
    def ratio(self) -> float:
        return self.ours / (self.floor + self.benchmark.allowance / self.benchmark.limit)

    @property
    def passed(self) -> bool:
        return self.ratio <= self.benchmark.limit


def process(*command: str, environment: dict[str, str] | None = None, cwd: str | None = None) -> Side:
    """A side that is a whole process, from its start to its end."""

    def run() -> float:
        start = time.perf_counter()
        subprocess.run(
            command, env=environment, cwd=cwd, check=True, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL
        )
        return time.perf_counter() - start

    return run


def measure(benchmark: Benchmark) -> Result:
    """One pair to warm up, then `rounds` pairs; which side goes first alternates."""
    benchmark.floor()
    benchmark.ours()
    floors, ours = [], []
    for number in range(benchmark.rounds):
        sides = [(floors, benchmark.floor), (ours, benchmark.ours)]
        for taken, side in reversed(sides) if number % 2 else sides:
            taken.append(side())
    ratios = sorted(mine / floor for mine, floor in zip(ours, floors, strict=True))
    return Result(benchmark, statistics.median(floors), statistics.median(ours), ratios)


def seconds(value: float) -> str:
    for unit, factor in (("s", 1.0), ("ms", 1e3), ("us", 1e6)):
        if value * factor >= 1 or unit == "us":
            return f"{value * factor:.3g} {unit}"
    return ""
