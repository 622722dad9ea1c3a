"""`floe plugins new`: what it asks, refuses and writes."""

from __future__ import annotations

import json
import os
import pty
import resource
import subprocess
import sys

import pytest

from floe_sdk.authoring.placeholders import MARK
from floe_sdk.authoring.rendering import licences
from floe_sdk.cli.app import run as run_command

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ALL_OF_IT = {
    "--description": 'Keeps "tables" in Azure-like places',
    "--author": "Ada Lovelace",
    "--email": "ada@example.com",
    "--licence": "mit",
    "--url": "https://example.com/azure-like",
}


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def new(*arguments):
    return run_command(["plugins", "new", *map(str, arguments)])


def tree(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def project(folder):
    return tomllib.loads((folder / "pyproject.toml").read_text())["project"]


def test_it_writes_a_package_and_says_what_comes_next(here, capfd):
    assert new("storage", "azure-like") == 0
    said = capfd.readouterr().out
    package = here / "floe-storage-azure-like"
    assert {f"wrote floe-storage-azure-like/{path}" for path in tree(package)} <= set(said.splitlines())
    commands = ["cd floe-storage-azure-like", 'pip install -e ".[test]"', "pytest", "floe plugins check ."]
    assert [line.strip() for line in said.splitlines()][-4:] == commands
    assert {
        ".github/workflows/ci.yml",
        ".gitignore",
        "LICENSE",
        "README.md",
        "pyproject.toml",
        "src/floe_storage_azure_like/__init__.py",
        "src/floe_storage_azure_like/plugin.py",
        "src/floe_storage_azure_like/py.typed",
        "tests/test_plugin.py",
    } == set(tree(package))
    about = project(package)
    assert about["entry-points"] == {"floe.storage": {"azure-like": "floe_storage_azure_like:AzureLikeStorage"}}
    assert "floe-sdk>=0.1,<0.2" in about["dependencies"]
    assert list(here.iterdir()) == [package]


def test_what_the_author_says_is_in_the_package(here, capfd):
    assert new("lineage", "azure-like", *(part for pair in ALL_OF_IT.items() for part in pair), "--json") == 0
    said = json.loads(capfd.readouterr().out)
    package = here / "floe-lineage-azure-like"
    assert (said["distribution"], said["folder"]) == ("floe-lineage-azure-like", str(package))
    assert set(said["files"]) == set(tree(package))
    about = project(package)
    assert about["description"] == ALL_OF_IT["--description"]
    assert about["authors"] == [{"name": "Ada Lovelace", "email": "ada@example.com"}]
    assert about["license"] == "MIT"
    assert about["urls"] == {"Homepage": "https://example.com/azure-like"}
    assert "Ada Lovelace" in (package / "LICENSE").read_text()
    assert ALL_OF_IT["--description"] in (package / "README.md").read_text()
    assert "pyproject.toml" not in {one["file"] for one in said["placeholders"]}


def test_what_only_the_author_knows_is_marked(here, capfd):
    assert new("policy", "house", "--json") == 0
    said = json.loads(capfd.readouterr().out)
    marked = {path: text.decode().count(MARK) for path, text in tree(here / "floe-policy-house").items()}
    assert {path: count for path, count in marked.items() if count} == {
        "pyproject.toml": 2,
        "README.md": 1,
        "src/floe_policy_house/plugin.py": 1,
    }
    assert sorted(one["file"] for one in said["placeholders"]) == sorted(
        path for path, count in marked.items() for _ in range(count)
    )
    assert "authors" not in project(here / "floe-policy-house")


def test_gits_name_is_the_authors(here, tmp_path, monkeypatch):
    (tmp_path / "gitconfig").write_text("[user]\n\tname = Grace Hopper\n\temail = grace@example.com\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    assert new("policy", "house") == 0
    assert project(here / "floe-policy-house")["authors"] == [{"name": "Grace Hopper", "email": "grace@example.com"}]


@pytest.mark.parametrize("licence", licences())
def test_each_licence_has_its_text(here, licence):
    assert new("secrets", "vault", "--licence", licence, "--author", "Ada") == 0
    package = here / "floe-secrets-vault"
    assert project(package)["license"] == licence
    text = (package / "LICENSE").read_text()
    assert "{{" not in text
    assert licence == "Apache-2.0" or "Ada" in text


def test_it_goes_where_it_is_told(here):
    (here / "empty").mkdir()
    for folder in ("a/b", "empty"):
        assert new("secrets", "vault", "--dir", folder) == 0
        assert (here / folder / "pyproject.toml").exists()


@pytest.mark.parametrize(
    ("name", "guess"),
    [
        ("Azure", "azure"),
        ("AzureLike", "azure-like"),
        ("azure_like", "azure-like"),
        ("azure--like", "azure-like"),
        ("-x", "such as"),
        ("2fast", "fast"),
        ("x", "such as"),
        ("a" * 31, "a" * 30),
        ("../up", "up"),
        ("null", "such as"),
        ("größe", "gr-e"),
    ],
)
def test_a_name_that_can_not_be_is_refused(here, capfd, name, guess):
    assert new("storage", "--", name) == 2
    said = capfd.readouterr().err
    assert "FLOE-P020" in said
    assert repr(name) in said
    assert guess in said
    assert list(here.iterdir()) == []


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--email", "ada"),
        ("--licence", "WTFPL"),
        ("--url", "ftp://example.com"),
        ("--description", "two\nlines"),
        ("--description", "x" * 513),
        ("--author", "A\x07"),
    ],
)
def test_an_option_that_can_not_be_is_refused(here, capfd, option, value):
    assert new("storage", "azure", option, value, "--json") == 2
    (error,) = json.loads(capfd.readouterr().out)["errors"]
    assert error["code"] == "FLOE-P022"
    assert option in error["problem"]
    assert error["fix"]
    assert list(here.iterdir()) == []


