"""`floe plugins doctor`, with real packages that are wrong in one way each."""

import json
import re
import sys
from pathlib import Path

import pytest
from support.packages import Site


def ask(site, *arguments, **variables):
    ended = site.floe("plugins", "doctor", *arguments, "--json", **variables)
    assert ended.stdout, ended.stderr
    return ended.returncode, json.loads(ended.stdout)


def faults(site, *arguments, **variables):
    code, answer = ask(site, *arguments, **variables)
    return code, [(one["kind"], one["problem"], one["fix"]) for one in answer["faults"]]


def entry_points(site, name, text, version="1.0"):
    (site.folder / f"{name.replace('-', '_')}-{version}.dist-info/entry_points.txt").write_text(text)


def test_nothing_is_wrong(site):
    site.install("x-mem")
    ended = site.floe("plugins", "doctor")
    assert ended.returncode == 0
    assert f"x-mem 1.0 in {site.folder}: storage/x-mem" in ended.stdout
    assert ended.stdout.endswith("nothing is wrong\n")
    assert faults(site, "x-mem") == (0, [])


def test_it_imports_nothing_unasked(site):
    site.install("x-evil", "open(__file__ + '.was-here', 'w')")
    assert faults(site) == (0, [])
    assert not list(site.folder.glob("*was-here"))
    assert faults(site, "x-evil")[0] == 4
    assert list(site.folder.glob("*was-here"))


@pytest.mark.parametrize("name", ["x-mem", "storage/x-mem"])
@pytest.mark.parametrize(
    ("group", "right"),
    [("floe.storages", "floe.storage"), ("floe_storage", "floe.storage"), ("Floe.Storage", "floe.storage")],
)
def test_a_misspelt_group(site, name, group, right):
    module = site.install("x-mem")
    entry_points(site, "x-mem", f"[{group}]\nx-mem = {module}:Plugin\n")
    code, found = faults(site, name)
    kind, problem, fix = found[0]
    assert (code, kind) == (2, "group")
    assert f"no entry-point group {group!r}; did you mean {right!r}" in problem
    assert right in fix
    assert faults(site)[0] == 1


def test_the_group_of_somebody_else_is_none_of_ours(site):
    module = site.install("x-mem")
    entry_points(
        site,
        "x-mem",
        f"[floe.storage]\nx-mem = {module}:Plugin\n[floefish.tools]\na = b:c\n[console_scripts]\na = b:c\n",
    )
    assert faults(site) == (0, [])


def test_an_entry_point_that_names_no_class(site):
    site.install("x-mem")
    entry_points(site, "x-mem", "[floe.storage]\nx-mem = x_mem\n")
    code, found = faults(site, "x-mem")
    assert (code, found[0][0]) == (2, "target")
    assert "'x_mem', which names no class" in found[0][1]


def test_metadata_that_can_not_be_read(site):
    site.install("floe-mem", metadata="nonsense")
    code, found = faults(site)
    assert (code, found[0][0]) == (1, "metadata")
    assert "pip install --force-reinstall floe-mem" in found[0][2]


def test_two_copies_on_the_path(site, tmp_path):
    site.install("x-mem", version="2.0")
    other = Site(tmp_path / "other")
    other.install("x-mem", version="1.0")
    ended = site.python("-c", _WITH.format(change=f"append({str(other.folder)!r})"))
    answer = json.loads(ended.stdout)
    fault = answer["faults"][0]
    assert (ended.returncode, fault["kind"]) == (1, "copies")
    assert f"2.0 in {site.folder} counts, 1.0 in {other.folder} is shadowed" in fault["problem"]
    assert fault["fix"].startswith("pip uninstall x-mem")
    assert [one["counts"] for one in answer["distributions"]] == [True, False]


def test_the_remains_of_an_older_version(site):
    site.install("x-mem", version="1.0")
    site.install("x-mem", version="2.0")
    assert faults(site, "x-mem")[1][0][0] == "copies"


def test_an_editable_install_beside_a_wheel(author, site):
    code = (author.folder / "src/floe_storage_shelf/plugin.py").read_text(encoding="utf-8")
    site.install("floe-storage-shelf", code, plugins={"storage/shelf": "Shelf"}, version="1.0.0")
    info = site.folder / "floe_storage_shelf-1.0.0.dist-info"
    info.rename(site.folder / "floe_storage_shelf-0.9.0.dist-info")
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: floe-storage-shelf\nVersion: 1.0.0\n")
    (info / "direct_url.json").write_text(
        json.dumps({"url": author.folder.as_uri(), "dir_info": {"editable": True}}), encoding="utf-8"
    )
    entry_points(site, "floe-storage-shelf", "[floe.storage]\nshelf = floe_storage_shelf:Shelf\n", "1.0.0")
    kinds = {kind: (problem, fix) for kind, problem, fix in faults(site, "shelf")[1]}
    assert f"{author.folder} (editable)" in kinds["copies"][0]
    assert "copies" in kinds


