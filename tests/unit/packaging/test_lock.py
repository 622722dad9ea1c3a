import pytest

from floe_sdk.packaging.lock import lock_text, parse_lock, pin
from floe_sdk.packaging.wheel_file import Member, tag_of, unzipped, with_record, zipped

LOCK = """
# a comment
--index-url https://index.example.com/simple
agate==1.9.1 \\
    --hash=sha256:bb \\
    --hash=sha256:aa
    # via dbt-core
numpy==2.2.6 ; python_full_version < '3.11' \\
    --hash=sha256:01
numpy==2.3.5 ; python_full_version >= '3.11' \\
    --hash=sha256:02
Ruamel_yaml[jinja2]==0.18.0 --hash=sha256:03
-e ./here
without==1.0
"""


def test_every_pin_with_hashes_is_read_and_nothing_else():
    assert parse_lock(LOCK) == {
        ("agate", "1.9.1"): ("sha256:aa", "sha256:bb"),
        ("numpy", "2.2.6"): ("sha256:01",),
        ("numpy", "2.3.5"): ("sha256:02",),
        ("ruamel-yaml", "0.18.0"): ("sha256:03",),
    }


def test_pins_are_compared_as_indexes_compare_them():
    assert pin("Ruamel.YAML", "1.0.0-rc1") == ("ruamel-yaml", "1.0.0rc1")
    assert pin("odd", "not a version") == ("odd", "not a version")


def test_a_lock_is_sorted_and_reads_as_what_was_written():
    hashes = {("b", "1"): ("sha256:22", "sha256:11"), ("a", "2"): ("sha256:33",)}
    text = lock_text(["said above"], hashes, {"wheels/c.whl": "sha256:44"})
    assert text == (
        "# said above\na==2 \\\n    --hash=sha256:33\n"
        "b==1 \\\n    --hash=sha256:11 \\\n    --hash=sha256:22\n"
        "./wheels/c.whl \\\n    --hash=sha256:44\n"
    )
    assert text == lock_text(["said above"], dict(reversed(hashes.items())), {"wheels/c.whl": "sha256:44"})
    assert parse_lock(text) == {each: tuple(sorted(known)) for each, known in hashes.items()}


def test_a_wheel_depends_on_its_contents_only():
    members = {"b.py": Member(b"2"), "a/x.sh": Member(b"1", executable=True), "p-1.dist-info/METADATA": Member(b"m")}
    whole = with_record(members, "p-1.dist-info")
    data = zipped(whole)
    assert data == zipped(dict(reversed(whole.items())))
    assert unzipped(data) == whole
    assert list(unzipped(data)) == ["a/x.sh", "b.py", "p-1.dist-info/METADATA", "p-1.dist-info/RECORD"]
    assert whole["p-1.dist-info/RECORD"].content.splitlines()[0] == (
        b"a/x.sh,sha256=a4ayc_80_OGda4BO_1o_V0etpOqiLx1JwB5S3beHW0s,1"
    )


@pytest.mark.parametrize(
    ("tags", "name"),
    [
        (["py3-none-any"], "py3-none-any"),
        (["py2-none-any", "py3-none-any"], "py2.py3-none-any"),
        (
            ["cp311-cp311-manylinux_2_17_x86_64", "cp311-cp311-manylinux2014_x86_64"],
            "cp311-cp311-manylinux2014_x86_64.manylinux_2_17_x86_64",
        ),
    ],
)
def test_the_tags_of_a_wheel_are_its_files_name(tags, name):
    assert tag_of(tags) == name
