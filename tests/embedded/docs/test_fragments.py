"""Pieces of a manifest that pages show without running them are valid: every key, and every plugin's configuration."""

import os
import re

import pytest
import yaml
from support.pages import DOCS, blocks

from floe_sdk.cli.app import run

BOOL = "tag:yaml.org,2002:bool"


class Loader(yaml.SafeLoader):
    """With the booleans of YAML 1.2, as floe reads its documents: `on` is text."""

    yaml_implicit_resolvers = {
        first: [each for each in resolvers if each[0] != BOOL]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


Loader.add_implicit_resolver(BOOL, re.compile("true|false"), list("tf"))

SECTIONS = {"plugins", "observability", "governance", "environments"}

FOLLOWED_WITH_SERVERS = {"object-storage", "polaris"}
"""Pages that the default lane can't follow; their pieces are valid here."""


def _fragments():
    for page in sorted((DOCS / "how-to").glob("*.md")):
        for block in blocks(page):
            shown = block.language == "yaml" and (not block.title or page.stem in FOLLOWED_WITH_SERVERS)
            piece = yaml.load(block.text, Loader) if shown else None
            if isinstance(piece, dict) and set(piece) <= SECTIONS:
                yield pytest.param(piece, id=f"{page.stem}:{block.line}")


FRAGMENTS = list(_fragments())


def test_there_are_some():
    assert len(FRAGMENTS) >= 12


@pytest.mark.parametrize("piece", FRAGMENTS)
def test_a_piece_of_a_manifest_is_valid(piece, tmp_path, monkeypatch, capfd):
    for name in list(os.environ):
        if name.startswith(("FLOE_", "OTEL_", "OPENLINEAGE_")):
            monkeypatch.delenv(name)
    pages = {block.title: block.text for block in blocks(DOCS / "tutorial.md") if block.title}
    manifest = yaml.safe_load(pages["manifest.yaml"])
    (tmp_path / "manifest.yaml").write_text(
        yaml.safe_dump({key: _over(manifest.get(key), piece.get(key)) for key in {**manifest, **piece}})
    )
    (tmp_path / "floe.yaml").write_text(pages["floe.yaml"])
    (tmp_path / "dbt_project.yml").write_text(pages["dbt_project.yml"])
    environments = [argument for name in piece.get("environments", ()) for argument in ("--env", name)]
    assert run(["validate", str(tmp_path), *environments]) == 0, "".join(capfd.readouterr())


def _over(base, more):
    if more is None:
        return base
    if not isinstance(base, dict) or not isinstance(more, dict):
        return more
    return {key: _over(base.get(key), more.get(key)) for key in {**base, **more}}
