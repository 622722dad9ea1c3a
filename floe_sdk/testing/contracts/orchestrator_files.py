"""Tests of an orchestrator plugin: the files that a compile writes for it, and the commands that serve a package."""

from __future__ import annotations

import shutil
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from floe_sdk.testing.contracts.gaps import needs
from floe_sdk.testing.contracts.orchestrator_project import Compiled, ProductFixtures
from floe_sdk.testing.contracts.quiet import answering

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from floe_sdk.testing.contracts.orchestrator_project import Compiles


class FileTests(ProductFixtures):
    """Files are generated when a product is compiled, and read wherever the product is taken to."""

    @needs("generate")
    def test_files_stay_in_their_folder(self, compiled: Compiled) -> None:
        """Paths are relative to `target/<orchestrator>/`, and lead nowhere else."""
        files = compiled.generated()
        assert files
        for name, text in files.items():
            path = PurePosixPath(name)
            assert not path.is_absolute(), name
            assert not {"..", ""}.intersection(name.split("/")), name
            assert isinstance(text, str)

    @needs("generate")
    def test_files_are_the_same_each_time(self, compiled: Compiled, compiles: Compiles) -> None:
        """A compile that changes nothing writes nothing: who watches the folder sees only changes."""
        files = compiled.generated()
        assert compiled.generated() == files
        assert compiles().generated() == files

    @needs("generate")
    def test_files_hold_after_a_move(self, compiled: Compiled, compiles: Compiles, tmp_path: Path) -> None:
        """They name nothing of this machine: the same product elsewhere has the same files."""
        moved = compiles(root=tmp_path / "moved" / "another name")
        assert moved.generated() == compiled.generated()
        assert str(tmp_path) not in "".join(compiled.generated().values())

    @needs("generate")
    def test_generating_writes_nothing(self, compiled: Compiled) -> None:
        """The host writes what is returned, whole or not at all; no server is asked, and no secret revealed."""
        with answering(compiled.platform):
            compiled.generated()

    @needs("workspace")
    def test_a_workspace_names_every_product(self, compiled: Compiled, compiles: Compiles, tmp_path: Path) -> None:
        """Another product's entries are kept where this one is added."""
        _write(compiled)
        text = _write(compiles(root=tmp_path / "returns", name="returns"))
        assert "orders" in text
        assert "returns" in text

    @needs("workspace")
    def test_a_workspace_is_the_same_in_every_order(
        self, compiled: Compiled, compiles: Compiles, tmp_path: Path
    ) -> None:
        """It does not depend on which product was compiled last."""
        other = compiles(root=tmp_path / "returns", name="returns")
        _write(compiled)
        first = _write(other)
        shutil.rmtree(compiled.shared)
        _write(other)
        assert _write(compiled) == first

    @needs("workspace")
    def test_a_product_that_is_gone_leaves_the_workspace(
        self, compiled: Compiled, compiles: Compiles, tmp_path: Path
    ) -> None:
        """One whose files are not there any more is left out when another one is compiled."""
        other = compiles(root=tmp_path / "returns", name="returns")
        _write(other)
        shutil.rmtree(other.root)
        assert "returns" not in _write(compiled)

    @needs("workspace")
    def test_a_workspace_holds_after_a_move(self, compiled: Compiled, tmp_path: Path) -> None:
        """It names no place of this machine."""
        assert str(tmp_path) not in _write(compiled)

    @needs("commands")
    def test_commands_are_words(self, compiled: Compiled) -> None:
        """Each command is a list of words, of which the first is a program; a shell never reads them."""
        commands = compiled.platform.orchestrator.orchestrator_commands(artifacts=compiled.artifacts)
        assert commands
        for name, words in commands.items():
            assert not isinstance(words, str), name
            assert all(words), f"{name} has an empty word"
            assert {type(word) for word in words} == {str}, name
            assert not any(space in words[0] for space in " \t\n"), name

    @needs("commands")
    def test_commands_hold_in_a_package(self, compiled: Compiled, compiles: Compiles, tmp_path: Path) -> None:
        """They name no place of this machine: a container has the artifact where `FLOE_ARTIFACT` says."""
        moved = compiles(root=tmp_path / "moved" / "product")
        here, there = (
            each.platform.orchestrator.orchestrator_commands(artifacts=each.artifacts) for each in (compiled, moved)
        )
        assert here == there
        assert str(tmp_path) not in str(here)


def _write(compiled: Compiled) -> str:
    """Write the product's files and then the shared ones, as a compile does; the text of the shared ones."""
    _put(compiled.folder, compiled.generated())
    files = compiled.workspace()
    _put(compiled.shared, files)
    return "\n".join(f"{name}\n{text}" for name, text in sorted(files.items()))


def _put(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
