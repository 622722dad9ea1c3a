"""What a benchmark is, how it is measured and how its result is told.

A benchmark is a module beside this one with a list `BENCHMARKS`; importing it sets nothing up. Its two sides are
measured in turn, so that a noisy machine disturbs both alike; the result is the ratio of the medians, and the spread
that of the single pairs.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

ROUNDS = 7
Measure = Literal["wall", "cpu", "memory"]


class Cost(NamedTuple):
    """Seconds on the clock, seconds of processor (user and system, of all threads and child processes), peak bytes."""

    wall: float
    cpu: float
    memory: float = 0.0

    def over(self, number: float) -> Cost:
        """The cost of one of `number`."""
        return Cost(self.wall / number, self.cpu / number, self.memory / number)


Side = Callable[[], Cost]
"""Does the work once and returns what it cost."""


@dataclass(frozen=True)
class Benchmark:
    """`limit` is the highest ratio that is fine (infinite: for the figure only); `allowance` are seconds that
    the floor is granted on top.

    `by` are the measures that the limit is for, the first being the one that judges.
    """

    name: str
    floor_name: str
    floor: Side
    ours: Side
    limit: float
    allowance: float = 0.0
    rounds: int = ROUNDS
    by: Sequence[Measure] = ("wall", "cpu")


@dataclass(frozen=True)
class Result:
    """One measure of a benchmark that was measured."""

    benchmark: Benchmark
    measure: Measure
    floor: float
    ours: float
    ratios: Sequence[float]

    @property
    def passed(self) -> bool:
        """Whether ours is within the limit."""
        return self.ours <= self.floor * self.benchmark.limit + self.benchmark.allowance


def process(*command: str, environment: dict[str, str] | None = None) -> Side:
    """A side that is a whole process, from its start to its end; its standard output is thrown away."""
    return lambda: _spawn(command, environment, os.devnull)


def part_of_process(*command: str, environment: dict[str, str] | None = None) -> Side:
    """A side that is what a process measures of itself: its last line is `[wall, cpu]`; memory is all of it."""

    def run() -> Cost:
        with tempfile.NamedTemporaryFile() as output:
            whole = _spawn(command, environment, output.name)
            wall, cpu = json.loads(output.read().decode().splitlines()[-1])
        return Cost(wall, cpu, whole.memory)

    return run


def pairs_of_one_process(*command: str) -> Callable[[str], Cost]:
    """Both sides of a pair in one process, a new one for each pair: for sides that differ less than processes do.

    Told what to do in a line of its standard input, it does that and answers with a line `[wall, cpu]` of itself.
    """
    children: list[subprocess.Popen[str]] = []

    def run(what: str) -> Cost:
        child = children.pop() if children else None
        if is_second := child is not None:
            output, _ = child.communicate(what + "\n")
        else:
            pipe = subprocess.PIPE
            child = subprocess.Popen(command, env=clean_environment(), stdin=pipe, stdout=pipe, text=True, bufsize=1)
            assert child.stdin is not None
            assert child.stdout is not None
            print(what, file=child.stdin)
            output = child.stdout.readline()
            children.append(child)
        if not output or (is_second and child.returncode):
            message = f"exit code {child.wait()}: {' '.join(command)}"
            raise RuntimeError(message)
        return Cost(*json.loads(output))

    return run


def _spawn(command: Sequence[str], environment: dict[str, str] | None, output: str) -> Cost:
    with tempfile.NamedTemporaryFile() as errors:
        files = [
            (os.POSIX_SPAWN_OPEN, number, name, os.O_WRONLY, 0) for number, name in ((1, output), (2, errors.name))
        ]
        start = time.perf_counter()
        child = os.posix_spawn(command[0], [*command], environment or clean_environment(), file_actions=files)
        _, status, used = os.wait4(child, 0)
        wall = time.perf_counter() - start
        if status != 0:
            message = f"exit code {os.waitstatus_to_exitcode(status)}: {' '.join(command)}"
            raise RuntimeError(f"{message}\n{errors.read().decode()}")
    return Cost(wall, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024)


def clean_environment() -> dict[str, str]:
    """This process's environment without floe's own variables, and with Python's cache of bytecode, which every
    installed program has: without it a process mostly compiles the sources of what it imports."""
    unwanted = ("FLOE_", "OTEL_", "PYTHONDONTWRITEBYTECODE")
    return {name: value for name, value in os.environ.items() if not name.startswith(unwanted)}


def measure(benchmark: Benchmark) -> list[Result]:
    """One pair to warm up, then `rounds` pairs; which side goes first alternates. A result for each measure."""
    benchmark.floor()
    benchmark.ours()
    floors: list[Cost] = []
    ours: list[Cost] = []
    for number in range(benchmark.rounds):
        sides = [(floors, benchmark.floor), (ours, benchmark.ours)]
        for taken, side in reversed(sides) if number % 2 else sides:
            taken.append(side())
    return [_result(benchmark, name, floors, ours) for name in benchmark.by]


def _result(benchmark: Benchmark, name: Measure, floors: Sequence[Cost], ours: Sequence[Cost]) -> Result:
    pairs = [(getattr(floor, name), getattr(mine, name)) for floor, mine in zip(floors, ours, strict=True)]
    ratios = sorted(mine / floor for floor, mine in pairs)
    return Result(
        benchmark,
        name,
        statistics.median(floor for floor, _ in pairs),
        statistics.median(mine for _, mine in pairs),
        ratios,
    )


def amount(value: float, name: Measure) -> str:
    """A measured value for people."""
    return f"{value / 2**20:.3g} MiB" if name == "memory" else seconds(value)


def seconds(value: float) -> str:
    """Seconds for people."""
    for unit, factor in (("s", 1.0), ("ms", 1e3), ("us", 1e6)):
        if value * factor >= 1 or unit == "us":
            return f"{value * factor:.3g} {unit}"
    return ""
