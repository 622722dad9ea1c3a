"""What every transform plugin promises, and what is this one's own."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from floe_sdk.testing import TransformContract
from pydantic import ValidationError

from floe_plugin_v01.transform import V01TransformConfig


class TestV01Transform(TransformContract):
    """Every test of the contract."""

    plugin = "v01"
    not_supported = {"unreachable": "models run in the process of the run: there is no server that could be away"}

    @staticmethod
    def write(folder: Path, models: Sequence[Any]) -> None:
        """A project of these models, in the place of the one that is there."""
        place = folder / "models"
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        for model in models:
            rows = " + ".join([str(model.rows), *(f"{name}.num_rows" for name in model.reads)])
            made = "raise RuntimeError('it was told to')" if model.fails else f"return pa.table({{'n': range({rows})}})"
            lines = ["import pyarrow as pa", "", "", f"def model({', '.join(model.reads)}):", f"    {made}", ""]
            (place / f"{model.name}.py").write_text("\n".join(lines))

    @staticmethod
    def write_broken(folder: Path) -> str:
        """A project that can't be read; returns what the error names."""
        (folder / "models").mkdir(parents=True)
        (folder / "models" / "broken.py").write_text("def model(:\n")
        return "broken.py"

    @staticmethod
    def write_refused(folder: Path) -> str:
        """A project that can't be served; returns what the error names."""
        (folder / "models").mkdir(parents=True)
        (folder / "models" / "later.py").write_text("async def model():\n    return None\n")
        return "later.py"


@pytest.mark.parametrize(("config", "key"), [({"folder": ""}, "folder"), ({"foldr": "models"}, "foldr")])
def test_a_wrong_configuration_names_the_key(config: dict[str, object], key: str) -> None:
    with pytest.raises(ValidationError, match=key):
        V01TransformConfig.model_validate(config)
