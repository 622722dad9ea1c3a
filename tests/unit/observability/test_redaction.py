import base64
import json
import re
import shlex
import threading
import time
from urllib.parse import quote, quote_plus, urlencode

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from floe_sdk.observability.redaction import MASK, Redactor

SECRET = "s3cr3t/Pa+ss wörd'\"\\x&="
VALUES = st.text(st.characters(codec="utf-8"), min_size=4, max_size=40).filter(
    lambda v: len(v.strip()) >= 4 and v.strip().strip("*")
)


def redactor_of(*values):
    redactor = Redactor()
    for value in values:
        redactor.add(value)
    return redactor


FORMS = {
    "raw": lambda v: v,
    "json": lambda v: json.dumps({"a": v}),
    "json without ascii": lambda v: json.dumps({"a": v}, ensure_ascii=False),
    "json in json": lambda v: json.dumps({"a": json.dumps([v])}),
    "repr": repr,
    "repr of bytes": lambda v: repr(v.encode()),
    "repr of an exception": lambda v: repr(ValueError(v)),
    "sql": lambda v: "PASSWORD '" + v.replace("'", "''") + "'",
    "url": quote,
    "url without slash": lambda v: quote(v, safe=""),
    "url plus": quote_plus,
    "form": lambda v: urlencode({"password": v}),
    "url in lower case": lambda v: re.sub("%..", lambda match: match.group().lower(), quote(v)),
    "base64": lambda v: base64.b64encode(v.encode()).decode(),
    "base64 urlsafe": lambda v: base64.urlsafe_b64encode(v.encode()).decode(),
    "base64 without padding": lambda v: base64.b64encode(v.encode()).decode().rstrip("="),
    "basic auth, 1": lambda v: base64.b64encode(b"u:" + v.encode()).decode(),
    "basic auth, 2": lambda v: base64.b64encode(b"us:" + v.encode() + b"!!").decode(),
    "basic auth, 3": lambda v: base64.b64encode(b"use:" + v.encode() + b"\xff").decode(),
}


@pytest.mark.parametrize("form", FORMS)
def test_each_form_of_a_value_is_masked(form):
    text = f"before {FORMS[form](SECRET)} after"
    redacted = redactor_of(SECRET).redact(text)
    assert MASK in redacted
    assert redacted.startswith("before ")
    assert redacted.endswith(" after")
    for fragment in ("s3cr3t", "Pa+ss", "Pa%2Bss", "c3IzdC"):
        assert fragment not in redacted


@given(
    st.lists(VALUES, min_size=1, max_size=4),
    st.text(max_size=20),
    st.sampled_from(sorted(FORMS.keys() - {"url in lower case"})),
)
@example(["a***", "aaaa"], "a", "raw")
@example(["abcd", "cdef"], "abcdef", "raw")
@settings(max_examples=150, deadline=None)
def test_no_known_value_stays_in_a_text(values, around, form):
    redactor = redactor_of(*values)
    text = around + "".join(FORMS[form](value) + around for value in values)
    redacted = redactor.redact(text)
    assert not any(value in redacted for value in values)
    assert redactor.redact(redacted) == redacted


def test_values_that_overlap_leave_no_part():
    assert redactor_of("abcdefgh", "efghijkl").redact("x abcdefghijkl y") == f"x {MASK} y"


def test_the_longer_of_two_values_is_masked_whole():
    assert redactor_of("hunter", "hunter2-and-more").redact("hunter2-and-more") == MASK


def test_short_values_leave_texts_readable():
    redactor = redactor_of("1", "on", "", "abc", "   ", "\n", "****")
    assert redactor.redact("exit code 1, see abc on line 3 ****") == "exit code 1, see abc on line 3 ****"


def test_a_value_with_a_trailing_newline_is_masked_without_it():
    assert redactor_of("hunter22\n").redact("key=hunter22;") == f"key={MASK};"


def test_each_line_of_a_long_value_is_masked():
    key = "-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEF\nAASCBKcwggSjAgEAAoIBAQC7VJTU\n-----END KEY-----\n"
    assert "MIIEvQ" not in redactor_of(key).redact("  line: MIIEvQIBADANBgkqhkiG9w0BAQEF")


def test_nested_data_is_masked_and_its_shape_stays():
    data = {"a": ["x hunter22", {"b": ("hunter22", 3, None, True)}], "c": 1.5, "d": b"hunter22", "hunter22": "key"}
    redactor = redactor_of("hunter22")
    assert redactor.redact_mapping(data) == {
        "a": [f"x {MASK}", {"b": (MASK, 3, None, True)}],
        "c": 1.5,
        "d": MASK.encode(),
        "hunter22": "key",
    }
    assert Redactor().redact_mapping(data) is data


def test_threads_may_add_while_others_redact():
    redactor, failures = Redactor(), []

    def work(number):
        value = f"value-{number:04d}-{'x' * (number % 7)}"
        redactor.add(value)
        if value in redactor.redact(f"a {value} b"):
            failures.append(value)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(60)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_many_values_and_long_texts_stay_fast():
    redactor = redactor_of(*(f"secret-{n}-{n * 7919 % 1009:x}" for n in range(300)), "x" * 5000)
    text = "nothing to see here, only a long line of a log. " * 2000
    redactor.redact("warm up")
    started = time.perf_counter()
    assert redactor.redact(text) == text
    assert time.perf_counter() - started < 10


def test_shell_quoting_of_a_simple_value_is_masked():
    assert "hunter 22" not in redactor_of("hunter 22").redact(shlex.quote("hunter 22"))
