"""What an orchestrator's plugin is told about folders, and the files that the products of a platform share."""

import sys

import pytest
from filelock import FileLock
from support.packages import Site
from support.workspace import ENGINE, MANIFEST, PLUGINS, Workspace

ORCHESTRATOR = '''
    """An orchestrator whose products share a list of their names."""
    import os
    from floe_sdk import hookimpl

    class Plugin:
        @hookimpl
        def orchestrator_generate(self, folder, shared):
            return {"folders": f"{folder}\\n{shared}\\n"}

        @hookimpl
        def orchestrator_workspace(self, artifacts, folder, shared):
            assert (folder / "folders").is_file()
            assert (folder.parent / "compiled_artifacts.json").is_file()
            file = os.environ.get("TINY_SHARES", "names")
            there = (shared / file).read_text().splitlines() if (shared / file).is_file() else []
            return {file: "\\n".join(sorted({*there, artifacts.metadata.product})) + "\\n"}

        @hookimpl
        def orchestrator_run(self, request):
            raise RuntimeError("not here")
'''


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    site = Site(tmp_path_factory.mktemp("site"))
    site.install("tiny-engine", ENGINE, plugins=PLUGINS)
    site.install("tiny-sharing", ORCHESTRATOR, plugins={"orchestrator/sharing": "Plugin"})
    return site


class Sharing(Workspace):
    def write(self, **documents):
        super().write(manifest={"plugins": {**MANIFEST["plugins"], "orchestrator": {"type": "sharing"}}}, **documents)


@pytest.fixture
def workspace(tmp_path, site):
    return Sharing(tmp_path / "lake", site)


def test_a_plugin_is_told_its_folders(workspace, tmp_path):
    workspace.compile()
    own, shared = workspace.product / "target" / "sharing", workspace.root / "target" / "sharing"
    assert (own / "folders").read_text().splitlines() == [str(own), str(shared)]
    assert (shared / "names").read_text() == "shop\n"
    state = tmp_path / "state"
    workspace.floe("compile", FLOE_STATE_DIR=str(state))
    own, shared = state / "shop" / "target" / "sharing", state / "platform" / "target" / "sharing"
    assert (own / "folders").read_text().splitlines() == [str(own), str(shared)]
    assert (shared / "names").read_text() == "shop\n"


@pytest.mark.parametrize("name", ["../escape", "/tmp/escape", "a/../../escape"])
def test_nothing_is_written_elsewhere(workspace, name):
    _, text = workspace.floe("compile", code=4, TINY_SHARES=name)
    assert "FLOE-C012" in text


def test_a_lock_that_is_held_is_a_warning(workspace):
    shared = workspace.root / "target" / "sharing"
    shared.mkdir(parents=True)
    code = "import floe_sdk.compilation.generate as it; it.LOCK_WAIT = 0.2; from floe_sdk.__main__ import main; main()"
    with FileLock(shared / ".lock"):
        _, err = workspace.floe("compile", command=(sys.executable, "-c", code))
    assert f"warning: another process has held the lock for 0.2 s in {shared}" in err.replace("\n", " ")
    assert workspace.artifact.is_file()
    assert [path.name for path in shared.iterdir()] == [".lock"]
    workspace.compile()
    assert (shared / "names").read_text() == "shop\n"
