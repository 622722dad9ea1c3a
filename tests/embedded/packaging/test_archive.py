import os
import subprocess
import tarfile

import pytest

from floe_sdk import FloeError
from floe_sdk.packaging.archive import Entry, write_archive

ENTRIES = {
    "b/z.txt": Entry(b"z"),
    "a.sh": Entry(b"#!/bin/sh\n", executable=True),
    "b/" + "long" * 40 + "/ä.txt": Entry(b""),
}


@pytest.mark.parametrize("name", ["x.tar", "x.tar.gz", "x.tgz"])
def test_the_bytes_depend_on_names_and_contents_only(tmp_path, name):
    first, second = tmp_path / name, tmp_path / "other" / f"renamed-{name}"
    digest = write_archive(first, ENTRIES)
    before = os.umask(0o077)
    try:
        assert write_archive(second, dict(reversed(ENTRIES.items()))) == digest
    finally:
        os.umask(before)
    assert first.read_bytes() == second.read_bytes()
    assert subprocess.check_output(["sha256sum", first], text=True).split()[0] == digest


def test_a_file_is_copied_whatever_its_time_mode_and_owner(tmp_path):
    source = tmp_path / "source"
    source.write_text("data")
    first = write_archive(tmp_path / "1.tar", {"data": Entry(source)})
    os.utime(source, (1, 1))
    source.chmod(0o600)
    assert write_archive(tmp_path / "2.tar", {"data": Entry(source)}) == first
    assert write_archive(tmp_path / "3.tar", {"data": Entry(b"data")}) == first
    source.write_text("Data")
    assert write_archive(tmp_path / "4.tar", {"data": Entry(source)}) != first


def test_folders_come_first_and_modes_are_two(tmp_path):
    write_archive(tmp_path / "x.tar", ENTRIES)
    with tarfile.open(tmp_path / "x.tar") as archive:
        members = archive.getmembers()
        assert [(each.name, oct(each.mode)) for each in members if len(each.name) < 10] == [
            ("b", "0o755"),
            ("a.sh", "0o755"),
            ("b/z.txt", "0o644"),
        ]
        assert {(each.uid, each.gid, each.uname, each.gname, each.mtime) for each in members} == {
            (0, 0, "", "", 315_532_800)
        }


def test_what_fails_leaves_the_old_file(tmp_path):
    path = tmp_path / "x.tar"
    write_archive(path, ENTRIES)
    old = path.read_bytes()
    with pytest.raises(FloeError, match="can't write gone"):
        write_archive(path, {**ENTRIES, "c": Entry(tmp_path / "gone")})
    assert path.read_bytes() == old
    assert list(tmp_path.iterdir()) == [path]
