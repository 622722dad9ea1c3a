"""dbt holds what every transform holds."""

import shutil

import yaml

from floe_sdk.testing import TransformContract


class TestDbt(TransformContract):
    plugin = "dbt"
    compute = "duckdb"

    @staticmethod
    def write(folder, models):
        shutil.rmtree(folder / "models", ignore_errors=True)
        (folder / "models").mkdir(parents=True)
        project = {"name": "shop", "version": "1.0", "profile": "shop", "models": {"+materialized": "table"}}
        (folder / "dbt_project.yml").write_text(yaml.safe_dump(project))
        for model in models:
            parts = [f"select range as n from range({model.rows})"]
            parts += [f"select n from {{{{ ref('{each}') }}}}" for each in model.reads]
            parts += ["select no_such_column as n"] * model.fails
            (folder / "models" / f"{model.name}.sql").write_text("\nunion all ".join(parts))

    @classmethod
    def write_broken(cls, folder):
        cls.write(folder, [])
        (folder / "models" / "orders.sql").write_text("select * from {{ ref('nowhere') }}")
        return "nowhere"

    @classmethod
    def write_refused(cls, folder):
        cls.write(folder, [])
        (folder / "models" / "orders.sql").write_text("{{ config(materialized='external') }} select 1 as n")
        return "external"

    @staticmethod
    def guarded(profile, value):
        return {**profile, "settings": {"custom_user_agent": value}}