def test_a_folder_that_holds_something_is_left_alone(here, capfd):
    package = here / "floe-storage-azure"
    package.mkdir()
    (package / "mine.txt").write_text("mine")
    assert new("storage", "azure") == 2
    said = capfd.readouterr().err
    assert "FLOE-P021" in said
    assert "mine.txt" in said
    assert tree(here) == {"floe-storage-azure/mine.txt": b"mine"}
    (here / "file").touch()
    for folder in ("file", "."):
        assert new("storage", "azure", "--dir", folder) == 2
    assert sorted(tree(here)) == ["file", "floe-storage-azure/mine.txt"]


def test_the_folder_that_one_is_in_is_not_taken_away(here, capfd):
    assert new("storage", "azure", "--dir", here) == 2
    assert "the one that you are in" in capfd.readouterr().err


def test_a_name_that_another_package_has_is_a_warning(here, capfd):
    warnings = {"s3": "floe-storage-s3 0.1.0 is installed", "local": "storage/local is provided by floe-sdk"}
    for name, warning in warnings.items():
        assert new("storage", name) == 0
        assert warning in capfd.readouterr().err


def test_all_is_written_or_nothing(here):
    """The licence is longer than what this process may write."""
    done = subprocess.run(
        [sys.executable, "-m", "floe_sdk", "plugins", "new", "storage", "azure"],
        cwd=here,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert "nothing was written" in done.stderr
    assert "--dir" in done.stderr
    assert list(here.iterdir()) == []


def test_without_a_terminal_it_never_asks(here, capfd):
    for arguments in ([], ["storage"]):
        assert new(*arguments) == 2
    said = capfd.readouterr().err
    assert "TYPE" in said
    assert "NAME" in said
    assert list(here.iterdir()) == []


def test_in_a_terminal_it_asks_for_what_is_missing(here):
    answers = ["storage", "azure", "Tables in Azure", "Ada", "ada@example.com", "MIT"]
    code, said = at_a_terminal(answers, here)
    assert code == 0, said
    about = project(here / "floe-storage-azure")
    assert about["description"] == "Tables in Azure"
    assert about["authors"] == [{"name": "Ada", "email": "ada@example.com"}]
    assert about["license"] == "MIT"


def test_in_a_terminal_it_asks_nothing_when_it_can_not_be(here):
    (here / "floe-storage-azure").mkdir()
    (here / "floe-storage-azure" / "mine").touch()
    code, said = at_a_terminal([], here, "storage", "azure")
    assert code == 2
    assert "FLOE-P021" in said
    assert "in one line" not in said


def at_a_terminal(answers, folder, *arguments):
    """Each answer waits for its question."""
    terminal, end = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "floe_sdk", "plugins", "new", *arguments],
        cwd=folder,
        stdin=end,
        stdout=end,
        stderr=end,
        close_fds=True,
    )
    os.close(end)
    said, waiting = "", list(answers)
    try:
        while True:
            try:
                part = os.read(terminal, 65536).decode()
            except OSError:  # the other end is closed
                break
            if not part:
                break
            said += part
            if waiting and said.endswith(": "):
                os.write(terminal, f"{waiting.pop(0)}\n".encode())
        return process.wait(timeout=30), said
    finally:
        process.kill()
        process.wait()
        os.close(terminal)
