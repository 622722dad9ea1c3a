"""The how-to for a team with a PostgreSQL, followed with a real one."""

from __future__ import annotations

import re

from support.pages import DOCS, Teammate, blocks

PAGE = DOCS / "how-to" / "team-database.md"


def test_a_team_shares_a_catalog(postgres_server, unique, tmp_path):
    # The page's user and database have names of their own here: the server has others' too.
    for statement in re.findall(r"^create .*;$", _sql(), re.MULTILINE):
        postgres_server.execute(statement.replace("lake", unique).replace("'...'", "'planted-team'"))
    server = f"127.0.0.1:{postgres_server.port}"
    addresses = {
        "postgresql://lake@db.example.com:5432/lake": f"postgresql://{unique}@{server}/{unique}",
        "postgresql at db.example.com:5432/lake": f"postgresql at {server}/{unique}",
        "/srv/lake": str(tmp_path / "lake"),
    }
    folder = tmp_path / "shop"
    folder.mkdir()
    reader = Teammate(folder, addresses, LAKE_PASSWORD="planted-team")
    reader.follow(DOCS / "tutorial.md", skip=lambda _command: True)  # its files
    reader.follow(PAGE)


def _sql():
    return "".join(block.text for block in blocks(PAGE) if block.language == "sql")
