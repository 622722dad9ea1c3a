"""The proxy that misbehaves on purpose, before a real server and beside a real client."""

from __future__ import annotations

import http.client
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest

from floe_sdk.testing import Answer, Calls, Change, Cut, FaultProxy, Instead, Slow, redirect


class Store(FaultProxy):
    """A server of its own: it keeps what is put, and counts it."""

    def __init__(self):
        super().__init__()
        self.kept = []

    def respond(self, request):
        if request.method == "PUT":
            self.kept.append(request.body)
            return Answer(200, b"kept")
        if request.path == "/echo":
            return Answer.of(200, {"host": request.headers["Host"], "query": request.query})
        return Answer(200, b"x" * 100_000)


@pytest.fixture
def store():
    with Store() as server:
        yield server


@pytest.fixture
def proxy(store):
    with FaultProxy(store.uri) as server:
        yield server


def put(proxy, data=b"some", **headers):
    request = urllib.request.Request(f"{proxy.uri}/key", data=data, method="PUT", headers=headers)
    with urllib.request.urlopen(request, timeout=5) as answer:
        return answer.read()


def get(proxy, path="/key"):
    with urllib.request.urlopen(proxy.uri + path, timeout=5) as answer:
        return answer.read()


def test_it_forwards_requests_with_their_host_and_query(proxy):
    assert get(proxy) == b"x" * 100_000
    host = proxy.uri.removeprefix("http://")
    assert get(proxy, "/echo?a=1&b=").decode() == f'{{"host": "{host}", "query": {{"a": "1", "b": ""}}}}'


def test_chunked_bodies_arrive_whole(proxy, store):
    connection = http.client.HTTPConnection(proxy.uri.removeprefix("http://"), timeout=5)
    connection.request(
        "PUT", "/key", iter([b"one", b"two"]), encode_chunked=True, headers={"Transfer-Encoding": "chunked"}
    )
    assert connection.getresponse().read() == b"kept"
    connection.close()
    assert store.kept == [b"onetwo"]


def test_an_answer_of_its_own_comes_as_often_as_told_and_the_server_hears_nothing(proxy, store):
    proxy.misbehave(Answer(503, headers={"Retry-After": "1"}), Calls("PUT", "^/key"), times=2, after=1)
    assert put(proxy) == b"kept"
    for _ in range(2):
        with pytest.raises(urllib.error.HTTPError, match="503"):
            put(proxy)
    assert put(proxy) == b"kept"
    assert len(store.kept) == 2
    assert [call.body for call in proxy.calls(Calls("PUT"))] == [b"some"] * 4


def test_the_server_does_it_and_the_client_is_told_otherwise(proxy, store):
    proxy.misbehave(Instead(Answer(500)))
    with pytest.raises(urllib.error.HTTPError, match="500"):
        put(proxy)
    assert store.kept == [b"some"]


def test_an_answer_can_be_changed(proxy):
    proxy.misbehave(Change(lambda answer: answer.with_json({**answer.json, "more": 1})), Calls(path="echo"))
    assert b'"more": 1' in get(proxy, "/echo")


@pytest.mark.parametrize(("fault", "kept"), [(Cut("before"), 0), (Cut("request", 1000), 0), (Cut("after"), 1)], ids=str)
def test_a_connection_is_cut_at_that_moment(proxy, store, fault, kept):
    rule = proxy.misbehave(fault)
    with pytest.raises((urllib.error.URLError, ConnectionError)):
        put(proxy, b"x" * 5_000_000)
    assert (len(store.kept), rule.used) == (kept, 1)


def test_an_answer_is_cut_in_its_middle(proxy):
    proxy.misbehave(Cut("answer", 10))
    with pytest.raises(http.client.IncompleteRead) as caught:
        get(proxy)
    assert caught.value.partial == b"x" * 10


def test_it_is_slow(proxy):
    proxy.misbehave(Slow(0.3))
    began = time.monotonic()
    get(proxy)
    assert time.monotonic() - began > 0.3


def test_redirects_are_answers(proxy, store):
    proxy.misbehave(redirect(f"{store.uri}/echo", 302))
    assert store.uri.removeprefix("http://").encode() in get(proxy)


def test_rules_can_be_forgotten_and_the_oldest_applies(proxy):
    proxy.misbehave(Answer(500), times=None)
    proxy.misbehave(Answer(404), times=None)
    with pytest.raises(urllib.error.HTTPError, match="500"):
        get(proxy)
    proxy.behave()
    proxy.forget()
    assert get(proxy)
    assert len(proxy.requests) == 1


def test_a_stopped_proxy_refuses_and_cuts_what_was_open_and_starts_on_the_same_port(proxy):
    open_one = http.client.HTTPConnection(proxy.uri.removeprefix("http://"), timeout=5)
    open_one.request("GET", "/echo")
    open_one.getresponse().read()
    uri = proxy.uri
    proxy.stop()
    assert open_one.sock.recv(1) == b""  # its end
    with pytest.raises(urllib.error.URLError):
        get(proxy)
    open_one.close()
    proxy.start()
    assert (proxy.uri, len(get(proxy))) == (uri, 100_000)


def test_a_server_that_is_down_looks_as_it_does_without_the_proxy(proxy, store):
    store.stop()
    with pytest.raises((http.client.HTTPException, ConnectionError, urllib.error.URLError)):
        get(proxy)


def test_a_slow_answer_does_not_hold_up_the_end(store):
    with FaultProxy(store.uri) as proxy:
        proxy.misbehave(Slow(60))
        with pytest.raises((OSError, http.client.HTTPException)):
            urllib.request.urlopen(proxy.uri, timeout=0.3)
        began = time.monotonic()
    assert time.monotonic() - began < 5


def test_importing_it_needs_the_standard_library_alone():
    code = "import sys, floe_sdk.testing; print([m for m in ('pydantic', 'pyiceberg', 'requests') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    "request_line",
    [
        b"Content-Length: 9\r\n\r\nabc",
        b"Content-Length: 9\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n5\r\nab",
        b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
    ],
)
def test_a_request_whose_client_dies_in_its_middle_is_not_handed_on(store, request_line):
    with socket.create_connection(("127.0.0.1", int(store.uri.rpartition(":")[2])), timeout=5) as client:
        client.sendall(b"PUT /key HTTP/1.1\r\nHost: store\r\n" + request_line)
        client.shutdown(socket.SHUT_WR)
        assert client.recv(1) == b""
    assert store.kept == []
