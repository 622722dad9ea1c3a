import sys

import pytest

from floe_sdk.testing.contracts.open_files import opened_since, what_is_open


@pytest.mark.skipif(sys.platform != "linux", reason="what is open is read from /proc")
def test_a_file_counts_and_a_module_that_is_imported_meanwhile_does_not(tmp_path):
    before = what_is_open()
    with (tmp_path / "kept.txt").open("w"), (tmp_path / "module.cpython-313.pyc").open("w"):
        assert opened_since(before) == [str(tmp_path / "kept.txt")]
    assert opened_since(before) == []
