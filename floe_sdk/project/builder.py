"""From PyYAML's events to plain data with marks; iterative, so that no nesting exhausts the stack."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml
from yaml.constructor import SafeConstructor
from yaml.events import (
    AliasEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from yaml.nodes import ScalarNode
from yaml.resolver import Resolver

from floe_sdk.errors.documents import NOT_YAML, TOO_COMPLEX

if TYPE_CHECKING:
    from floe_sdk.errors import ErrorCode

MAX_DEPTH = 100
MAX_EXPANDED = 1_000_000
_PREFIX = "tag:yaml.org,2002:"
_STR, _BOOL, _MERGE = _PREFIX + "str", _PREFIX + "bool", _PREFIX + "merge"
_SCALARS = {_PREFIX + name for name in ("str", "bool", "int", "float", "null", "timestamp", "binary")}
_BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_NO_KEY: Any = object()
_OPEN: Any = object()


class YamlProblem(Exception):  # noqa: N818 - turned into a FloeError by the reader
    """A document that is refused, with PyYAML's mark of the place."""

    def __init__(self, code: ErrorCode, problem: str, mark: Any, fix: str | None = None) -> None:
        super().__init__(problem)
        self.code, self.problem, self.mark, self.fix = code, problem, mark, fix


class Builder:
    """Builds one document. `marks` and `duplicates` (key, first mark, second mark) are filled on the way."""

    def __init__(self) -> None:
        self.marks: dict[int, Any] = {}
        self.duplicates: list[tuple[str, Any, Any]] = []
        self.start: Any = None
        self._anchors: dict[str, Any] = {}
        self._expanded = 0
        self._sizes: dict[int, tuple[int, int]] = {}
        self._merges: dict[int, list[Any]] = {}
        self._texts: dict[str, Any] = {}
        self._constructor = SafeConstructor()
        self._resolvers: dict[Any, Any] = Resolver.yaml_implicit_resolvers

    def build(self, loader: Any) -> Any:
        """The data of the stream's only document; None for an empty stream."""
        next_event = loader.get_event
        next_event()  # the stream's start
        event = next_event()
        if isinstance(event, yaml.StreamEndEvent):
            return None
        self.start = event.start_mark
        root = self._document(next_event)
        next_event()  # the document's end
        event = next_event()
        if not isinstance(event, yaml.StreamEndEvent):
            fix = "keep one document in the file"
            raise YamlProblem(NOT_YAML, "the file holds more than one document", event.start_mark, fix)
        return root

    def _document(self, next_event: Any) -> Any:  # noqa: C901, PLR0912, PLR0915 - one loop, written out for its speed
        marks = self.marks
        stack: list[tuple[Any, Any, Any]] = []
        node: Any = None  # the container that is being filled, its marks, and the key that waits for its value
        places: Any = None
        key: Any = _NO_KEY
        key_mark: Any = None
        while True:
            event = next_event()
            kind = event.__class__
            mark = event.start_mark
            if kind is ScalarEvent:
                is_key = key is _NO_KEY and node.__class__ is dict
                value = self._scalar(event, is_key=is_key)
                if is_key:
                    key, key_mark = value, mark
                    continue
            elif kind is MappingStartEvent or kind is SequenceStartEvent:
                if key is _NO_KEY and node.__class__ is dict:
                    raise YamlProblem(NOT_YAML, "a key must be plain text", mark, "put the key in quotes")
                if len(stack) >= MAX_DEPTH:
                    problem = f"the document is nested more than {MAX_DEPTH} deep"
                    raise YamlProblem(TOO_COMPLEX, problem, mark, "write it flatter")
                if event.tag not in (None, "!", _PREFIX + "map", _PREFIX + "seq"):
                    raise _unknown_tag(event)
                stack.append((node, places, (key, key_mark, event.anchor, mark)))
                if event.anchor:
                    self._anchor(event, _OPEN)
                node, places = ({}, {}) if kind is MappingStartEvent else ([], [])
                marks[id(node)] = places
                key = _NO_KEY
                continue
            elif kind is MappingEndEvent or kind is SequenceEndEvent:
                value = node
                if id(value) in self._merges:
                    self._merge(value)
                node, places, (key, key_mark, anchor, mark) = stack.pop()
                if anchor:
                    self._anchors[anchor] = value
            elif kind is AliasEvent:
                value = self._alias(event, len(stack))
                if key is _NO_KEY and node.__class__ is dict:
                    raise YamlProblem(NOT_YAML, "an alias can't be a key", mark, "write the key out")
            else:  # pragma: no cover - PyYAML's grammar has nothing else here
                raise YamlProblem(NOT_YAML, f"unexpected {kind.__name__}", mark)

            if node is None:
                return value
            if node.__class__ is list:
                node.append(value)
                places.append(mark)
                continue
            if key is _MERGE:
                self._merges.setdefault(id(node), []).append((value, mark))
            elif key in node:
                self.duplicates.append((key, places[key][0], key_mark))
            else:
                node[key] = value
                places[key] = (key_mark, mark)
            key = _NO_KEY

    def _scalar(self, event: Any, *, is_key: bool) -> Any:
        text = event.value
        tag = event.tag
        if tag is None and event.implicit[0]:
            value = self._texts.get(text, _OPEN)
            if value is _OPEN:
                value = self._texts[text] = self._plain(text, event)
        elif tag is None or tag == "!":
            value = text
        elif tag in _SCALARS:
            value = self._construct(tag, text, event)
        else:
            raise _unknown_tag(event)
        if event.anchor:
            self._anchor(event, value)
        if is_key and value.__class__ is not str:
            raise YamlProblem(NOT_YAML, "a key must be text", event.start_mark, "put the key in quotes")
        return text if value is _MERGE and not is_key else value

    def _plain(self, text: str, event: Any) -> Any:
        """A plain scalar by PyYAML's implicit resolvers, and YAML 1.2's booleans."""
        for tag, pattern in self._resolvers.get(text[:1], ()):
            if pattern.match(text):
                if tag == _BOOL:
                    return _BOOLEANS.get(text, text)
                if tag == _MERGE:
                    return _MERGE
                return self._construct(tag, text, event) if tag in _SCALARS else text
        return text

    def _construct(self, tag: str, text: str, event: Any) -> Any:
        if tag == _STR:
            return text
        node = ScalarNode(tag, text, event.start_mark, event.end_mark)
        try:
            return SafeConstructor.yaml_constructors[tag](self._constructor, node)
        except (ValueError, KeyError, OverflowError):
            problem = f"this reads as a {tag.removeprefix(_PREFIX)}, but is none"
            raise YamlProblem(NOT_YAML, problem, event.start_mark, "put it in quotes if it is text") from None

    def _anchor(self, event: Any, value: Any) -> None:
        if event.anchor in self._anchors:
            raise YamlProblem(NOT_YAML, f"the anchor `&{event.anchor}` stands twice", event.start_mark, "rename one")
        self._anchors[event.anchor] = value

    def _alias(self, event: Any, depth: int) -> Any:
        if event.anchor not in self._anchors:
            problem = f"the alias `*{event.anchor}` has no anchor before it"
            raise YamlProblem(NOT_YAML, problem, event.start_mark, "put the value in quotes if it is text")
        value = self._anchors[event.anchor]
        if value is _OPEN:
            problem = f"the alias `*{event.anchor}` stands inside of what it names"
            raise YamlProblem(TOO_COMPLEX, problem, event.start_mark, "write the value out")
        size, height = self._measure(value)
        self._expanded += size
        if self._expanded > MAX_EXPANDED or depth + height > MAX_DEPTH:
            problem = f"aliases expand to more than {MAX_EXPANDED:,} values, or more than {MAX_DEPTH} levels"
            raise YamlProblem(TOO_COMPLEX, problem, event.start_mark, "write fewer aliases of aliases")
        return value

    def _measure(self, value: Any) -> tuple[int, int]:
        """How many values it expands to, and how deep; each container is measured once."""
        if value.__class__ is not dict and value.__class__ is not list:
            return 1, 0
        if id(value) not in self._sizes:
            parts = [self._measure(part) for part in (value.values() if isinstance(value, dict) else value)]
            self._sizes[id(value)] = (
                1 + sum(size for size, _ in parts),
                1 + max((height for _, height in parts), default=0),
            )
        return self._sizes[id(value)]

    def _merge(self, target: dict[str, Any]) -> None:
        """Apply `<<`: what it brings comes first, and the mapping's own keys win."""
        own, own_marks = dict(target), dict(self.marks[id(target)])
        target.clear()
        places = self.marks[id(target)]
        places.clear()
        for value, mark in self._merges.pop(id(target)):
            sources = list(reversed(value)) if isinstance(value, list) else [value]
            for source in sources:
                if not isinstance(source, dict):
                    problem = "`<<` needs a mapping, or a list of mappings"
                    raise YamlProblem(NOT_YAML, problem, mark, "alias a mapping")
                target.update(source)
                places.update(self.marks[id(source)])
        target.update(own)
        places.update(own_marks)


def _unknown_tag(event: Any) -> YamlProblem:
    return YamlProblem(NOT_YAML, f"the tag {event.tag} is not known", event.start_mark, "remove the tag")
