"""`floe package` as a user meets it, with hashes from a lock: nothing here needs a network."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from support.built import install
from support.commands import floe
from support.folders import contents
from support.products import manifest_text
from support.tables import rows

from floe_sdk.packaging.lock import parse_lock

BIN = Path(sys.executable).parent
UNPRIVILEGED = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if os.geteuid() == 0 else []


def test_the_lock_of_plugins_is_that_of_the_wheels(shop, unpack, tmp_path):
    """What is editable here is a wheel there: with `--locked`, an environment made of the package is accepted."""
    shop.package()
    folder = unpack(shop.root / "target" / "shop-1.0.0-dev.tar")
    site = tmp_path / "site"
    for wheel in (folder / "wheels").iterdir():
        install(wheel, site)
    artifact = "app/shop/target/compiled_artifacts.json"
    environment = {"PYTHONPATH": str(site), "FLOE_STATE_DIR": str(tmp_path / "state")}
    done = floe("run", "--artifact", artifact, "--locked", "--select", "regions", cwd=folder, **environment)
    assert done.code == 0, done.error
    assert "editable" not in done.error
    with (site / "floe_compute_duckdb" / "sql.py").open("a") as file:
        file.write("# changed\n")
    done = floe("run", "--artifact", artifact, "--locked", cwd=folder, **environment)
    assert done.code == 2
    assert "compute/duckdb is not the plugin of the lock" in done.error
    assert "floe_compute_duckdb/sql.py" in done.error


def test_what_is_in_a_package(shop, unpack):
    (shop.root / "notes.txt").write_text("no file of dbt's")
    shop.package()
    assert "not in the package, read by sources: raw/orders.csv" in shop.err
    folder = unpack(shop.root / "target" / "shop-1.0.0-dev.tar")
    assert [name for name in contents(folder) if (folder / name).is_file()] == [
        "Dockerfile",
        "app/shop/dbt_project.yml",
        "app/shop/models/orders.sql",
        "app/shop/models/schema.yml",
        "app/shop/models/stg_orders.sql",
        "app/shop/models/totals.sql",
        "app/shop/seeds/regions.csv",
        "app/shop/target/compiled_artifacts.json",
        "app/shop/target/plugins.lock.json",
        "entrypoint.sh",
        "requirements.lock",
        "wheels/floe_compute_duckdb-0.1.0-py3-none-any.whl",
        "wheels/floe_sdk-0.1.0-py3-none-any.whl",
        "wheels/floe_transform_dbt-0.1.0-py3-none-any.whl",
    ]
    lock = (folder / "requirements.lock").read_text()
    names = {name for name, _ in parse_lock(lock)}
    assert {"dbt-core", "dbt-duckdb", "duckdb", "pyiceberg", "pyarrow", "sqlalchemy", "click"} <= names
    assert not names & {"dagster", "pytest", "hatchling", "duckdb-extension-httpfs", "floe-storage-s3", "botocore"}
    for text in (lock, (folder / "Dockerfile").read_text(), (folder / "entrypoint.sh").read_text()):
        assert "://" not in text
    for path in folder.rglob("*"):
        if path.is_file():
            assert str(shop.platform).encode() not in path.read_bytes(), path
            assert str(Path(__file__).parents[3]).encode() not in path.read_bytes(), path


def test_equal_inputs_give_equal_bytes_wherever_the_project_lies(shop, tmp_path, monkeypatch):
    first = json.loads(shop.package("--json", "--include", shop.root / "raw"))
    assert json.loads(shop.package("--json", "--include", shop.root / "raw")) == first
    assert subprocess.check_output(["sha256sum", first["package"]], text=True).split()[0] == first["sha256"]
    other = shutil.copytree(shop.platform, tmp_path / "deep" / "another name")
    for path in other.rglob("*"):
        os.utime(path, (1_000_000_000, 1_000_000_000))
        path.chmod(0o700)
    monkeypatch.setenv("FLOE_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    monkeypatch.chdir(other / "shop")
    shop.floe("compile")
    lock = Path(__file__).parents[3] / "requirements.lock"
    again = json.loads(shop.floe("package", "--json", "--include", "raw", "--lock", lock))
    assert again["sha256"] == first["sha256"]
    assert again["package"] == str(tmp_path / "state" / "shop" / "target" / "shop-1.0.0-dev.tar")


def test_an_unpacked_package_runs_from_a_read_only_folder(shop, unpack, tmp_path):
    shop.package("--include", shop.root / "raw", "--output", tmp_path / "shop.tar.gz")
    assert "read by sources" not in shop.err
    folder = unpack(tmp_path / "shop.tar.gz")
    shop.floe("run", shop.root)
    shutil.rmtree(shop.platform / "shop")
    for path in (folder, *folder.rglob("*")):
        path.chmod(path.stat().st_mode & ~0o222)
    before = contents(folder)
    state = tmp_path / "state"
    state.mkdir()
    done = subprocess.run(
        [*UNPRIVILEGED, folder / "entrypoint.sh"],
        cwd="/",
        env={"PATH": f"{BIN}{os.pathsep}/usr/bin:/bin", "FLOE_STATE_DIR": str(state)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for table in ("orders", "totals", "regions"):
        assert rows(state / "platform" / "dev", "shop", table) == rows(shop.platform / ".floe" / "dev", "shop", table)
    assert contents(folder) == before
    for path in folder.rglob("*"):
        path.chmod(path.stat().st_mode | 0o200)


def test_the_entry_point_passes_options_on_and_runs_other_commands(shop, unpack, tmp_path):
    shop.package("--output", tmp_path / "shop.tar")
    folder = unpack(tmp_path / "shop.tar", "un packed")
    fake = tmp_path / "bin" / "floe"
    fake.parent.mkdir()
    fake.write_text('#!/bin/sh\nprintf "%s|" "$@"\n')
    fake.chmod(0o755)

    def entry_point(*arguments, **environment):
        path = f"{fake.parent}:/usr/bin:/bin"
        return subprocess.check_output(
            [folder / "entrypoint.sh", *arguments], env={"PATH": path, **environment}, text=True
        )

    artifact = folder / "app/shop/target/compiled_artifacts.json"
    assert entry_point() == f"run|--artifact|{artifact}|"
    assert entry_point("--select", "a b") == f"run|--artifact|{artifact}|--select|a b|"
    assert entry_point(FLOE_ARTIFACT="/mnt/other.json") == "run|--artifact|/mnt/other.json|"
    assert entry_point("sh", "-c", 'echo "$FLOE_ARTIFACT $1"', "x", "--y") == f"{artifact} --y\n"


@pytest.mark.parametrize(
    ("path", "text", "code", "said"),
    [
        ("shop/models/totals.sql", "select 1 a", "FLOE-C006", "is not the one that the artifact was compiled from"),
        ("shop/seeds/regions.csv", "region,name\n1,west\n", "FLOE-C006", "run: floe compile|compile again"),
        ("shop/floe.yaml", ("1.0.0", "1.1.0"), "FLOE-B001", r"metadata\.product_version"),
        ("manifest.yaml", ("exporter: file", "exporter: console"), "FLOE-B001", "observability"),
        ("shop/target/compiled_artifacts.json", ('"shop"', '"shopped"'), "FLOE-C004", "edited"),
    ],
)
def test_what_was_changed_since_it_was_compiled_is_refused(shop, path, text, code, said):
    file = shop.platform / path
    file.write_text(text if isinstance(text, str) else file.read_text().replace(*text))
    assert re.search(said, shop.refused(code))
    assert not list(shop.root.rglob("*.tar"))


def test_without_an_artifact_or_with_that_of_another_environment_it_says_what_to_run(shop, monkeypatch):
    assert "the artifact was compiled for dev, and not for ci fix: run: floe compile --env ci" in _with_ci(shop)
    monkeypatch.setenv("FLOE_ENV", "ci")
    assert "not for ci" in shop.refused("FLOE-B001")
    monkeypatch.delenv("FLOE_ENV")
    shop.artifact.unlink()
    assert "run: floe compile" in shop.refused("FLOE-C002")


def _with_ci(shop):
    text = manifest_text(extra="environments: {ci: {}}")
    (shop.platform / "manifest.yaml").write_text(text)
    return shop.refused("FLOE-B001", "--env", "ci")


def test_the_artifacts_variables_findings_and_sql_are_taken_as_they_were_compiled(shop, tmp_path):
    strict = "governance: {policy_enforcement_level: strict, quality_gates: {require_descriptions: true}}"
    (shop.platform / "manifest.yaml").write_text(manifest_text(extra=strict))
    baseline = tmp_path / "baseline.json"
    shop.floe("compile", shop.root, "--vars", "{a: 1}", "--sql", "--write-baseline", baseline)
    shop.package()
    shop.floe("compile", shop.root, code=3)


def test_literal_secrets_are_not_in_the_package_and_it_warns(shop, unpack):
    (shop.platform / "manifest.yaml").write_text(manifest_text().replace("{type: sql}", POLARIS))
    shop.floe("compile", shop.root, "--allow-literal-secrets")
    shop.package()
    assert "warning: secrets stand in the manifest itself" in shop.err
    for path in unpack(shop.root / "target" / "shop-1.0.0-dev.tar").rglob("*"):
        assert not path.is_file() or b"planted-literal" not in path.read_bytes(), path


POLARIS = (
    "{type: polaris, config: {uri: http://127.0.0.1:9, warehouse: w, "
    "oauth2: {client_id: me, client_secret: planted-literal-7d1f0a}}}"
)
SECRET = """
environments:
  dev:
    plugins:
      catalog: {{type: sql, config: {{uri: {password}}}}}