def test_two_distributions_that_claim_one_name(site):
    site.install("x-one", plugins={"storage/mem": "Plugin"})
    site.install("x-two", plugins={"storage/mem": "Plugin"})
    code, found = faults(site, "mem")
    assert (code, found[0][0]) == (2, "name")
    assert "x-one and x-two both provide it" in found[0][1]
    assert "`distribution: x-one`" in found[0][2]


def test_a_module_that_is_nowhere(site):
    (site.folder / f"{site.install('x-mem')}.py").unlink()
    code, found = faults(site, "x-mem")
    assert (code, found[0][0]) == (4, "module")
    assert "pip install --force-reinstall --no-deps x-mem" in found[0][2]


def test_a_module_inside_a_package_that_is_not_there(site):
    site.install("x-mem", plugins={"storage/x-mem": "x_pack.gone:Plugin"})
    (site.folder / "x_pack").mkdir()
    (site.folder / "x_pack/__init__.py").write_text("open(__file__ + '.was-here', 'w')")
    code, found = faults(site)
    assert (code, found[0][0]) == (1, "module")
    assert "names the module x_pack.gone" in found[0][1]
    assert not list(site.folder.rglob("*was-here"))


def test_a_module_behind_another_of_its_name(site, tmp_path):
    site.install("x-mem")
    (tmp_path / "front").mkdir()
    (tmp_path / "front/x_mem.py").write_text("'''Somebody's notes.'''")
    ended = site.python("-c", _WITH.format(change=f"insert(0, {str(tmp_path / 'front')!r})"))
    fault = json.loads(ended.stdout)["faults"][0]
    assert (ended.returncode, fault["kind"]) == (4, "shadowed")
    assert str(tmp_path / "front/x_mem.py") in fault["fix"]


@pytest.mark.parametrize(
    ("requirement", "told", "fix"),
    [
        ("floe-sdk>=7,<8", "the plugin is too new", "pip install 'floe-sdk<8,>=7'"),
        ("floe-sdk<0.1", "the plugin is too old", "pip install --upgrade x-mem"),
    ],
)
def test_another_floe_sdk(site, requirement, told, fix):
    site.install("x-mem", "open(__file__ + '.was-here', 'w')", requires=[requirement])
    code, found = faults(site, "x-mem")
    assert (code, found[0][0]) == (2, "sdk")
    assert told in found[0][1]
    assert found[0][2] == fix
    assert not list(site.folder.glob("*was-here"))


def test_another_python(site):
    site.install("x-mem", metadata="Metadata-Version: 2.1\nName: x-mem\nVersion: 1.0\nRequires-Python: >=4\n\n")
    code, found = faults(site, "x-mem")
    assert (code, found[0][0]) == (4, "python")
    assert "needs Python >=4" in found[0][1]


def test_a_requirement_that_is_not_installed(site):
    site.install("x-mem", requires=["floe-sdk>=0.1", "nobody-has-this>=2", "nor-that; extra == 'more'"])
    code, found = faults(site, "x-mem")
    assert code == 1
    assert found == [
        ("missing", "it needs nobody-has-this>=2, which is not installed", "pip install 'nobody-has-this>=2'")
    ]


def test_a_requirement_of_another_version_that_both_can_have(site):
    site.install("x-lib", plugins={"nothing/x": "x"}, version="1.0")
    entry_points(site, "x-lib", "")
    site.install("x-one", requires=["floe-sdk>=0.1", "x-lib>=2,<4"])
    site.install("x-two", requires=["floe-sdk>=0.1", "x-lib<3"])
    code, found = faults(site)
    assert code == 1
    assert [(kind, fix) for kind, _, fix in found] == [("version", "pip install 'x-lib<3,<4,>=2'")]


@pytest.mark.parametrize(("one", "two"), [(">=2", "<2"), ("==1.4", ">=2.1"), ("~=1.2", "<1.2"), (">1,<1.5", ">=1.5")])
def test_plugins_whose_requirements_contradict_each_other(site, one, two):
    site.install("x-lib", version="1.2.5")
    entry_points(site, "x-lib", "", "1.2.5")
    site.install("x-one", requires=["floe-sdk>=0.1", f"x-lib{one}"])
    site.install("x-two", requires=["floe-sdk>=0.1", f"x-lib{two}"])
    _, found = faults(site)
    assert "conflict" in {kind for kind, _, _ in found}
    problem, fix = next((problem, fix) for kind, problem, fix in found if kind == "conflict")
    assert "no version fits both" in problem
    assert "x-one" in fix
    assert "x-two" in fix


