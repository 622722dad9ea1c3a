"""The Iceberg REST catalog that the Iceberg project tests its own clients against."""

from __future__ import annotations

import re
import signal
import subprocess
import urllib.request

from support.servers.install import Unavailable, build_step, installed, tool
from support.servers.process import Process, free_port

VERSION = "1.10.0"
BUILD = 1
"""Counts the lists of jars of one version, so that a cache made from an older list isn't taken for this one."""
JAVA = 17
DEPENDENCIES = (
    f"org.apache.iceberg:iceberg-open-api:{VERSION}:test-fixtures",
    f"org.apache.iceberg:iceberg-core:{VERSION}",
    f"org.apache.iceberg:iceberg-core:{VERSION}:tests",
    f"org.apache.iceberg:iceberg-aws:{VERSION}",
    f"org.apache.iceberg:iceberg-aws-bundle:{VERSION}",
    "org.apache.hadoop:hadoop-client-api:3.4.1",
    "org.apache.hadoop:hadoop-client-runtime:3.4.1",
    "org.eclipse.jetty:jetty-server:11.0.25",
    "org.eclipse.jetty:jetty-servlet:11.0.25",
    "org.xerial:sqlite-jdbc:3.46.1.3",
    "org.slf4j:slf4j-simple:2.0.16",
    "org.junit.jupiter:junit-jupiter-api:5.11.4",
    "org.assertj:assertj-core:3.26.3",
)
COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"


def install():
    """The folder of the jars."""
    return installed("iceberg-rest", f"{VERSION}-{BUILD}", _build) / "lib"


def java():
    """A Java that runs the server."""
    remedy = f"Install Java {JAVA} or newer; on Debian and Ubuntu: apt-get install openjdk-{JAVA}-jre-headless"
    program = tool("java", remedy)
    told = subprocess.run([program, "-version"], capture_output=True, text=True, check=False).stderr
    version = re.search(r'version "(\d+)', told)
    if not version or int(version.group(1)) < JAVA:
        raise Unavailable(f"{program} is too old ({told.splitlines()[0] if told else 'it says nothing'}). {remedy}")
    return program


class RestCatalog:
    """The catalog at `uri`, without authentication; its tables are on `s3`, or on files where they say so."""

    def __init__(self, uri, s3, process):
        self.uri, self.s3, self.process = uri, s3, process


def start(folder, s3, port=None, warehouse=None):
    """A catalog that writes metadata with the keys of the S3 server, and remembers its tables below `folder`.

    By default on a free port, and with tables that name no place in a bucket of their own.
    """
    lib, program = install(), java()
    folder.mkdir(parents=True, exist_ok=True)
    port = port or free_port()
    uri = f"http://127.0.0.1:{port}"
    command = [program, "-Xmx512m", "-cp", lib / "*", "org.apache.iceberg.rest.RESTCatalogServer"]
    environment = _configuration(folder, port, s3, warehouse or f"s3://{s3.new_bucket()}/warehouse")
    log = folder / "rest.log"
    # It has no end of its own: SIGTERM is not heard while connections are open, and SQLite forgets nothing at a kill.
    process = Process(
        "iceberg-rest", command, log, lambda: _answers(uri), environment=environment, stop_signal=signal.SIGKILL
    )
    return RestCatalog(uri, s3, process.start())


def _configuration(folder, port, s3, warehouse):
    return {
        "CATALOG_REST_PORT": str(port),
        "CATALOG_URI": f"jdbc:sqlite:{folder}/catalog.db?busy_timeout=30000",
        "CATALOG_JDBC_INITIALIZE": "true",
        "CATALOG_CLIENTS": "1",  # connections: two of one process lock each other out of SQLite, now and then for good
        "CATALOG_WAREHOUSE": warehouse,
        "CATALOG_IO__IMPL": "org.apache.iceberg.io.ResolvingFileIO",
        "CATALOG_S3_ENDPOINT": s3.endpoint,
        "CATALOG_S3_PATH__STYLE__ACCESS": "true",
        "AWS_ACCESS_KEY_ID": s3.access_key_id,
        "AWS_SECRET_ACCESS_KEY": s3.secret_access_key,
        "AWS_REGION": s3.region,
    }


def _answers(uri):
    with urllib.request.urlopen(f"{uri}/v1/config", timeout=5) as answer:
        return answer.status == 200


def _build(folder):
    java()
    maven = tool("mvn", "Install Maven; on Debian and Ubuntu: apt-get install maven")
    (folder / "pom.xml").write_text(_pom(), encoding="utf-8")
    # Strict checksums: a jar that doesn't fit its checksum is refused.
    copy = [maven, "--batch-mode", "--quiet", "--strict-checksums", COPY, f"-DoutputDirectory={folder / 'lib'}"]
    build_step("the Iceberg REST catalog", copy, folder)


def _pom():
    return f"""<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>dev.floe</groupId>
  <artifactId>iceberg-rest</artifactId>
  <version>{VERSION}</version>
  <dependencies>
{"".join(dependency(*each.split(":")) for each in DEPENDENCIES)}  </dependencies>
</project>
"""


def dependency(group, artifact, version, classifier=None):
    """A dependency of a pom.xml."""
    inner = f"<groupId>{group}</groupId><artifactId>{artifact}</artifactId><version>{version}</version>"
    if classifier:
        inner += f"<classifier>{classifier}</classifier>"
    return f"    <dependency>{inner}</dependency>\n"
