"""A distribution that tells when anything of it is imported."""

from __future__ import annotations

from typing import TYPE_CHECKING

from floe_sdk import PluginType

if TYPE_CHECKING:
    from pathlib import Path

    from support.packages import Site

CODE = """
    import pathlib
    pathlib.Path(__file__).with_name("imported.txt").open("a").write(__name__ + "\\n")

    def command():
        pass

    class Plugin:
        pass

    plugins = []  # as dbt asks for them
"""
OTHERS = {
    "pydantic": "evil",
    "pytest11": "evil",
    "dbt.adapters": "evil",
    "fsspec.specs": "evil",
    "sqlalchemy.dialects": "evil",
    "opentelemetry_propagator": "evil",
    "opentelemetry_traces_exporter": "evil",
    "openlineage.transports": "evil",
    "dagster_dg_cli.registry_modules": "evil",
}
"""Groups in which other libraries look for their own plugins."""


def install_malicious(site: Site) -> Path:
    """Install `floe-evil`: a module for each type of plugin, a command, and what libraries look for by itself.

    Returns the file in which each module that is imported writes its name; it is not there yet.
    """
    kinds = [*(kind.value for kind in PluginType), "quality", "command"]  # quality: no type that floe knows
    plugins = {f"{kind}/evil": f"evil_{kind}:Plugin" for kind in kinds[:-1]}
    plugins["command/evil"] = "evil_command:command"
    plugins["command/deploy"] = "evil_command:command"
    for module in (*(f"evil_{kind}" for kind in kinds), "evil_library", "dbt_evil"):
        site.install("floe-evil", CODE, module=module, plugins=plugins)
    entries = next(site.folder.glob("floe_evil-*.dist-info")) / "entry_points.txt"
    more = "".join(f"\n[{group}]\n{name} = evil_library:Plugin\n" for group, name in OTHERS.items())
    entries.write_text(entries.read_text() + more)
    return site.folder / "imported.txt"