def test_left_out_by_the_variable(site):
    site.install("x-mem")
    code, found = faults(site, "x-mem", FLOE_PLUGINS_ALLOW="compute/*")
    assert (code, found[0][0]) == (3, "left-out")
    assert "FLOE_PLUGINS_ALLOW" in found[0][1]
    code, answer = ask(site, FLOE_PLUGINS_ALLOW="compute/*")
    assert (code, [one["note"] for one in answer["faults"] if one["subject"] == "storage/x-mem"]) == (0, [True])


def test_left_out_by_the_manifest(site):
    site.install("x-mem")
    manifest = (
        "apiVersion: floe.dev/v1\nkind: Manifest\nmetadata: {name: lake}\napproved_plugins:\n  storage: [local]\n"
    )
    (site.folder / "manifest.yaml").write_text(manifest)
    code, found = faults(site, "x-mem")
    assert (code, found[0][0]) == (3, "left-out")
    assert "approved_plugins" in found[0][1]
    (site.folder / "manifest.yaml").rename(site.folder / "other.yaml")
    assert faults(site, "x-mem") == (0, [])
    assert faults(site, "x-mem", "--manifest", "other.yaml")[0] == 3


@pytest.mark.parametrize(
    ("code", "kind", "part", "fix"),
    [
        ("1 / 0", "import", "ZeroDivisionError", "floe plugins check storage/x-mem"),
        ("import os; os._exit(7)", "import", "exit code 7", "pip install --force-reinstall x-mem"),
        ("import time; time.sleep(60)", "import", "longer than 2 s", "FLOE_IMPORT_TIMEOUT"),
        ("import nobody_has_this", "import", "nobody_has_this", "if nobody_has_this is not among that"),
        ("Plugin = 3", "contract", "is no class", "floe plugins check"),
        ("class Plugin: ...", "contract", "storage_access", "floe plugins check"),
    ],
)
def test_one_that_does_not_load(site, code, kind, part, fix):
    site.install("x-mem", code)
    returned, found = faults(site, "x-mem", FLOE_IMPORT_TIMEOUT="2")
    assert (returned, found[0][0]) == (4, kind)
    assert part in found[0][1]
    assert fix in found[0][2]


def test_a_name_that_nobody_has_gets_the_nearest_and_the_command(site):
    code, found = faults(site, "storage/locl")
    assert code == 2
    assert found[0][2] == "pip install floe-storage-locl  # or did you mean storage/local?"


def test_a_name_of_another_type(site):
    site.install("x-mem")
    code, found = faults(site, "catalog/x-mem")
    assert (code, found[0][0], found[0][2]) == (2, "type", "write storage/x-mem")


def test_a_package_that_names_no_plugin_any_more(author, site):
    info = site.folder / "floe_storage_shelf-1.0.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: floe-storage-shelf\nVersion: 1.0.0\n")
    (info / "direct_url.json").write_text(json.dumps({"url": author.folder.as_uri(), "dir_info": {"editable": True}}))
    code, found = faults(site, "shelf")
    assert (code, found[0][0]) == (2, "no-plugin")
    assert "entry points are read when it is installed" in found[0][1]
    assert found[0][2] == f"pip install -e {author.folder}"


def test_another_environment_is_active(site, tmp_path):
    code, found = faults(site, "storage/gone", VIRTUAL_ENV=str(tmp_path / "venv"))
    assert (code, found[0][0]) == (2, "environment")
    assert f"floe runs in {sys.prefix}" in found[0][1]


_WITH = """
import sys
from pathlib import Path
sys.path.{change}
sys.argv = ["floe", "plugins", "doctor", "x-mem", "--json"]
from floe_sdk.cli.app import run
sys.exit(run(sys.argv[1:]))
"""


def test_every_kind_of_fault_is_documented():
    root = Path(__file__).parents[3]
    sources = (root / "floe_sdk/authoring/doctoring").glob("*.py")
    kinds = {kind for path in sources for kind in re.findall(r'Fault\(\s*"([\w-]+)"', path.read_text(encoding="utf-8"))}
    page = (root / "docs/plugins/doctor.md").read_text(encoding="utf-8")
    assert kinds | {"left-out", "contract", "import"} == set(re.findall(r"^\| `([\w-]+)`", page, re.MULTILINE))