"""


def test_a_secret_that_stands_in_a_file_of_the_package_is_refused_unshown(shop, monkeypatch):
    monkeypatch.setenv("SHOP_URI", "planted-uri-3b9f21c7")
    (shop.platform / "manifest.yaml").write_text(manifest_text() + SECRET.format(password="{env: SHOP_URI}"))
    (shop.root / "models" / "totals.sql").write_text("select 1 a -- planted-uri-3b9f21c7")
    (shop.root / "raw" / "more.csv").write_text("a\nplanted-uri-3b9f21c7\n")
    shop.floe("compile", shop.root)
    said = shop.refused("FLOE-B011", "--include", shop.root / "raw")
    assert "app/shop/models/totals.sql: error[FLOE-B011]: the value of the secret {env: SHOP_URI} stands in it" in said
    assert "app/shop/raw/more.csv" in said
    assert "planted" not in said
    monkeypatch.delenv("SHOP_URI")
    shop.package()


def test_only_what_is_below_the_product_is_included(shop, tmp_path):
    (tmp_path / "outside.csv").write_text("a\n")
    (shop.root / "raw" / "link.csv").symlink_to(tmp_path / "outside.csv")
    assert "it is not below the product's folder" in shop.refused("FLOE-B003", "--include", tmp_path / "outside.csv")
    assert "it is not below" in shop.refused("FLOE-B003", "--include", shop.root / "raw" / "link.csv")
    assert "there is no such file" in shop.refused("FLOE-B003", "--include", shop.root / "gone")
    assert json.loads(shop.package("--json", "--include", shop.root))["left_out"] == []


def test_a_project_and_packages_outside_of_the_products_folder_keep_their_places(shop, unpack, tmp_path):
    dbt = shop.platform / "shared" / "dbt"
    dbt.mkdir(parents=True)
    for name in ("dbt_project.yml", "models", "seeds", "raw"):
        shutil.move(shop.root / name, dbt / name)
    package = dbt / "dbt_packages" / "helpers"
    (package / "macros").mkdir(parents=True)
    (package / "dbt_project.yml").write_text("{name: helpers, version: '1.0'}")
    (package / "macros" / "h.sql").write_text("{% macro h() %}1{% endmacro %}")
    manifest = manifest_text().replace("{type: dbt}", "{type: dbt, config: {project_dir: ../shared/dbt}}")
    (shop.platform / "manifest.yaml").write_text(manifest)
    shop.floe("compile", shop.root)
    shop.package("--output", tmp_path / "x.tar")
    folder = unpack(tmp_path / "x.tar")
    assert (folder / "app/shared/dbt/dbt_packages/helpers/macros/h.sql").is_file()
    state = tmp_path / "state"
    shutil.copytree(dbt / "raw", folder / "app/shared/dbt/raw")
    path = f"{BIN}{os.pathsep}/usr/bin:/bin"
    done = subprocess.run(
        [folder / "entrypoint.sh"],
        env={"PATH": path, "FLOE_STATE_DIR": str(state)},
        cwd=folder / "app/shared/dbt",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_pinned_manifest_is_any_other_one_where_it_runs(shop, unpack, tmp_path, monkeypatch):
    elsewhere = tmp_path / "platform-team" / "manifest.yaml"
    elsewhere.parent.mkdir()
    shutil.move(shop.platform / "manifest.yaml", elsewhere)
    spec = shop.root / "floe.yaml"
    spec.write_text("".join(line for line in spec.read_text().splitlines(keepends=True) if "platform:" not in line))
    monkeypatch.setenv("FLOE_MANIFEST", str(elsewhere))
    shop.floe("compile", shop.root)
    shop.package("--include", shop.root / "raw", "--output", tmp_path / "x.tar")
    folder = unpack(tmp_path / "x.tar")
    assert (folder / "app" / "shop" / "target").is_dir()
    environment = {"PATH": f"{BIN}:/usr/bin:/bin", "FLOE_STATE_DIR": str(tmp_path / "state")}
    done = subprocess.run(
        [folder / "entrypoint.sh"], cwd="/", env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("beside", [False, True], ids=["manifest above", "manifest beside floe.yaml"])
def test_dagsters_files_and_commands_are_in_it_without_this_machines_places(
    shop, unpack, tmp_path, monkeypatch, beside
):
    manifest = shop.platform / "manifest.yaml"
    manifest.write_text(manifest_text().replace("orchestrator: {type: local}", "orchestrator: {type: dagster}"))
    if beside:
        shutil.move(manifest, shop.root / "manifest.yaml")
        spec = shop.root / "floe.yaml"
        spec.write_text(spec.read_text().replace("../manifest.yaml", "manifest.yaml"))
    else:
        monkeypatch.setenv("FLOE_STATE_DIR", str(tmp_path / "state"))
    shop.floe("compile", shop.root)
    shop.package("--output", tmp_path / "x.tar")
    folder = unpack(tmp_path / "x.tar")
    target = folder / "app" / "shop" / "target" / "dagster"
    assert sorted(path.name for path in target.iterdir()) == ["definitions.py", "workspace.yaml"]
    assert "relative_path: definitions.py" in (target / "workspace.yaml").read_text()
    assert str(tmp_path) not in (target / "definitions.py").read_text()
    script = (folder / "entrypoint.sh").read_text()
    assert "exec dagster code-server start -m floe_orchestrator_dagster --location-name shop" in script
    assert "\ngrpc)\n" in script
    assert "dagster==" in (folder / "requirements.lock").read_text()


def test_more_distributions_come_by_name_and_what_no_index_has_as_a_wheel(shop, unpack):
    shop.package("--with", "pytest", "--bundle", "Pluggy")
    folder = unpack(shop.root / "target" / "shop-1.0.0-dev.tar")
    names = {name for name, _ in parse_lock((folder / "requirements.lock").read_text())}
    assert {"pytest", "iniconfig"} <= names
    assert "pluggy" not in names
    (wheel,) = (folder / "wheels").glob("pluggy*")
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    assert f"./wheels/{wheel.name} \\\n    --hash=sha256:{digest}\n" in (folder / "requirements.lock").read_text()
    assert "nothing in the package needs it" in shop.refused("FLOE-B004", "--bundle", "hatchling")
    assert "no-such-thing is not installed" in shop.refused("FLOE-B004", "--with", "no-such-thing")
    shop.package("--with", "pytest==1", code=2)
    assert "name it alone" in shop.err


def test_a_lock_that_lacks_something_is_told_with_all_that_it_lacks(shop, tmp_path):
    lock = tmp_path / "some.lock"
    text = Path(__file__).parents[3].joinpath("requirements.lock").read_text()
    lock.write_text(re.sub(r"^(pluggy|click)==\S+", r"\1==0.0.1", text, flags=re.MULTILINE))
    shop.package(code=2, lock=lock)
    assert re.search(r"it has no hashes of click \S+, which is installed; it has 0\.0\.1", shop.err)
    assert re.search(r"pluggy \S+, which is installed; it has 0\.0\.1", shop.err)
    assert shop.err.count("FLOE-B007") == 2
    assert "can't be read" in shop.refused("FLOE-B007", lock=tmp_path / "gone")


def test_an_error_is_json_where_that_is_asked(shop):
    shop.artifact.unlink()
    answer = json.loads(shop.package("--json", code=2))
    assert answer["errors"][0]["code"] == "FLOE-C002"
