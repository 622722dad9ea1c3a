"""YAML into models with file:line:column; environments and inheritance."""

from floe_sdk.project.locations import context_for, product_slug
from floe_sdk.project.resolve import resolve
from floe_sdk.project.resolved import Origin, ResolvedProduct

__all__ = ["Origin", "ResolvedProduct", "context_for", "product_slug", "resolve"]
