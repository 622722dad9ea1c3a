"""versitygw: an S3 server over a folder."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import urllib.error
import urllib.request
import uuid

from support.servers.install import Unavailable, build_step, installed, tool
from support.servers.process import Process, free_port
from support.servers.s3_client import S3Client

VERSION = "1.8.0"
ENDPOINT, KEY_ID, KEY = "FLOE_TEST_S3_ENDPOINT", "FLOE_TEST_S3_ACCESS_KEY_ID", "FLOE_TEST_S3_SECRET_ACCESS_KEY"


def install():
    """The path of the program."""
    return installed("versitygw", VERSION, _build) / "versitygw"


def _build(folder):
    go = tool("go", "Install Go 1.24 or newer.")
    module = f"github.com/versity/versitygw/cmd/versitygw@v{VERSION}"
    build_step("versitygw", [go, "install", module], folder, GOBIN=str(folder), CGO_ENABLED="0")


class S3Server:
    """An S3 endpoint with the keys of a user who may do everything; `process` is None where it isn't ours."""

    region = "us-east-1"

    def __init__(self, endpoint, access_key_id, secret_access_key, process=None):
        self.endpoint = endpoint
        self.access_key_id, self.secret_access_key = access_key_id, secret_access_key
        self.process = process
        self.client = S3Client(endpoint, access_key_id, secret_access_key, self.region)
        self._numbers = itertools.count(1)
        self._users = {}

    def new_bucket(self):
        """A bucket that nobody else uses."""
        name = f"floe-{uuid.uuid4().hex[:8]}-{next(self._numbers)}"
        self.client.make_bucket(name)
        return name

    def reader_of(self, bucket):
        """A client of a second user, who may read this bucket and nothing else."""
        return self._user_of(bucket, ["s3:GetObject", "s3:ListBucket"])

    def writer_of(self, bucket):
        """A client of a second user, who may do everything with what is in this bucket, and nothing else."""
        return self._user_of(bucket, ["s3:*"])

    def remove(self, user):
        """Forget a user: the keys are unknown from now on."""
        for users in self._users.values():
            if user.access_key_id in users:
                users.remove(user.access_key_id)
        self._admin("delete-user", "--access", user.access_key_id)

    def _user_of(self, bucket, actions):
        """A user; those who had these rights to the bucket before keep them."""
        if self.process is None:
            import pytest  # the servers are also started without it

            pytest.skip(f"{ENDPOINT} names a server on which this suite can't make a second user")
        access, secret = f"user-{uuid.uuid4().hex[:8]}", f"planted-{uuid.uuid4().hex}"
        self._admin("create-user", "--access", access, "--secret", secret, "--role", "user")
        users = self._users.setdefault((bucket, *actions), [])
        users.append(access)
        allowed = {"Effect": "Allow", "Principal": users, "Action": actions}
        allowed["Resource"] = [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]
        self.client.set_policy(bucket, json.dumps({"Version": "2012-10-17", "Statement": [allowed]}))
        return S3Client(self.endpoint, access, secret, self.region)

    def _admin(self, *arguments):
        who = ["--access", self.access_key_id, "--secret", self.secret_access_key, "--endpoint-url", self.endpoint]
        command = [install(), "admin", *who, *arguments]
        subprocess.run(command, check=True, capture_output=True, timeout=30)


def start(folder):
    """A server whose objects are below `folder`, or the one that the environment names."""
    if endpoint := os.environ.get(ENDPOINT):
        missing = [name for name in (KEY_ID, KEY) if not os.environ.get(name)]
        if missing:
            raise Unavailable(f"{ENDPOINT} is set, and {' and '.join(missing)} not")
        return S3Server(endpoint, os.environ[KEY_ID], os.environ[KEY])
    return start_own(folder)


def start_own(folder, port=None):
    """A server of this process in any case, by default on a free port."""
    program = install()
    for each in ("data", "versions", "users"):
        (folder / each).mkdir(parents=True)
    port, access, secret = port or free_port(), "floe-root", f"planted-{uuid.uuid4().hex}"
    endpoint = f"http://127.0.0.1:{port}"
    command = [program, "--port", f"127.0.0.1:{port}", "--quiet", "--iam-dir", folder / "users"]
    command += ["posix", "--versioning-dir", folder / "versions", folder / "data"]
    keys = {"ROOT_ACCESS_KEY": access, "ROOT_SECRET_KEY": secret}
    process = Process("versitygw", command, folder / "versitygw.log", lambda: _answers(endpoint), environment=keys)
    return S3Server(endpoint, access, secret, process.start())


def _answers(endpoint):
    try:
        urllib.request.urlopen(endpoint, timeout=2).close()
    except urllib.error.HTTPError:
        return True  # it asks for a signature
    return True
