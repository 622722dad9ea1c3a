"""Just enough of S3's protocol to make buckets and users' rights, and to look at objects from outside."""

from __future__ import annotations

import hashlib
import hmac
import re
import urllib.error
import urllib.request
from datetime import datetime, timezone
from urllib.parse import quote, urlencode, urlsplit


class S3Error(Exception):
    """The server said no; `status` is HTTP's."""

    def __init__(self, status, body):
        super().__init__(f"{status}: {body[:300]}")
        self.status = status


class S3Client:
    """One user of an endpoint, path style."""

    def __init__(self, endpoint, access_key_id, secret_access_key, region="us-east-1"):
        self.endpoint, self.region = endpoint.rstrip("/"), region
        self.access_key_id, self.secret_access_key = access_key_id, secret_access_key

    def make_bucket(self, bucket):
        self.request("PUT", f"/{bucket}")

    def set_policy(self, bucket, policy):
        self.request("PUT", f"/{bucket}", {"policy": ""}, policy.encode())

    def put(self, bucket, key, body):
        self.request("PUT", f"/{bucket}/{quote(key)}", body=body)

    def get(self, bucket, key):
        return self.request("GET", f"/{bucket}/{quote(key)}")

    def delete(self, bucket, key):
        self.request("DELETE", f"/{bucket}/{quote(key)}")

    def buckets(self):
        return re.findall(r"<Name>([^<]*)</Name>", self.request("GET", "/").decode())

    def keys(self, bucket, prefix=""):
        """The names of all objects below the prefix."""
        found, token = [], None
        while token is not None or not found:
            query = {"list-type": "2", "prefix": prefix, **({"continuation-token": token} if token else {})}
            page = self.request("GET", f"/{bucket}", query).decode()
            found += re.findall(r"<Key>([^<]*)</Key>", page)
            more = re.search(r"<NextContinuationToken>([^<]*)<", page)
            if not more:
                break
            token = more.group(1)
        return found

    def uploads(self, bucket):
        """The keys of multipart uploads that nobody has finished or aborted."""
        return re.findall(r"<Key>([^<]*)</Key>", self.request("GET", f"/{bucket}", {"uploads": ""}).decode())

    def request(self, method, path, query=None, body=b""):
        """One signed request; the body of the answer."""
        text = urlencode(sorted((query or {}).items()), quote_via=quote)
        headers = self._signed(method, path, text, hashlib.sha256(body).hexdigest())
        url = f"{self.endpoint}{path}{'?' + text if text else ''}"
        asked = urllib.request.Request(url, data=body or None, headers=headers, method=method)
        try:
            with urllib.request.urlopen(asked, timeout=30) as answer:
                return answer.read()
        except urllib.error.HTTPError as error:
            raise S3Error(error.code, error.read().decode(errors="replace")) from error

    def _signed(self, method, path, query, digest):
        """The headers of AWS' signature, version 4."""
        now = datetime.now(timezone.utc).strftime("%Y%m%dT%H%M%SZ")
        headers = {"host": urlsplit(self.endpoint).netloc, "x-amz-content-sha256": digest, "x-amz-date": now}
        names = ";".join(sorted(headers))
        listed = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
        canonical = f"{method}\n{path}\n{query}\n{listed}\n{names}\n{digest}"
        scope = f"{now[:8]}/{self.region}/s3/aws4_request"
        to_sign = "\n".join(["AWS4-HMAC-SHA256", now, scope, hashlib.sha256(canonical.encode()).hexdigest()])
        key = f"AWS4{self.secret_access_key}".encode()
        for part in scope.split("/"):
            key = hmac.new(key, part.encode(), hashlib.sha256).digest()
        signature = hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()
        credential = f"{self.access_key_id}/{scope}"
        headers["authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders={names}, Signature={signature}"
        )
        return headers
