"""What an author sees of a suite: gaps, what is missing, and a plugin that the host refuses."""

import subprocess
import sys
import textwrap

import pytest

from floe_sdk.testing import StorageContract

BUCKET = """
    import pytest

    from floe_sdk import StorageAccess, hookimpl
    from floe_sdk.testing import StorageContract


    class Bucket:
        '''A bucket that somebody else makes.'''

        @hookimpl
        def storage_access(self) -> StorageAccess:
            return StorageAccess(root="file:///srv/lake/")
"""
GAPS = "{'health': 'there is no call for it', 'ready': 'made by Terraform', 'unreachable': 'no address'}"


@pytest.fixture
def suite(tmp_path):
    """Runs a test file of an author; gives the summary."""

    def run(text, *options):
        (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --strict-markers\nfilterwarnings = error\n")
        (tmp_path / "test_bucket.py").write_text(textwrap.dedent(BUCKET) + textwrap.dedent(text), encoding="utf-8")
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--basetemp={tmp_path / 't'}"]
        done = subprocess.run([*command, *options], cwd=tmp_path, capture_output=True, text=True, check=False)
        return done.stdout + done.stderr

    return run


def test_a_gap_of_an_unknown_feature_is_an_error_that_names_the_nearest():
    with pytest.raises(ValueError, match=r"no feature 'helth'.*did you mean 'health'"):
        type("TestMine", (StorageContract,), {"not_supported": {"helth": "because"}})


def test_a_gap_needs_a_reason():
    with pytest.raises(ValueError, match="'health' needs a reason"):
        type("TestMine", (StorageContract,), {"not_supported": {"health": " "}})


def test_gaps_and_their_reasons_are_listed_at_the_end(suite):
    printed = suite(f"class TestBucket(StorageContract):\n    plugin, not_supported = Bucket, {GAPS}\n", "-k", "ready")
    assert "not supported" in printed
    assert "test_bucket.py::TestBucket: ready (5 tests): made by Terraform" in printed
    assert "failed" not in printed


def test_gaps_are_listed_where_several_processes_run_the_tests(suite):
    text = f"class TestBucket(StorageContract):\n    plugin, not_supported = Bucket, {GAPS}\n"
    printed = suite(text, "-k", "ready", "-n", "1", "-p", "floe_sdk.testing.pytest_plugin")
    assert "test_bucket.py::TestBucket: ready (5 tests): made by Terraform" in printed


def test_the_plugin_s_class_may_name_its_gaps(suite):
    text = f"class Named(Bucket):\n    not_supported = {GAPS}\nclass TestBucket(StorageContract):\n    plugin = Named\n"
    assert "ready (5 tests): made by Terraform" in suite(text, "-k", "ready")


def test_a_hook_that_is_missing_is_a_failure_that_says_both_ways(suite):
    printed = suite("class TestBucket(StorageContract):\n    plugin = Bucket\n", "-k", "test_health_is_well")
    assert "implement plugin_health, or say why not: not_supported = {'health': 'the reason'}" in printed
    assert "1 error" in printed


def test_what_can_t_be_unreachable_must_be_said(suite):
    printed = suite("class TestBucket(StorageContract):\n    plugin = Bucket\n", "-k", "test_access_does_no_io")
    assert "give a fixture `unreachable`" in printed
    assert "1 error" in printed


REMOTE = """
    from floe_sdk import STORAGE_UNREACHABLE, FloeError, PluginConfig
    from pydantic import Field


    class RemoteConfig(PluginConfig):
        host: str = Field(description="The server.")
        port: int = Field(default=22, description="Its port.")
        path: str = Field(description="The folder on the server.")


    class Remote(Bucket):
        '''Knows nobody but the port 22.'''

        def __init__(self, config: RemoteConfig) -> None:
            self.config = config

        @hookimpl
        def storage_ready(self, timeout: float) -> None:
            if self.config.port != 22:
                place = f"{self.config.host}:{self.config.port}{self.config.path}"
                raise FloeError(STORAGE_UNREACHABLE, f"{place} can't be reached", fix="correct it")


    class TestRemote(StorageContract):
        plugin = Remote

        @pytest.fixture
        def config(self):
            return {"host": "localhost", "path": "/srv/lake"}

        def test_where_nobody_is(self, unreachable, silent):
            import socket

            assert (unreachable["host"], unreachable["path"]) == ("127.0.0.1", "/srv/lake")
            with pytest.raises(ConnectionError):
                socket.create_connection(("127.0.0.1", unreachable["port"]), timeout=5)
            socket.create_connection(("127.0.0.1", silent["port"]), timeout=5).close()
"""


def test_a_host_and_a_port_go_before_a_path(suite):
    printed = suite(REMOTE, "-k", "where_nobody_is or made_ready or ready_does_not_wait")
    assert "3 passed" in printed, printed


def test_without_a_port_the_author_is_asked_for_the_unreachable(suite):
    port = 'port: int = Field(default=22, description="Its port.")'
    printed = suite(REMOTE.replace(port, "").replace("self.config.port", "22"), "-k", "made_ready")
    assert "give a fixture `unreachable`: a valid configuration whose system is not there" in printed


def test_what_is_reached_after_all_asks_for_another_unreachable(suite):
    printed = suite(REMOTE.replace("self.config.port != 22", "False"), "-k", "made_ready")
    assert "DID NOT RAISE" in printed
    assert "give a fixture `unreachable` of your own" in printed


def test_what_nobody_can_be_silent_for_is_skipped_with_the_fixture_to_write(suite):
    text = """
        class Ready(Bucket):
            @hookimpl
            def storage_ready(self, timeout: float) -> None: ...

        class TestReady(StorageContract):
            plugin, not_supported = Ready, {"health": "there is no call for it", "unreachable": "no address"}
    """
    printed = suite(text, "-k", "ready_does_not_wait", "-ra")
    assert "1 skipped" in printed
    assert "give a fixture `silent`: one whose server takes the connection and never answers" in printed


def test_a_gap_that_is_none_any_more_is_a_failure(suite):
    text = """
        class Ready(Bucket):
            @hookimpl
            def storage_ready(self): ...

        class TestReady(StorageContract):
            plugin = Ready
            not_supported = {"ready": "made by Terraform"}
    """
    printed = suite(text, "-k", "test_eight")
    assert "`not_supported` names 'ready', and the plugin implements storage_ready: take it out there" in printed


REFUSED = """
    class Refused(Bucket):
        @hookimpl
        def storage_redy(self): ...

    class TestRefused(StorageContract):
        plugin = Refused
        not_supported = {"health": "no call", "unreachable": "no address"}
"""


def test_a_plugin_that_the_host_refuses_is_one_failure(suite):
    printed = suite(REFUSED, "-k", "accepts or access or two_share")
    assert "there is no hook 'storage_redy'; did you mean 'storage_ready'?" in printed
    assert "1 failed" in printed
    assert "passed" not in printed


def test_without_that_test_it_is_no_skip(suite):
    printed = suite(REFUSED, "-k", "two_share")
    assert "there is no hook 'storage_redy'" in printed
    assert "skipped" not in printed


def test_a_class_inside_a_function_is_told(suite):
    text = (
        "def made():\n    class Inner(Bucket): ...\n    return Inner\nclass TestIt(StorageContract): plugin = made()\n"
    )
    assert "is made inside a function: an entry point can't name it" in suite(text, "-k", "two_share")


def test_the_servers_need_no_pytest():
    code = "import sys, floe_sdk.testing as t; t.FaultProxy, t.LineageServer; sys.exit('pytest' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
