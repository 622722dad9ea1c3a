"""Credentials for the files of tables that last some seconds: users of a real S3, who are removed then."""

from __future__ import annotations

import threading
import time


class Handed:
    """What a `PolarisServer` `vends`: the keys of one user after the other of `bucket`, each for `seconds`.

    There is no session token: the server knows none. Asked within the first half of a user's life it gives the same
    keys again, as a server does that caches them. `given` are all users so far; after `most` of them it
    gives the last one's keys for ever.
    """

    def __init__(self, s3, seconds, bucket=None):
        self.s3, self.seconds, self.bucket = s3, seconds, bucket
        self.given = []
        self.most = None
        self._until = 0.0
        self._lock = threading.Lock()
        self._ends = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for end in self._ends:
            end.cancel()
            end.join()

    def __call__(self):
        with self._lock:
            if len(self.given) != self.most and self._until - time.time() < self.seconds / 2:
                user = self.s3.writer_of(self.bucket)
                self._until = time.time() + self.seconds
                end = threading.Timer(self.seconds, self.s3.remove, (user,))
                end.start()
                self._ends.append(end)
                self.given.append(user)
            user = self.given[-1]
            return {
                "s3.access-key-id": user.access_key_id,
                "s3.secret-access-key": user.secret_access_key,
                "s3.session-token-expires-at-ms": str(int(self._until * 1000)),
            }
