import json
import time
from textwrap import dedent

import pytest
from support.packages import STORAGE

CONFIG = """
    '''A module.'''
    from pydantic import Field
    from floe_sdk import PluginConfig, Secret, StorageAccess, hookimpl

    class Auth(PluginConfig):
        client: str = Field(description="Who asks.")
        token: Secret

    class Config(PluginConfig):
        bucket: str
        region: str = Field(default="eu", description="Where.")
        auth: Auth | None = None

    class Plugin:
        '''Bytes in memory,
        for tests.

        More of it.
        '''
        def __init__(self, config: Config) -> None: ...
        @hookimpl
        def storage_access(self) -> StorageAccess: ...
        @hookimpl
        def plugin_close(self) -> None: ...
"""


def shown(site, *arguments, **environment):
    ended = site.floe("plugins", "show", *arguments, "--json", **environment)
    return ended, json.loads(ended.stdout)


def test_the_list_has_what_ships_in_the_box_and_what_is_installed(site):
    site.install("x-mem")
    text = site.floe("plugins", "list").stdout
    assert text.splitlines()[0].split() == ["TYPE", "NAME", "DISTRIBUTION", "VERSION", "SUMMARY"]
    assert "The package x-mem" in text
    records = json.loads(site.floe("plugins", "list", "--json").stdout)["plugins"]
    identities = {f"{one['type']}/{one['name']}" for one in records}
    assert {
        "storage/x-mem",
        "storage/local",
        "catalog/sql",
        "secrets/env",
        "secrets/file",
        "lineage/file",
    } <= identities
    assert {
        one["type"] for one in json.loads(site.floe("plugins", "list", "--type", "storage", "--json").stdout)["plugins"]
    } == {"storage"}


def test_the_gallery_is_a_page_of_what_is_installed_and_imports_nothing(site):
    metadata = "Name: house\nVersion: 2.0\nSummary: Ours | theirs\nHome-page: https://example.com/house\n\n"
    code = "raise RuntimeError('imported')"
    site.install("house", code, plugins={"storage/barn": "Barn", "command/hello": "hello"}, metadata=metadata)
    done = site.floe("plugins", "list", "--markdown")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("# Gallery of plugins\n\n## Type `compute`\n")
    row = "| Ours \\| theirs | [house](https://example.com/house) | 2.0 |  |"
    assert f"| `barn` {row}" in done.stdout
    assert done.stdout.rstrip().endswith(f"| `hello` {row}")


def test_a_broken_package_cannot_break_the_list(site):
    site.install("x-raises", "1 / 0")
    site.install("x-clash", plugins={"storage/x-raises": "Plugin"})
    site.install("x-odd")
    (site.folder / "x_odd-1.0.dist-info/entry_points.txt").write_text("[floe.storage]\nnonsense\n")
    ended = site.floe("plugins", "list")
    assert ended.returncode == 0
    assert "x-raises" in ended.stdout
    assert "x-odd" in ended.stderr
    assert "storage/x-raises is provided by x-clash and x-raises" in ended.stderr


def test_show_has_summary_keys_types_defaults_descriptions_and_hooks(site):
    site.install("x-mem", CONFIG)
    ended, data = shown(site, "x-mem")
    assert ended.returncode == 0
    assert (data["version"], data["summary"], data["hooks"]) == (
        "1.0",
        "Bytes in memory, for tests.",
        ["plugin_close", "storage_access"],
    )
    keys = {one["key"]: one for one in data["config"]}
    assert list(keys) == ["bucket", "region", "auth", "auth.client", "auth.token"]
    assert (keys["bucket"]["required"], keys["bucket"]["type"]) == (True, "str")
    assert (keys["region"]["default"], keys["region"]["description"]) == ("eu", "Where.")
    assert keys["auth.token"]["type"] == "Secret"
    text = site.floe("plugins", "show", "storage/x-mem").stdout
    for part in (
        "storage/x-mem  (x-mem 1.0)",
        "needs floe-sdk >=0.1",
        "(required)",
        "Where.",
        "plugin_close, storage_access",
    ):
        assert part in text


@pytest.mark.parametrize(
    "code", ["1 / 0", "import os; os._exit(9)", "import sys; sys.exit()", "print('{}'); raise SystemExit"]
)
def test_one_that_cannot_be_imported_still_shows_its_metadata(site, code):
    site.install("x-bad", code)
    ended = site.floe("plugins", "show", "x-bad")
    assert ended.returncode == 4
    assert "storage/x-bad  (x-bad 1.0)" in ended.stdout
    assert "The package x-bad" in ended.stdout
    assert "FLOE-P004" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_one_that_hangs_is_given_up_with_all_that_it_started(site):
    child = "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(50)'])"
    code = f"import subprocess, sys, time\nchild = {child}\ntime.sleep(50)"
    site.install("x-hangs", code)
    start = time.monotonic()
    ended, data = shown(site, "x-hangs", FLOE_IMPORT_TIMEOUT="1")
    assert time.monotonic() - start < 20
    assert ended.returncode == 4
    assert "longer than 1 s" in data["errors"][0]["problem"]
    assert data["version"] == "1.0"


def test_what_a_plugin_prints_does_not_get_into_the_answer(site):
    site.install(
        "x-loud", "print('noise', flush=True)\n" + "import os\nos.system('echo more noise')\n" + dedent(STORAGE)
    )
    ended, data = shown(site, "x-loud")
    assert ended.returncode == 0
    assert data["hooks"] == ["storage_access"]


def test_the_allow_list_holds_for_show_too(site):
    site.install("x-mem", "open('was-here', 'w')")
    ended, data = shown(site, "x-mem", FLOE_PLUGINS_ALLOW="compute/*")
    assert ended.returncode == 3
    assert data["errors"][0]["code"] == "FLOE-P003"
    assert data["distribution"] == "x-mem"
    assert not (site.folder / "was-here").exists()


def test_a_bare_name_of_several_types_lists_them(site):
    ended = site.floe("plugins", "show", "console")
    assert ended.returncode == 2
    assert "lineage/console, telemetry/console" in ended.stderr


@pytest.mark.parametrize("name", ["storage/locl", "locl"])
def test_a_name_that_nobody_provides_is_2_with_the_nearest_and_the_command(site, name):
    ended = site.floe("plugins", "show", name)
    assert ended.returncode == 2
    assert "pip install floe-" in ended.stderr
    assert "local" in ended.stderr


def test_a_clash_is_solved_with_the_distribution(site):
    site.install("x-one", CONFIG, plugins={"storage/s3": "Plugin"})
    site.install("x-two", CONFIG, plugins={"storage/s3": "Plugin"})
    ended = site.floe("plugins", "show", "s3")
    assert ended.returncode == 2
    assert "x-one 1.0, x-two 1.0" in ended.stderr
    assert shown(site, "s3", "--distribution", "x-two")[1]["distribution"] == "x-two"


def test_show_describes_a_command_too(site):
    site.install(
        "x-extra", "import click\n@click.command()\ndef run():\n    'Do it.'", plugins={"command/extra": "run"}
    )
    assert shown(site, "command/extra")[1]["summary"] == "Do it."
