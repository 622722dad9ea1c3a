"""`floe compile` of many transforms without dbt, against the least that reads, checks and writes them."""

from __future__ import annotations

from functools import cache

from benchmarks.frame import Benchmark, Cost, Side, part_of_process, process
from benchmarks.products import FLOE, PYTHON, Shape, listed_product

FLOOR = """
import gc, sys
import click, yaml
from pydantic import BaseModel, TypeAdapter
class Transform(BaseModel):
    name: str
    tags: list[str] = []
    tier: str | None = None
    depends_on: list[str] = []
source, target = sys.argv[1:]
gc.disable()  # to the end: so is ours
with open(source) as file:
    data = yaml.load(file, Loader=yaml.CSafeLoader)
transforms = TypeAdapter(list[Transform])
with open(target, "wb") as file:
    file.write(transforms.dump_json(transforms.validate_python(data["transforms"]), indent=2))
"""
TWICE = """
import json, sys, time
from floe_sdk.cli import main
def compiled(folder):
    wall, cpu = time.perf_counter(), time.process_time()
    try:
        main(["compile", folder])
    except SystemExit as end:
        if end.code:
            raise
    return time.perf_counter() - wall, time.process_time() - cpu
small, large = sys.argv[1:]
compiled(small)
print(json.dumps(compiled(large)))
"""
made = cache(listed_product)


def floor(shape: Shape, number: int) -> Side:
    def run() -> Cost:
        source = made(shape, number) / "floe.yaml"
        return process(PYTHON, "-c", FLOOR, str(source), str(source.with_name("floor.json")))()

    return run


def compiled(shape: Shape, number: int) -> Side:
    def run() -> Cost:
        folder = made(shape, number)
        (folder / "target" / "compiled_artifacts.json").unlink(missing_ok=True)
        return process(FLOE, "compile", str(folder))()

    return run


def each(number: int) -> Side:
    """The cost per transform, start and imports aside: the process has compiled another product before."""

    def run() -> Cost:
        folders = [made("random", 1), made("random", number)]
        (folders[1] / "target" / "compiled_artifacts.json").unlink(missing_ok=True)
        return part_of_process(PYTHON, "-c", TWICE, *map(str, folders))().over(number)

    return run


SHAPES: tuple[Shape, ...] = ("chain", "wide", "random")
BENCHMARKS = [
    *(
        Benchmark(
            name=f"compile-10000-{shape}",
            floor_name="imports + yaml.load (C) + pydantic list + JSON dump, gc off",
            floor=floor(shape, 10_000),
            ours=compiled(shape, 10_000),
            limit=1.5,
        )
        for shape in SHAPES
    ),
    *(
        Benchmark(
            name=f"compile-growth-{large}",
            floor_name=f"a transform of {small:,}",
            floor=each(small),
            ours=each(large),
            limit=1.2,
        )
        for small, large in ((1_000, 10_000), (10_000, 50_000))
    ),
]
