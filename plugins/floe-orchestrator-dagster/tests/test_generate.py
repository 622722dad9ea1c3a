"""What `floe compile` writes for Dagster, and that a real Dagster loads it from anywhere."""

import shutil
import subprocess
import sys

import yaml
from support.dagster_cli import validate

LOCATION = "Validation successful for code location {}."


def locations(folder):
    entries = yaml.safe_load((folder / "workspace.yaml").read_text())["load_from"]
    return [(each["python_file"]["location_name"], each["python_file"]["relative_path"]) for each in entries]


def test_a_compile_writes_three_lines_and_a_workspace(lake):
    lake.compile()
    definitions = (lake.generated / "definitions.py").read_text().splitlines()
    assert len([line for line in definitions if not line.startswith('"""')]) == 3
    assert str(lake.root) not in "".join(definitions)
    assert locations(lake.generated) == [("shop", "definitions.py")]
    assert locations(lake.shared) == [("shop", "../../shop/target/dagster/definitions.py")]


def test_a_compile_imports_nothing_of_dagster(lake):
    _, err = lake.floe("compile", command=(sys.executable, "-X", "importtime", "-m", "floe_sdk"))
    assert "| floe_orchestrator_dagster" in " ".join(err.split())
    assert "| dagster" not in " ".join(err.split())
    assert (lake.generated / "definitions.py").is_file()


def test_the_files_hold_from_anywhere_and_after_a_move(lake, tmp_path, home, engine):
    lake.compile()
    lake.another("books").compile()
    moved = tmp_path / "moved"
    shutil.move(lake.root, moved)
    subprocess.run(["chmod", "-R", "a-w", moved], check=True)
    code, text = validate(
        "-w", str(moved / "target" / "dagster" / "workspace.yaml"), home=home, PYTHONPATH=str(engine.folder)
    )
    assert (code, LOCATION.format("books") in text, LOCATION.format("shop") in text) == (0, True, True), text
    code, text = validate(
        "-w", str(moved / "shop" / "target" / "dagster" / "workspace.yaml"), home=home, PYTHONPATH=str(engine.folder)
    )
    assert (code, LOCATION.format("shop") in text) == (0, True), text
    code, text = validate(
        "-f", "definitions.py", home=home, PYTHONPATH=str(engine.folder), cwd=moved / "shop" / "target" / "dagster"
    )
    assert code == 0, text
