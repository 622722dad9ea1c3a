"""The reader gives what PyYAML's gives, knows every place, and stays within its bounds."""

import re
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from floe_sdk.errors import FloeError
from floe_sdk.project.yaml import parse_yaml

FILE = Path("doc.yaml")

keys = st.text(min_size=1, max_size=8)
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.text(max_size=20),
    st.dates(),
    st.sampled_from(
        ["yes", "no", "on", "off", "true", "~", "1.0", "0x1F", "12:30:45", "=", "<<", "2026-01-01", "!x", "&a", "*a"]
    ),
)
documents = st.dictionaries(
    keys, st.recursive(scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4))
)


@settings(max_examples=150, deadline=None)
@given(documents, st.sampled_from([None, True, False]))
def test_equals_pyyaml_on_what_pyyaml_writes(data, flow):
    text = yaml.safe_dump(data, default_flow_style=flow, allow_unicode=True)
    assert parse_yaml(text, FILE).data == yaml.load(text, yaml.CSafeLoader)


words = st.sampled_from(
    ["a", "b", "1", "1.5", "true", "null", "~", "'q'", '"d"', "2026-02-03", "0o7", "1_000", ".inf", "x y", "|-\n    t"]
)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from("abcdefgh"), st.lists(words, max_size=4)), max_size=6, unique_by=lambda pair: pair[0]
    )
)
def test_equals_pyyaml_on_what_people_write(entries):
    text = "z: 0\n" + "".join(f"{key}:\n" + "".join(f"  - {word}\n" for word in items) for key, items in entries)
    assert parse_yaml(text, FILE).data == yaml.load(text, yaml.CSafeLoader)


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="ab:-{}[],&*!|>'\"#%@` \n\t?~0.", max_size=60))
def test_any_text_is_read_or_refused_with_a_place(text):
    refused = None
    try:
        data = parse_yaml(text, FILE).data
    except FloeError as error:
        refused = error
    if refused is None:
        assert data == yaml.load(text, yaml.CSafeLoader)
    else:
        assert refused.exit_code == 2
        assert re.match(r"doc\.yaml:\d+:\d+$", str(refused.errors[0].where))


@pytest.mark.parametrize("word", ["yes", "no", "on", "off", "Yes", "NO", "y"])
def test_only_true_and_false_are_booleans(word):
    assert parse_yaml(f"level: {word}\nflag: True\n", FILE).data == {"level": word, "flag": True}


def test_merge_keys_like_pyyaml():
    text = """
base: &base {a: 1, b: 2, c: {d: 1}}
more: &more {b: 3, e: 4}
one: {<<: *base, b: 9}
two: {<<: [*more, *base], z: 0}
"""
    document = parse_yaml(text, FILE)
    assert document.data == yaml.load(text, yaml.CSafeLoader)
    assert list(document.data["two"]) == list(yaml.load(text, yaml.CSafeLoader)["two"])
    assert str(document.locate(("one", "a"))) == "doc.yaml:2:17"
    assert str(document.locate(("one", "b"))) == "doc.yaml:4:21"


def test_every_place_is_known():
    document = parse_yaml("a:\n  b:\n    - c: ü\n      d: x\n  'e f': [1, {g: h}]\n", FILE)
    assert str(document.locate(("a", "b", 0, "d"))) == "doc.yaml:4:10"
    assert str(document.locate(("a", "b", 0, "d"), key=True)) == "doc.yaml:4:7"
    assert str(document.locate(("a", "e f", 1, "g"))) == "doc.yaml:5:18"
    assert str(document.locate(("a", "missing", "deeper"))) == "doc.yaml:2:3"  # the nearest that is written
    assert str(document.locate(())) == "doc.yaml:1:1"


BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]\n" for level in range(1, 30)
)
CHAIN = "a0: &a0 [x]\n" + "".join(f"a{level}: &a{level} [*a{level - 1}]\n" for level in range(1, 5000))


@pytest.mark.parametrize(
    ("text", "code", "place", "words"),
    [
        ("", "FLOE-D003", "1:1", "empty"),
        ("# only a comment\n", "FLOE-D003", "1:1", "empty"),
        ("- a\n- b\n", "FLOE-D003", "1:1", "no mapping"),
        ("just text\n", "FLOE-D003", "1:1", "no mapping"),
        ("a: 1\n---\nb: 2\n", "FLOE-D003", "2:1", "more than one document"),
        ("a: [1, 2\nb: 3\n", "FLOE-D003", "2:2", "expected ',' or ']'"),
        ("a:\n\t- b\n", "FLOE-D003", "2:1", "start any token"),
        ("a: 1\nb: 2\na: 3\n", "FLOE-D004", "3:1", "first in line 1, column 1"),
        ("x:\n  - {k: 1, j: 2, k: 3}\n", "FLOE-D004", "2:18", "`k` stands twice"),
        ("1: a\n", "FLOE-D003", "1:1", "key must be text"),
        ("[a]: b\n", "FLOE-D003", "1:1", "key must be plain text"),
        ("a: &x 1\n*x : b\n", "FLOE-D003", "2:1", "alias can't be a key"),
        ("a: *nowhere\n", "FLOE-D003", "1:4", "no anchor"),
        ("a: &x [*x]\n", "FLOE-D005", "1:8", "inside of what it names"),
        ("a: !!python/object:os.system {}\n", "FLOE-D003", "1:4", "tag"),
        ("a: !secret x\n", "FLOE-D003", "1:4", "tag !secret is not known"),
        ("a: 2026-13-45\n", "FLOE-D003", "1:4", "timestamp"),
        ("a: " + "9" * 5000 + "\n", "FLOE-D003", "1:4", "reads as a int"),
        ("a: " + "[" * 20_000, "FLOE-D005", "1:103", "nested more than 100 deep"),
        ("a: " + "{b: " * 20_000, "FLOE-D005", None, "nested more than 100 deep"),
        ("".join(" " * level + "a:\n" for level in range(500)), "FLOE-D005", None, "nested more than 100 deep"),
        (BOMB, "FLOE-D005", None, "aliases expand"),
        (CHAIN, "FLOE-D005", None, "more than 100 levels"),
        ("a: b\x07\n", "FLOE-D003", "1:5", "special characters are not allowed|control characters are not allowed"),
    ],
)
def test_refused_with_its_place(text, code, place, words):
    with pytest.raises(FloeError) as caught:
        parse_yaml(text, FILE)
    error = caught.value
    assert error.code.id == code
    assert error.exit_code == 2
    assert re.search(words, error.problem)
    if place:
        assert str(error.where) == f"doc.yaml:{place}"


def test_all_duplicate_keys_at_once():
    with pytest.raises(FloeError) as caught:
        parse_yaml("a: 1\na: 2\nb: {c: 1, c: 2}\n", FILE)
    assert [str(error.where) for error in caught.value.errors] == ["doc.yaml:2:1", "doc.yaml:3:11"]


def test_aliases_that_harm_nobody_are_read():
    text = "tags: &tags [a, b]\nitems:\n" + "  - {name: x, tags: *tags}\n" * 2000
    assert parse_yaml(text, FILE).data == yaml.load(text, yaml.CSafeLoader)
