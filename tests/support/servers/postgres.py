"""PostgreSQL: Debian's, or any that is on the machine."""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import uuid
from pathlib import Path

from filelock import FileLock

from support.servers.install import BUILD_SECONDS, Unavailable, build_step, say, servers_folder, tool
from support.servers.process import Process, free_port

REMEDY = "On Debian and Ubuntu: apt-get install postgresql"


def install():
    """The folder of initdb and postgres; as root on Debian they are installed where they are missing."""
    if folder := _found():
        return folder
    if os.geteuid() != 0:
        raise Unavailable(f"there is no PostgreSQL server, and only root may install it. {REMEDY}")
    apt = tool("apt-get", "Install PostgreSQL 13 or newer.")
    servers_folder().mkdir(parents=True, exist_ok=True)
    with FileLock(servers_folder() / ".postgresql.lock", timeout=BUILD_SECONDS):
        if not _found():
            say("PostgreSQL from the packages of this system")
            quiet = {"DEBIAN_FRONTEND": "noninteractive"}
            build_step("PostgreSQL", [apt, "update", "-qq"], "/", **quiet)
            build_step(
                "PostgreSQL", [apt, "install", "-y", "-qq", "--no-install-recommends", "postgresql"], "/", **quiet
            )
    folder = _found()
    if folder is None:
        raise Unavailable("apt-get installed postgresql, and there still is no initdb")
    return folder


def _found():
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
    for folder in (*reversed(versions), *map(Path, os.get_exec_path())):
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    return None


class PostgresServer:
    """A server with a superuser; every test has databases and users of its own."""

    host = "127.0.0.1"
    user = "floe_root"

    def __init__(self, port, password, process, folder):
        self.port, self.password, self.process, self.folder = port, password, process, folder
        self._numbers = itertools.count(1)

    def uri(self, database, user=None, password=None):
        return f"postgresql://{user or self.user}:{password or self.password}@{self.host}:{self.port}/{database}"

    def new_database(self):
        """The name of an empty database."""
        name = f"lake_{next(self._numbers)}_{uuid.uuid4().hex[:6]}"
        self.execute(f"create database {name}")
        return name

    def execute(self, statement, database="postgres"):
        """Run one statement as the superuser; its rows, where it has some."""
        import psycopg

        with psycopg.connect(self.uri(database), autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def close(self):
        self.process.stop_signal = signal.SIGQUIT  # what it holds goes away with it
        self.process.stop()
        shutil.rmtree(self.folder)


def start(log):
    """A server with its data in a temporary folder of its own: the one that tests have is closed to its user."""
    programs = install()
    owner = _owner()
    folder = Path(tempfile.mkdtemp(prefix="floe-postgres-"))
    try:
        return _started(programs, folder, owner, log)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _started(programs, folder, owner, log):
    password, port = f"planted-{uuid.uuid4().hex}", free_port()
    (folder / "password").write_text(password)
    for path in (folder, folder / "password"):
        if owner:
            os.chown(path, owner.pw_uid, owner.pw_gid)
    data = folder / "data"
    initdb = [programs / "initdb", "-D", data, "-U", PostgresServer.user, "-A", "scram-sha-256"]
    initdb += ["--pwfile", folder / "password", "-E", "UTF8", "--locale=C", "--no-sync"]
    made = subprocess.run([*_as(owner), *initdb], capture_output=True, text=True, timeout=120, check=False, cwd=folder)
    if made.returncode:
        raise Unavailable(f"PostgreSQL's initdb failed:\n{made.stdout}{made.stderr}")
    # Nothing here outlives the session, so nothing needs to reach the disk.
    settings = {"listen_addresses": "127.0.0.1", "port": port, "unix_socket_directories": folder, "fsync": "off"}
    settings |= {"synchronous_commit": "off", "full_page_writes": "off", "max_connections": 200}
    command = [*_as(owner), programs / "postgres", "-D", data]
    command += [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    server = PostgresServer(port, password, None, folder)
    # SIGINT is the fast shutdown: connections are cut, and what was committed is kept.
    server.process = Process("postgres", command, log, lambda: _answers(server), stop_signal=signal.SIGINT)
    server.process.start()
    return server


def _answers(server):
    import psycopg

    try:
        server.execute("select 1")
    except psycopg.OperationalError:
        return False
    return True


def _owner():
    """Who the server runs as: it refuses to be root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise Unavailable("PostgreSQL does not run as root, and there is neither a user `postgres` nor `nobody`")


def _as(owner):
    if owner is None:
        return []
    who = [f"--reuid={owner.pw_uid}", f"--regid={owner.pw_gid}", "--clear-groups"]
    # The wish of the outer setpriv to die with the test does not survive a change of user.
    return [tool("setpriv", "It comes with util-linux."), *who, "--pdeathsig", "QUIT"]
