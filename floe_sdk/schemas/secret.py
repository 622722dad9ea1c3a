"""`Secret`: a reference to a value that only a run may see."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from pydantic_core import PydanticCustomError, core_schema

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler

Resolver = Callable[["Secret"], str]
"""Turns a reference into its value; the platform's resolver also tells the redactor."""

CONTEXT_KEY = "secrets"
"""Key of the `Resolver` in the pydantic validation context."""

BOUND_KEY = "bound_secrets"
"""Key of a list in the validation context that collects every secret that validation met."""


class Secret:
    """A reference such as `{env: AZURE_KEY}`; it prints, compares and serialises as the reference, never as the value.

    `scheme` names a secrets plugin, `key` is what that plugin looks up. A secret made by validating a plugin's
    configuration is bound to the platform's resolver; `reveal()` on an unbound one raises RuntimeError.
    """

    __slots__ = ("_resolver", "key", "scheme")

    def __init__(self, scheme: str, key: str, resolver: Resolver | None = None) -> None:
        self.scheme = scheme
        self.key = key
        self._resolver = resolver

    @classmethod
    def from_reference(cls, value: object, resolver: Resolver | None = None) -> Secret:
        """Read `{scheme: key}`, or the public documents' `{source: env, name: NAME, key: KEY}`.

        Raises ValueError with the expected form, never with the value, which may be a literal secret.
        """
        if isinstance(value, Secret):
            return value if resolver is None else cls(value.scheme, value.key, resolver)
        if isinstance(value, Mapping):
            if "source" in value and isinstance(value.get("name"), str) and set(value) <= {"source", "name", "key"}:
                name, part = value["name"], value.get("key")
                return cls(str(value["source"]), f"{name}/{part}" if part else name, resolver)
            if len(value) == 1:
                ((scheme, key),) = value.items()
                if isinstance(scheme, str) and isinstance(key, str):
                    return cls(scheme, key, resolver)
        message = "expected a reference such as {env: NAME} or {file: PATH}"
        raise ValueError(message)

    @property
    def reference(self) -> dict[str, str]:
        """The reference as it stands in YAML and in the artifact."""
        return {self.scheme: self.key}

    def reveal(self) -> str:
        """The value, looked up now; run time only. Raises FloeError (FLOE-S family) when it can't be had."""
        if self._resolver is None:
            message = f"{self!r} is not bound to a platform"
            raise RuntimeError(message)
        return self._resolver(self)

    def __repr__(self) -> str:
        return f"Secret({self.scheme}:{self.key})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and (self.scheme, self.key) == (other.scheme, other.key)

    def __hash__(self) -> int:
        return hash((self.scheme, self.key))

    @classmethod
    def __get_pydantic_core_schema__(cls, source: type[Any], handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        """Validate from a reference, with the resolver of the validation context; serialise to the reference."""

        def validate(value: object, info: core_schema.ValidationInfo) -> Secret:
            context = info.context or {}
            try:
                secret = cls.from_reference(value, context.get(CONTEXT_KEY))
            except ValueError as error:
                kind = "literal_secret" if isinstance(value, (str, int, float)) else "secret_reference"
                raise PydanticCustomError(kind, "{reason}", {"reason": str(error)}) from None
            context.get(BOUND_KEY, []).append(secret)
            return secret

        return core_schema.with_info_plain_validator_function(
            validate,
            serialization=core_schema.plain_serializer_function_ser_schema(lambda secret: secret.reference),
        )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """An object with one key: the scheme of a secrets plugin."""
        return {
            "type": "object",
            "description": "A secret's reference: {env: NAME}, {file: PATH} or {<scheme>: KEY}.",
            "minProperties": 1,
            "maxProperties": 3,
            "additionalProperties": {"type": "string"},
        }
