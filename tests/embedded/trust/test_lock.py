"""`plugins.lock.json` and `--locked`, with a distribution that is really built and installed."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from support.built import build, install, project
from support.commands import floe
from support.products import make_product, manifest_text, write_files

RULES = '''
    """The house's rules."""
    from floe_house.names import RULE
    from floe_sdk import PluginConfig, Secret, hookimpl

    class Config(PluginConfig):
        token: Secret | None = None

    class House:
        def __init__(self, config: Config) -> None: ...

        @hookimpl
        def policy_rules(self):
            return [RULE]

        @hookimpl
        def policy_check(self, graph, governance):
            return []

    class Vault:
        @hookimpl
        def secrets_resolve(self, key):
            return "planted-vault"
'''
MODULES = {"floe_house/__init__.py": "", "floe_house/names.py": 'RULE = "house"\n', "floe_house/rules.py": RULES}
PLUGINS = {"policy/house": "floe_house.rules:House", "secrets/vault": "floe_house.rules:Vault"}
SPEC = """
    apiVersion: floe.dev/v1
    kind: FloeSpec
    metadata: {name: shop, version: 1.0.0, owner: shop@example.com}
    platform: {manifest: ../manifest.yaml}
    transforms:
      - name: orders
"""
SELECTED = "  policy:\n    - {type: house, config: {token: {vault: KEY}}}\n"


class Shop:
    """A product without a dbt project, which compiles in a moment, and the folder where its plugin is installed."""

    def __init__(self, root, house):
        self.site = shutil.copytree(house, root / "site")
        self.platform = write_files(root / "lake", {"manifest.yaml": "", "shop/floe.yaml": SPEC})
        self.root = self.platform / "shop"
        self.select(SELECTED)

    def select(self, plugins):
        text = manifest_text().replace("observability:", f"{plugins}observability:")
        (self.platform / "manifest.yaml").write_text(text)

    @property
    def lock(self):
        return self.root / "target" / "plugins.lock.json"

    def entry(self, identity):
        return next(one for one in json.loads(self.lock.read_text())["plugins"] if one["plugin"] == identity)

    def floe(self, *arguments, code=0, **environment):
        done = floe(*arguments, cwd=self.root, **{"PYTHONPATH": str(self.site), **environment})
        assert done.code == code, done.output + done.error
        return done

    def refused(self, error, *arguments, code=2, **environment):
        """What a refused command says."""
        done = self.floe(*arguments, code=code, **environment)
        assert f"error[{error}]" in done.error, done.error
        return " ".join(done.error.split())


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return project(tmp_path_factory.mktemp("source"), "floe-house", MODULES, PLUGINS, "1.0")


@pytest.fixture(scope="module")
def house(source, tmp_path_factory):
    return install(build(source), tmp_path_factory.mktemp("house") / "site")


@pytest.fixture
def shop(tmp_path, house):
    made = Shop(tmp_path, house)
    made.floe("compile")
    return made


def test_a_compile_records_what_is_selected_and_secrets_plugins_that_a_reference_needs(shop):
    entry = shop.entry("policy/house")
    assert entry["distribution"] == "floe-house"
    assert entry["version"] == "1.0"
    assert entry["entry_point"] == "floe_house.rules:House"
    assert len(entry["files_sha256"]) == 64
    assert shop.entry("secrets/vault")["files_sha256"] == entry["files_sha256"]
    assert str(shop.platform) not in shop.lock.read_text()


def test_the_plugins_of_the_lock_compile_and_editable_ones_only_warn(shop):
    done = shop.floe("compile", "--locked")
    assert "floe-compute-duckdb is an editable install" in done.error
    assert "floe-house" not in done.error


def test_a_wheel_an_sdist_and_bytecode_give_one_lock(source, shop, tmp_path):
    expected = shop.lock.read_bytes()  # its first compile has written bytecode into the folder
    assert list(shop.site.rglob("*.pyc"))
    shutil.rmtree(shop.site)
    install(build(source, "sdist"), shop.site)
    shop.floe("compile")
    assert shop.lock.read_bytes() == expected


def test_the_artifact_does_not_depend_on_the_files_of_plugins(shop):
    artifact = shop.root / "target" / "compiled_artifacts.json"
    before, lock = artifact.read_bytes(), shop.lock.read_bytes()
    (shop.site / "floe_house" / "names.py").write_text('RULE = "house"  # changed\n')
    said = shop.floe("compile").error
    assert "policy/house has other files of floe-house 1.0 now" in said
    assert "compute/duckdb" not in said
    assert artifact.read_bytes() == before
    assert shop.lock.read_bytes() != lock


def test_the_lock_is_where_the_artifact_is(shop, tmp_path):
    shop.lock.unlink()
    state = tmp_path / "state"
    shop.floe("compile", FLOE_STATE_DIR=str(state))
    assert [path.parent for path in state.rglob("plugins.lock.json")] == [
        path.parent for path in state.rglob("compiled_artifacts.json")
    ]
    assert not shop.lock.exists()
    shop.floe("compile", "--locked", FLOE_STATE_DIR=str(state))


def touch_and_tell(shop):
    """Change the plugin so that importing it would be seen."""
    told = shop.site.parent / "imported"
    path = shop.site / "floe_house" / "names.py"
    path.write_text(f"open({str(told)!r}, 'w').close()\nRULE = 'house'\n")
    return told


@pytest.mark.parametrize(
    "command",
    [["run", "--locked"], ["run", "--locked", "--artifact", "target/compiled_artifacts.json"], ["compile", "--locked"]],
)
def test_a_changed_file_is_refused_before_anything_is_imported(shop, command):
    told = touch_and_tell(shop)
    said = shop.refused("FLOE-P042", *command)
    assert "policy/house is not the plugin of the lock" in said
    assert "changed since it was installed: floe_house/names.py" in said
    assert "pip install --force-reinstall 'floe-house==1.0'" in said
    assert "secrets/vault" in said  # both of the distribution, in one pass
    assert not told.exists()


def test_the_variable_says_the_same(shop):
    touch_and_tell(shop)
    shop.refused("FLOE-P042", "run", "--artifact", "target/compiled_artifacts.json", FLOE_LOCKED="1")


def test_package_refuses_it_too(shop):
    told = touch_and_tell(shop)
    shop.refused("FLOE-P042", "package", "--locked")
    assert not told.exists()


def test_a_file_that_would_be_imported_instead_is_a_change(shop):
    """A package beside the module of the same name wins over it, and no RECORD lists it."""
    (shop.site / "floe_house" / "names").mkdir()
    (shop.site / "floe_house" / "names" / "__init__.py").write_text("RULE = 'other'\n")
    assert "floe_house/names/__init__.py" in shop.refused("FLOE-P042", "compile", "--locked")


def test_a_package_that_comes_earlier_on_the_path_is_a_change(shop, tmp_path):
    first = shutil.copytree(shop.site / "floe_house", tmp_path / "first" / "floe_house").parent
    (first / "floe_house" / "names.py").write_text("RULE = 'other'\n")
    path = os.pathsep.join([str(first), str(shop.site)])
    assert "policy/house" in shop.refused("FLOE-P042", "compile", "--locked", PYTHONPATH=path)


def test_a_missing_file_is_a_change(shop):
    (shop.site / "floe_house" / "names.py").unlink()
    shop.refused("FLOE-P042", "compile", "--locked")


def test_a_newer_version_is_refused_with_both_and_the_command(shop, source, tmp_path):
    newer = project(tmp_path / "newer", "floe-house", MODULES, PLUGINS, "1.1")
    shutil.rmtree(shop.site)
    install(build(newer), shop.site)
    said = shop.refused("FLOE-P042", "run", "--locked")
    assert "floe-house is 1.1 here, 1.0 in the lock" in said
    assert "'floe-house==1.0'" in said
    accepted = shop.floe("compile").error
    assert "plugins.lock.json: policy/house is floe-house 1.1 now, and was floe-house 1.0" in accepted
    assert shop.entry("policy/house")["version"] == "1.1"
    shop.floe("compile", "--locked")


def test_another_build_of_the_same_version_is_refused(shop, tmp_path):
    other = project(tmp_path / "other", "floe-house", {**MODULES, "floe_house/names.py": "RULE = 'b'"}, PLUGINS, "1.0")
    shutil.rmtree(shop.site)
    install(build(other), shop.site)
    assert "another build of the same version" in shop.refused("FLOE-P042", "compile", "--locked")


def test_a_missing_plugin_is_refused_with_the_command(shop):
    shutil.rmtree(shop.site)
    said = shop.refused("FLOE-P042", "run", "--artifact", "target/compiled_artifacts.json", "--locked")
    assert "policy/house is not the plugin of the lock: floe-house 1.0 is not installed" in said
    assert "'floe-house==1.0'" in said


def test_a_plugin_that_was_selected_later_is_not_imported(shop):
    shop.select("")
    shop.floe("compile")
    told = touch_and_tell(shop)
    shop.select(SELECTED)
    said = shop.refused("FLOE-P043", "run", "--locked")
    assert "policy/house of floe-house 1.0 is not in" in said
    assert "manifest.yaml:" in said
    assert not told.exists()


def test_a_secrets_plugin_that_a_reference_needs_later_is_not_imported(shop):
    shop.select("  policy:\n    - {type: house}\n")
    shop.floe("compile")
    shop.select(SELECTED)
    assert "secrets/vault" in shop.refused("FLOE-P043", "compile", "--locked")


def test_a_run_writes_no_lock(shop):
    """Otherwise the next run with `--locked` would trust what any run in between has met."""
    shop.lock.unlink()
    done = floe("run", cwd=shop.root, PYTHONPATH=str(shop.site))
    assert (shop.root / "target" / "compiled_artifacts.json").exists(), done.error
    assert not shop.lock.exists()


def test_without_a_lock_it_is_said_how_to_make_one(shop):
    shop.lock.unlink()
    said = shop.refused("FLOE-P040", "run", "--locked")
    assert "plugins.lock.json" in said
    assert "floe compile" in said


@pytest.mark.parametrize(
    "text", ["{", '{"lock_version": 9, "plugins": []}', '{"lock_version": 1, "plugins": [{}]}', "[]"]
)
def test_a_broken_lock_is_refused(shop, text):
    shop.lock.write_text(text)
    shop.refused("FLOE-P041", "compile", "--locked")
    shop.floe("compile")  # writes it anew
    shop.floe("compile", "--locked")


def test_an_editable_install_warns_and_compiles(shop, source):
    shutil.rmtree(shop.site)
    install(source, shop.site, "--editable")
    pth = next(shop.site.glob("*.pth")).read_text().strip()  # PYTHONPATH reads none
    path = os.pathsep.join([str(shop.site), pth])
    done = shop.floe("compile", "--locked", PYTHONPATH=path)
    assert "floe-house is an editable install" in done.error
    assert "policy/house, secrets/vault" in done.error
    shop.floe("compile", PYTHONPATH=path)
    assert shop.entry("policy/house")["files_sha256"] is None


def test_a_run_with_the_plugins_of_the_lock_runs(tmp_path, house):
    manifest = manifest_text().replace("observability:", "  policy:\n    - {type: house}\nobservability:")
    root = make_product(tmp_path / "lake", manifest=manifest)
    environment = {"PYTHONPATH": str(house)}
    assert floe("compile", cwd=root, **environment).code == 0
    done = floe("run", "--locked", cwd=root, **environment)
    assert done.code == 0, done.error
    artifact = Path("target/compiled_artifacts.json")
    assert floe("run", "--locked", "--artifact", str(artifact), cwd=root, **environment).code == 0


def test_who_does_not_ask_for_it_pays_nothing(tmp_path):
    """Not even the import of what compares; the host knows the allow-lists only."""
    make_product(tmp_path / "lake")
    code = "import sys; from floe_sdk.cli.app import run; run(['run', '--select', 'regions']); print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path / "lake" / "shop", capture_output=True, text=True, check=True
    )
    assert "floe_sdk.runtime.execute" in done.stdout.split()
    mine = {name for name in done.stdout.split() if name.startswith("floe_sdk.trust.")}
    assert mine == {"floe_sdk.trust.allowing"}
