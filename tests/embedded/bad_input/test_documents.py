"""Documents and plugins that are wrong, as the command meets them: exit code, place, message, and nothing written.

Each case breaks a product that compiles; `floe compile` says what is wrong, and the folder with the artifact of
before stays as it is, byte for byte.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from support.folders import contents
from support.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SPEC = """\
apiVersion: floe.dev/v1
kind: FloeSpec
metadata: {name: shop, version: 1.0.0, owner: shop@example.com}
platform: {manifest: ../manifest.yaml}
"""
MANIFEST = """\
apiVersion: floe.dev/v1
kind: Manifest
metadata: {name: lake, version: 1.0.0, owner: platform@example.com}
plugins:
  transform: {type: tiny}
  catalog: {type: sql}
  storage: {type: local}
  orchestrator: {type: tiny}
  compute: {type: tiny, config: {password: {env: TINY_PASSWORD}}}
"""
COMPUTE = MANIFEST.splitlines()[-1]
LITERAL = "hunter2-in-the-file"
BOMB = "x-bomb:\n- &a0 [x]\n" + "".join(
    f"- &a{number} [{', '.join([f'*a{number - 1}'] * 10)}]\n" for number in range(1, 10)
)


@dataclass(frozen=True)
class Case:
    """What is done to the product, and what the command has to say."""

    name: str
    change: Callable[[Workspace], object]
    code: str
    where: str
    words: tuple[str, ...]
    exit_code: int = 2
    variables: Mapping[str, str] = field(default_factory=dict)


def spec(text: str | bytes, head: str = SPEC) -> Callable[[Workspace], object]:
    """Replace floe.yaml: its usual four lines, then `text`."""
    data = text if isinstance(text, bytes) else (head + text).encode()
    return lambda workspace: (workspace.product / "floe.yaml").write_bytes(data)


def manifest(text: str, head: str = MANIFEST) -> Callable[[Workspace], object]:
    """Replace manifest.yaml: its usual nine lines, then `text`."""
    return lambda workspace: (workspace.root / "manifest.yaml").write_text(head + text)


def compute(text: str) -> Callable[[Workspace], object]:
    """Select another compute, in line 9 of manifest.yaml."""
    return manifest("", MANIFEST.replace(COMPUTE, f"  compute: {text}"))


def hundred_megabytes(workspace: Workspace) -> None:
    with (workspace.product / "floe.yaml").open("r+b") as file:
        file.truncate(100 * 1024 * 1024)


def linked(name: str) -> Callable[[Workspace], object]:
    """Let `name` be a symlink to a file of the same name outside of the repository."""

    def change(workspace: Workspace) -> None:
        outside = workspace.root.parent / "outside"
        outside.mkdir()
        shutil.move(workspace.root / name, outside / "moved.yaml")
        (workspace.root / name).symlink_to(outside / "moved.yaml")

    return change


def outside(workspace: Workspace) -> None:
    (workspace.root.parent / "manifest.yaml").write_text(MANIFEST)
    spec("", SPEC.replace("../manifest.yaml", "../../manifest.yaml"))(workspace)


DOCUMENTS = [
    Case("empty", spec(b""), "FLOE-D003", "floe.yaml", ("empty",)),
    Case("only comments", spec(b"# nothing\n"), "FLOE-D003", "floe.yaml", ("empty",)),
    Case("not YAML", spec("a: [1, 2\nb: 3\n"), "FLOE-D003", "floe.yaml:6:2", ("expected",)),
    Case("a list", spec(b"- a\n"), "FLOE-D003", "floe.yaml:1:1", ("mapping",)),
    Case("not UTF-8", spec(b"a: b\nname: caf\xe9\n"), "FLOE-D002", "floe.yaml:2:10", ("0xe9", "UTF-8")),
    Case("100 MB", hundred_megabytes, "FLOE-D002", "floe.yaml", ("100 MiB, more than the 32 MiB",)),
    Case("20,000 brackets", spec("x-deep: " + "[" * 20_000), "FLOE-D005", "floe.yaml:5:", ("100",)),
    Case("20,000 keys deep", spec("x-deep: " + "{a: " * 20_000), "FLOE-D005", "floe.yaml:5:", ("100",)),
    Case("an alias bomb", spec(BOMB), "FLOE-D005", "floe.yaml:", ("1,000,000",)),
    Case("an alias of itself", spec("x-loop: &a [*a]\n"), "FLOE-D005", "floe.yaml:5:13", ()),
    Case("duplicate keys", spec("schedule: {}\nschedule: {}\n"), "FLOE-D004", "floe.yaml:6:1", ("5", "schedule")),
    Case("wrong kind", spec(MANIFEST, ""), "FLOE-D009", "floe.yaml:2:7", ("`Manifest`, expected `FloeSpec`",)),
    Case(
        "a kind of another system",
        manifest("", MANIFEST.replace("Manifest", "Pod")),
        "FLOE-D009",
        "manifest.yaml:2:7",
        ("write `kind: Manifest`",),
    ),
    Case("unknown key", spec("schedul: {}\n"), "FLOE-D006", "floe.yaml:5:1", ("did you mean `schedule`",)),
    Case("wrong type", spec("transforms: {name: a}\n"), "FLOE-D008", "floe.yaml:5:13", ("must be a list",)),
    Case(
        "wrong enum",
        manifest("governance: {policy_enforcement_level: stric}\n"),
        "FLOE-D008",
        "manifest.yaml:10:40",
        ("`off`, `warn`, `strict`", "did you mean `strict`"),
    ),
    Case("bad cron", spec("schedule: {cron: '61 * * * *'}\n"), "FLOE-D008", "floe.yaml:5:18", ("0 6 * * *",)),
    Case("bad timezone", spec("schedule: {timezone: Mars/Base}\n"), "FLOE-D008", "floe.yaml:5:22", ("Europe/Berlin",)),
    Case(
        "a cycle",
        spec("transforms:\n- {name: stg_orders, depends_on: [mart]}\n- {name: mart, depends_on: [stg_orders]}\n"),
        "FLOE-D017",
        "floe.yaml:",
        ("circle", "stg_orders -> mart", "remove one"),
    ),
    Case(
        "a dependency that does not exist",
        spec("transforms: [{name: mart, depends_on: [stg_order]}]\n"),
        "FLOE-C008",
        "floe.yaml:5:40",
        ("`mart` depends on stg_orders", "not on `stg_order`", "did you mean `stg_orders`"),
    ),
    Case(
        "two transforms of one name",
        spec("transforms: [{name: mart}, {name: mart}]\n"),
        "FLOE-D015",
        "floe.yaml:5:35",
        ("two entries", "rename"),
    ),
    Case(
        "a transform that does not exist",
        spec("transforms: [{name: marrt}]\n"),
        "FLOE-C007",
        "floe.yaml:5:",
        ("marrt", "did you mean `mart`"),
    ),
]
PLACES = [
    Case(
        "no manifest",
        lambda workspace: (workspace.root / "manifest.yaml").unlink(),
        "FLOE-D001",
        "floe.yaml:4:22",
        ("no manifest", "correct the path"),
    ),
    Case(
        "a manifest that extends itself",
        manifest("extends: manifest.yaml\n"),
        "FLOE-D014",
        "manifest.yaml:10:10",
        ("extends itself", "remove"),
    ),
    Case("a manifest outside", outside, "FLOE-D012", "floe.yaml:4:22", ("outside of", "was not read", "FLOE_MANIFEST")),
    Case(
        "a manifest that is a link to the outside",
        linked("manifest.yaml"),
        "FLOE-D012",
        "floe.yaml:4:22",
        ("outside of", "was not read"),
    ),
    Case(
        "no spec", lambda workspace: (workspace.product / "floe.yaml").unlink(), "FLOE-D001", "floe.yaml", ("folder",)
    ),
    Case(
        "another manifest than the pinned one",
        lambda workspace: (workspace.root / "other.yaml").write_text(MANIFEST),
        "FLOE-D013",
        "floe.yaml:4:22",
        ("FLOE_MANIFEST pins",),
        3,
        {"FLOE_MANIFEST": "../other.yaml"},
    ),
]
PLUGINS = [
    Case(
        "a plugin that nobody installed",
        compute("{type: spark}"),
        "FLOE-P001",
        "manifest.yaml:9:19",
        ("no installed package provides compute/spark", "pip install floe-compute-spark\n"),
    ),
    Case(
        "a plugin of nearly that name",
        compute("{type: tinny}"),
        "FLOE-P001",
        "manifest.yaml:9:19",
        ("pip install floe-compute-tinny", "did you mean compute/tiny?"),
    ),
    Case(
        "an unapproved plugin",
        manifest("approved_plugins: ['transform/*', orchestrator/tiny]\n"),
        "FLOE-P003",
        "manifest.yaml:9:19",
        ("compute/tiny", "approved_plugins", "not imported", "add 'compute/tiny'"),
        3,
    ),
    Case(
        "a plugin that the environment does not allow",
        lambda workspace: None,
        "FLOE-P003",
        "manifest.yaml:9:19",
        ("compute/tiny", "FLOE_PLUGINS_ALLOW", "add 'compute/tiny'"),
        3,
        {"FLOE_PLUGINS_ALLOW": "transform/*,orchestrator/*"},
    ),
    Case(
        "a version that does not fit",
        compute("{type: tiny, version: '>=3,<4'}"),
        "FLOE-P006",
        "manifest.yaml:9:34",
        ("version 1.0", "asks for <4,>=3", "pip install 'tiny-engine<4,>=3'"),
    ),
    Case(
        "an unknown key of a plugin",
        compute("{type: tiny, config: {pasword: {env: X}}}"),
        "FLOE-P007",
        "manifest.yaml:9:43",
        ("compute/tiny: pasword: unknown key", "did you mean 'password'?", "floe plugins show compute/tiny"),
    ),
    Case(
        "a literal secret",
        compute(f"{{type: tiny, config: {{password: {LITERAL}}}}}"),
        "FLOE-S001",
        "manifest.yaml:9:44",
        ("'password' is a secret", "{env: NAME}", "change the secret"),
    ),
    Case(
        "a plugin that can't be imported",
        compute("{type: broken}"),
        "FLOE-P004",
        "",
        ("compute/broken of floe-broken 1.0", "RuntimeError: half an installation", "pip install --force-reinstall"),
        4,
    ),
    Case(
        "an orchestrator that writes elsewhere",
        lambda workspace: None,
        "FLOE-C012",
        "",
        ("'../../escaped.py'", "outside target/tiny/"),
        4,
        {"TINY_GENERATES": "../../escaped.py"},
    ),
    Case(
        "a project that is not there",
        lambda workspace: (workspace.product / "models.json").unlink(),
        "FLOE-T001",
        "",
        ("there is no models.json",),
    ),
]


@pytest.fixture(scope="module")
def compiled(tmp_path_factory, engine):
    """A product that compiles, and has: the folder of the platform."""
    engine.install("floe-broken", "raise RuntimeError('half an installation')", plugins={"compute/broken": "Broken"})
    workspace = Workspace(tmp_path_factory.mktemp("compiled") / "lake", engine)
    manifest("")(workspace)
    spec("")(workspace)
    workspace.compile()
    return workspace


@pytest.mark.parametrize("case", [*DOCUMENTS, *PLACES, *PLUGINS], ids=lambda case: case.name)
def test_what_is_wrong_is_told_and_nothing_is_written(compiled, tmp_path, case):
    workspace = Workspace(tmp_path / "lake", compiled.site)
    shutil.copytree(compiled.root, workspace.root, dirs_exist_ok=True)
    case.change(workspace)
    before = contents(tmp_path)
    out, err = workspace.floe("compile", code=case.exit_code, **case.variables)
    assert f"error[{case.code}]: " in err
    first = err.splitlines()[0]
    assert first.startswith(case.where) or f"/{case.where}" in first if case.where else first.startswith("error["), err
    for words in case.words:
        assert words in err
    assert "errors" not in err, "one mistake, one message"
    assert LITERAL not in out + err
    assert contents(tmp_path) == before
