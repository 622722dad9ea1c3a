from importlib.metadata import Distribution

import pytest
from packaging.requirements import Requirement

from floe_sdk import FloeError
from floe_sdk.packaging.closure import Installed, Wanted, needed
from floe_sdk.plugins.discovery import PluginRecord, normalized


class InMemory(Distribution):
    """A distribution of which there is only METADATA."""

    def __init__(self, name, *, requires=(), extras=(), version="1.0"):
        lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
        lines += [f"Requires-Dist: {each}" for each in requires] + [f"Provides-Extra: {each}" for each in extras]
        self.text = "\n".join(lines) + "\n"

    def read_text(self, filename):
        return self.text if filename == "METADATA" else None

    def locate_file(self, path):
        raise FileNotFoundError(path)


def plugin(identity, distribution):
    kind, _, name = identity.partition("/")
    return PluginRecord(kind, name, distribution, "1.0", "", "", "", "m:P")


SDK = InMemory(
    "floe-sdk",
    requires=[
        "click",
        "floe-duck; extra == 'local'",
        "iceberg[sql]; extra == 'local'",
        "floe-duck[s3]; extra == 'lake'",
        "floe-s3; extra == 'lake'",
        "psycopg; extra == 'postgres'",
        "floe-s3; extra == 'files'",
        "gcs; extra == 'files'",
    ],
    extras=["local", "lake", "postgres", "files"],
)
DUCK = InMemory("floe-duck", requires=["floe-sdk", "duckdb<2", "httpfs; extra == 's3'"], extras=["s3"])
S3 = InMemory("floe-s3", requires=["floe-sdk", "botocore"])
ICEBERG = InMemory("Ice.Berg", requires=["arrow", "sqlalchemy; extra == 'sql'", "gcs; extra == 'gcs'"])
PLAIN = [InMemory(name) for name in ("click", "duckdb", "httpfs", "botocore", "arrow", "sqlalchemy", "gcs")]
RECORDS = [plugin("storage/local", "floe-sdk"), plugin("compute/duckdb", "floe-duck"), plugin("storage/s3", "floe-s3")]


def names(roots, *, without=(), more=(), plugins=("local", "duckdb")):
    distributions = [
        SDK,
        DUCK,
        S3,
        InMemory("iceberg", requires=ICEBERG.requires, extras=["sql", "gcs"]),
        *PLAIN,
        *more,
    ]
    here = {normalized(each.metadata["Name"]): each for each in distributions}
    here = {name: each for name, each in here.items() if name not in without}
    wanted = Wanted([Requirement(root) for root in roots], frozenset(plugins))
    return [each.metadata["Name"] for each in needed(wanted, Installed(here, RECORDS))]


def test_it_is_what_the_plugins_require_with_the_extras_that_are_installed():
    found = names(["floe-sdk", "floe-duck"])
    assert found == ["arrow", "click", "duckdb", "floe-duck", "floe-sdk", "iceberg", "sqlalchemy"]


def test_an_extra_for_a_plugin_counts_where_that_is_selected():
    found = names(["floe-sdk", "floe-duck", "floe-s3"], plugins=("local", "duckdb", "s3"))
    assert {"httpfs", "botocore", "floe-s3", "gcs"} <= set(found)


def test_an_extra_that_is_installed_in_part_is_not_installed():
    assert "psycopg" not in names(["floe-sdk"])
    assert "psycopg" in names(["floe-sdk"], more=[InMemory("psycopg")])


def test_what_somebody_adds_brings_its_own():
    more = [InMemory("dagster-k8s", requires=["kubernetes", "lint; extra == 'dev'"], extras=["dev"])]
    more += [InMemory("kubernetes"), InMemory("lint")]
    assert {"dagster-k8s", "kubernetes"} <= set(names(["floe-sdk", "dagster_K8s"], more=more))
    assert "lint" not in names(["floe-sdk", "dagster-k8s"], more=more)
    assert "lint" in names(["floe-sdk", "dagster-k8s[dev]"], more=more)


def test_markers_are_those_of_this_environment():
    more = [InMemory("marked", requires=["never; python_version < '3'", "always; python_version >= '3'"])]
    found = names(["marked"], more=[*more, InMemory("never"), InMemory("always")])
    assert "always" in found
    assert "never" not in found


def test_packages_that_require_each_other_end():
    more = [InMemory("hen", requires=["egg"]), InMemory("egg", requires=["hen"])]
    assert {"hen", "egg"} <= set(names(["hen"], more=more))


def test_everything_that_is_missing_is_said_at_once_with_who_needs_it():
    with pytest.raises(FloeError) as caught:
        names(["floe-sdk", "floe-duck"], without=("click", "duckdb"))
    assert [error.problem for error in caught.value.errors] == [
        "click is not installed, and floe-sdk needs it",
        "duckdb is not installed, and floe-duck needs it",
    ]
    assert {error.code.id for error in caught.value.errors} == {"FLOE-B004"}
