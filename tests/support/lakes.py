"""A product whose tables are in a bucket and in a Polaris catalog with OAuth: all of it real but Polaris itself.

Polaris' protocol is spoken by `floe_sdk.testing` before the reference server of Iceberg's REST protocol.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

from pyiceberg.catalog.rest import RestCatalog

from floe_sdk.testing import PolarisServer
from support.crashing import Evidence
from support.products import make_product, manifest_text

WAREHOUSE = "lake"
CLIENTS = ("pyiceberg.catalog.rest", "boto3", "floe_catalog_polaris.catalog", "floe_storage_s3.file_io")
"""What a warm process of `support.forking` has imported for them."""


class Lake:
    """A bucket and the server of the catalog; `polaris` is to be started and stopped by who made it.

    `endpoint` is how products reach S3 (a proxy's address, say).
    """

    def __init__(self, s3, rest, *, endpoint=None, **polaris):
        self.s3, self.rest = s3, rest
        self.endpoint = endpoint or s3.endpoint
        self.bucket = s3.new_bucket()
        root = f"s3://{self.bucket}/"
        storage = {"storageType": "S3", "endpoint": s3.endpoint, "pathStyleAccess": True}
        storage["stsUnavailable"] = not polaris.get("vends")
        self.polaris = PolarisServer(rest.uri, base_location=root, storage=storage, **polaris)

    @property
    def environment(self):
        """What a run needs to know."""
        return {
            "LAKE_KEY_ID": self.s3.access_key_id,
            "LAKE_SECRET": self.s3.secret_access_key,
            "LAKE_CLIENT_SECRET": self.polaris.client.secret,
        }

    def plugins(self, namespace, *, prefix="", keys=True, more=None):
        """The manifest's `catalog` and `storage`; without `keys` the server has to hand them out."""
        oauth2 = {"client_id": self.polaris.client.id, "client_secret": {"env": "LAKE_CLIENT_SECRET"}}
        catalog = {"uri": self.polaris.catalog_uri, "warehouse": WAREHOUSE, "namespace": namespace, "oauth2": oauth2}
        storage = {"bucket": self.bucket, "endpoint": self.endpoint, "prefix": prefix}
        if keys:
            storage["access_key_id"] = {"env": "LAKE_KEY_ID"}
            storage["secret_access_key"] = {"env": "LAKE_SECRET"}
        return {"polaris": catalog, "s3": {**storage, **(more or {})}}

    def manifest(self, plugins, way="auto"):
        """`support.products`' manifest with those two; `way` is how DuckDB reaches S3."""
        text = manifest_text()
        compute = {"type": "duckdb", "config": {"object_storage": way}}
        text = text.replace("{type: duckdb}", json.dumps(compute))
        for old, new in (("sql", "polaris"), ("local", "s3")):
            kind = {"polaris": "catalog", "s3": "storage"}[new]
            text = text.replace(
                f"{kind}: {{type: {old}}}", f"{kind}: {json.dumps({'type': new, 'config': plugins[new]})}"
            )
        return text


class Place:
    """A product in a folder whose tables are in `lake`, in a namespace and below a prefix of its own."""

    def __init__(self, lake, folder, namespace, files, *, way="auto", **plugins):
        self.lake, self.environment = lake, lake.environment
        made = lake.plugins(namespace, prefix=namespace, **plugins)
        self.product = make_product(folder, manifest=lake.manifest(made, way), files=files)
        self.evidence = InLake(lake, folder, self.product, namespace)

    def floe(self, *arguments, code=0, **environment):
        """Run the command in the product's folder; what it says."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("FLOE_", "OTEL_", "AWS_"))}
        done = subprocess.run(
            [sys.executable, "-m", "floe_sdk", *arguments],
            cwd=self.product,
            env={**kept, **self.environment, **environment},
            capture_output=True,
            text=True,
            timeout=200,
            check=False,
        )
        said = done.stdout + done.stderr
        assert done.returncode == code, f"exit {done.returncode}\n{said}"
        assert "--debug" in arguments or "Traceback" not in said, said
        return said


class InLake(Evidence):
    """What bare PyIceberg, at the reference server itself, and the bucket say."""

    def __init__(self, lake, root, product, namespace):
        super().__init__(root, product, namespace)
        self.lake = lake

    def catalog(self):
        s3 = self.lake.s3
        keys = {"s3.access-key-id": s3.access_key_id, "s3.secret-access-key": s3.secret_access_key}
        return RestCatalog(
            "bare", uri=self.lake.rest.uri, **{"s3.endpoint": s3.endpoint, "s3.region": s3.region}, **keys
        )

    def stored(self):
        """The objects below the product's prefix, and what was begun of them and never completed."""
        client, bucket = self.lake.s3.client, self.lake.bucket
        begun = {f"{key} (an upload that was begun)" for key in client.uploads(bucket) if self._mine(key)}
        return begun | {f"s3://{bucket}/{key}" for key in client.keys(bucket, f"{self.namespace}/")}

    def _mine(self, key):
        return key.startswith(f"{self.namespace}/")
