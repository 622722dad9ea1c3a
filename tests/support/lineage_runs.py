"""A product whose runs send their lineage somewhere, without the seconds of dbt."""

from __future__ import annotations

from support.crashing import PLATFORM, Evidence, Shelf


class Product:
    """Runs of one product whose lineage goes where `config` says, and to a file."""

    def __init__(self, root, site, forks):
        self.shelf, self.forks = Shelf(root, site), forks
        self.evidence = Evidence(root, self.shelf.product)
        self.models = {"orders": ("table", 1), "events": ("incremental", 1)}
        self.seconds = 0.0

    def configure(self, config, *others, flush=None, **lineage):
        """Lineage `openlineage` with this configuration, and other plugins beside it; `flush` seconds at the end."""
        plugins = {**PLATFORM["plugins"], "lineage": [{"type": "openlineage", "config": config}, *others]}
        observability = {"tracing": {"exporter": "none"}, "lineage": lineage or {"enabled": True}}
        observability |= {"flush_timeout": flush} if flush else {}
        governance = {"policy_enforcement_level": "off"}
        self.shelf.write(
            manifest={"plugins": plugins, "observability": observability, "governance": governance},
            models=[{"name": name, "kind": kind, "generation": number} for name, (kind, number) in self.models.items()],
        )
        return self

    def floe(self, *arguments, code=0, **environment):
        """Run the command; what it says."""
        status, output, self.seconds = self.forks.run(*arguments, cwd=self.shelf.product, **environment)
        assert status == code, output
        return output

    @property
    def waiting(self):
        """The files of the runs that wait, of every environment."""
        return sorted((self.evidence.state / "spool").glob("*/*.jsonl"))
