"""Hashes from an index, by the real uv; the index is a folder that this process serves."""

import hashlib
import re
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from floe_sdk import FloeError
from floe_sdk.packaging.index import hashes_from_index
from floe_sdk.packaging.wheel_file import Member, with_record, zipped

UV = Path(__file__).parents[3] / ".tools" / "bin" / "uv"


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *arguments):
        pass


def wheel(name, version):
    info = f"{name}-{version}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n".encode()
    tags = b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    return zipped(with_record({f"{info}/METADATA": Member(metadata), f"{info}/WHEEL": Member(tags)}, info))


@pytest.fixture
def index(tmp_path, monkeypatch):
    """An index that has `odd-name` 1.0 as two files, and uv to ask it."""
    folder = tmp_path / "index" / "odd-name"
    folder.mkdir(parents=True)
    links = []
    for file, data in [("odd_name-1.0-py3-none-any.whl", wheel("odd_name", "1.0")), ("odd_name-1.0.tar.gz", b"source")]:
        (folder / file).write_bytes(data)
        links.append(f'<a href="{file}#sha256={hashlib.sha256(data).hexdigest()}">{file}</a>')
    (folder / "index.html").write_text("<!DOCTYPE html><html><body>" + "\n".join(links) + "</body></html>")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder.parent)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    for name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_INDEX", "PIP_EXTRA_INDEX_URL", "UV_FIND_LINKS", "UV_OFFLINE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_INDEX_URL", f"http://user:planted-password@127.0.0.1:{server.server_port}/")
    monkeypatch.setenv("UV", str(UV))
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
    yield folder
    server.shutdown()
    thread.join()
    server.server_close()


def test_all_hashes_of_a_version_are_asked_for(index, monkeypatch):
    expected = tuple(
        sorted(f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}" for path in index.glob("odd_name*"))
    )
    assert hashes_from_index([("odd-name", "1.0")]) == {("odd-name", "1.0"): expected}
    monkeypatch.setenv("UV_OFFLINE", "1")  # what uv has in its cache needs no index
    assert hashes_from_index([("odd-name", "1.0")]) == {("odd-name", "1.0"): expected}


@pytest.mark.parametrize("pin", [("odd-name", "2.0"), ("unknown", "1.0")])
def test_what_the_index_lacks_is_said_with_what_to_do(index, pin):
    with pytest.raises(FloeError) as caught:
        hashes_from_index([("odd-name", "1.0"), pin])
    assert caught.value.code.id == "FLOE-B006"
    assert caught.value.exit_code == 4
    assert pin[0] in caught.value.problem
    assert "--bundle NAME" in caught.value.fix
    assert "planted" not in caught.value.problem


def test_an_index_without_hashes_is_said(index):
    page = index / "index.html"
    page.write_text(re.sub(r"#sha256=\w+", "", page.read_text()))
    with pytest.raises(FloeError, match=r"there are none of odd-name==1\.0"):
        hashes_from_index([("odd-name", "1.0")])


def test_an_index_that_is_down_is_said(index, monkeypatch):
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/")
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    with pytest.raises(FloeError) as caught:
        hashes_from_index([("odd-name", "1.0")])
    assert caught.value.code.id == "FLOE-B006"


def test_without_uv_it_says_how_to_get_it_or_do_without(monkeypatch):
    monkeypatch.delenv("UV", raising=False)
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(FloeError) as caught:
        hashes_from_index([("odd-name", "1.0")])
    assert caught.value.code.id == "FLOE-B005"
    assert "pip install uv" in caught.value.fix
    assert "--lock" in caught.value.fix
