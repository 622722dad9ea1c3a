"""PostgreSQL with TLS: what a manifest may say of it, and what a user reads when it does not fit."""

from __future__ import annotations

import shutil

import pytest
from support.certificates import make_certificates

from floe_sdk import CATALOG_DENIED, CATALOG_URI_WRONG, FloeError


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    """Of the server that has TLS as long as these tests run."""
    return make_certificates(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def with_tls(postgres_server, certificates):
    data = postgres_server.folder / "data"
    for name, path in (("server.crt", certificates.server), ("server.key", certificates.server_key)):
        shutil.copy(path, data / name)
        shutil.chown(data / name, data.owner(), data.group())
        (data / name).chmod(0o600)
    _set(postgres_server, "alter system set ssl = on")
    yield postgres_server
    _set(postgres_server, "alter system reset ssl")


@pytest.fixture
def uri(team, with_tls, certificates):
    """The URI of the team's database, with options; beside the manifest there are two authorities."""
    (team.folder / "lake-ca.pem").write_bytes(certificates.ca.read_bytes())
    others = make_certificates(team.folder / "others")
    (team.folder / "other-ca.pem").write_bytes(others.ca.read_bytes())

    def made(options, host="localhost"):
        return f"postgresql://{team.server.user}@{host}:{team.server.port}/{team.database}?{options}"

    return made


def _set(server, statement):
    server.execute(statement)
    server.execute("select pg_reload_conf()")


@pytest.mark.parametrize("options", ["sslmode=require", "sslmode=verify-full&sslrootcert=lake-ca.pem"])
def test_a_catalog_over_tls(team, uri, options):
    """A file is beside the manifest, wherever the command is called."""
    assert team.health(uri=uri(options)).ok
    catalog = team.connect(uri=uri(options))
    catalog.create_namespace("shop")
    assert catalog.list_namespaces() == [("shop",)]
    with catalog.engine.connect() as connection:
        used = "select ssl from pg_stat_ssl where pid = pg_backend_pid()"
        assert connection.exec_driver_sql(used).scalar() is True


@pytest.mark.parametrize(
    ("options", "code", "said", "fix"),
    [
        ("sslmode=verify-full&sslrootcert=other-ca.pem", CATALOG_DENIED, "certificate verify failed", "sslrootcert="),
        ("sslmode=verify-full&sslrootcert=none.pem", CATALOG_DENIED, "none.pem", "sslrootcert="),
        (
            "sslmode=verify-full&sslrootcert=lake-ca.pem&hostaddr=127.0.0.1",
            CATALOG_DENIED,
            "does not match host name",
            "as its certificate does",
        ),
        ("sslmode=verify_full", CATALOG_URI_WRONG, 'invalid sslmode value: "verify_full"', "behind the `?`"),
        ("sslmod=require", CATALOG_URI_WRONG, 'invalid connection option "sslmod"', "behind the `?`"),
    ],
)
def test_what_does_not_fit_is_told(team, uri, options, code, said, fix):
    host = "db.example.com" if "hostaddr" in options else "localhost"
    for ask in team.asked(uri=uri(options, host)).values():
        with pytest.raises(FloeError) as caught:
            ask()
        error = caught.value
        assert error.code is code, error.render()
        assert said in error.problem
        assert fix in error.fix
        assert "planted-" not in error.render()
