import socket
import sys
from threading import Timer

import pytest

from floe_sdk.testing.contracts.open_files import opened_since, what_is_open

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="what is open is read from /proc")


def test_a_file_counts_and_a_module_that_is_imported_meanwhile_does_not(tmp_path):
    before = what_is_open()
    with (tmp_path / "kept.txt").open("w"), (tmp_path / "module.cpython-313.pyc").open("w"):
        assert opened_since(before) == [str(tmp_path / "kept.txt")]
    assert opened_since(before) == []


def test_what_another_thread_closes_a_moment_later_does_not_count():
    before = what_is_open()
    client, server = socket.socketpair()
    client.close()
    Timer(0.3, server.close).start()
    assert opened_since(before) == []
