"""Where files are in a repository, as git itself left it on disk."""

from __future__ import annotations

import os
import subprocess

import pytest

from floe_sdk.runtime.lineage.source_code import SourceCode, web_address


def git(folder, *arguments):
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    who = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "init.defaultBranch=main"]
    done = subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True, env=environment)
    return done.stdout.decode().strip()


@pytest.fixture
def repository(tmp_path):
    root = tmp_path / "repository"
    (root / "shop" / "models").mkdir(parents=True)
    (root / "shop" / "models" / "new orders.sql").write_text("select 1")
    git(root, "init")
    git(root, "remote", "add", "origin", "git@git.example.com:acme/data.git")
    git(root, "add", ".")
    git(root, "commit", "-m", "first")
    return root


def test_a_file_is_named_by_its_page_at_the_commit(repository):
    code = SourceCode.of(repository / "shop")
    commit = git(repository, "rev-parse", "HEAD")
    assert (code.address, code.commit, code.branch) == ("https://git.example.com/acme/data", commit, "main")
    path = code.path_of(repository / "shop" / "models" / "new orders.sql")
    assert path == "shop/models/new orders.sql"
    assert code.url_of(path) == f"https://git.example.com/acme/data/blob/{commit}/shop/models/new%20orders.sql"
    assert code.path_of(repository.parent / "elsewhere.sql") is None
    assert code.path_of(repository / "shop" / "no such.sql") is None


def test_packed_detached_and_in_a_worktree(repository, tmp_path):
    commit = git(repository, "rev-parse", "HEAD")
    git(repository, "pack-refs", "--all")
    assert SourceCode.of(repository).commit == commit
    git(repository, "worktree", "add", "-b", "feature/x", str(tmp_path / "tree"))
    tree = SourceCode.of(tmp_path / "tree" / "shop")
    assert (tree.commit, tree.branch, tree.root) == (commit, "feature/x", tmp_path / "tree")
    git(repository, "checkout", "--detach")
    assert (SourceCode.of(repository).commit, SourceCode.of(repository).branch) == (commit, None)


def test_without_a_repository_an_origin_or_a_commit_there_is_none(repository, tmp_path):
    assert SourceCode.of(tmp_path) is None
    git(repository, "remote", "set-url", "origin", str(tmp_path / "bare.git"))
    assert SourceCode.of(repository) is None
    (tmp_path / "new").mkdir()
    git(tmp_path / "new", "init")
    git(tmp_path / "new", "remote", "add", "origin", "https://git.example.com/a/b.git")
    assert SourceCode.of(tmp_path / "new") is None
    (repository / ".git" / "HEAD").write_bytes(b"\xff\xfe")
    assert SourceCode.of(repository) is None


@pytest.mark.parametrize(
    ("origin", "address"),
    [
        ("https://user:planted-token@git.example.com/acme/data.git", "https://git.example.com/acme/data"),
        ("https://git.example.com:8443/acme/data", "https://git.example.com:8443/acme/data"),
        ("ssh://git@git.example.com:2222/acme/data.git", "https://git.example.com/acme/data"),
        ("git@git.example.com:acme/group/data.git", "https://git.example.com/acme/group/data"),
        ("git.example.com:acme/data", "https://git.example.com/acme/data"),
        ("/srv/git/data.git", None),
        ("file:///srv/git/data.git", None),
        ("../data.git", None),
        ("", None),
    ],
)
def test_an_origin_is_told_as_a_browser_opens_it_without_credentials(origin, address):
    assert web_address(origin) == address
