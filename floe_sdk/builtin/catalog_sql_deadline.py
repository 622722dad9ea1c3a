"""A database's server that does not answer, and one that has no connection left: waited for, and not for ever."""

from __future__ import annotations

import os
import random
import socket
import threading
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from sqlalchemy import event  # noqa: TID253 - imported by the catalog's client, which is imported when it connects
from sqlalchemy.exc import DisconnectionError  # noqa: TID253 - as above

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

PING_SECONDS = 10.0
"""How long a connection that was kept may take to say that it is still one."""

_FULL = ("too many clients", "too many connections", "remaining connection slots")


class Deadline:
    """Cuts a connection of the engine whose work, from its check-out to its return, takes longer than `seconds`.

    A deadline of the server's own would not help: it is the server that does not answer. TCP's tells of a machine that
    is gone, and not of a process that hangs.
    """

    def __init__(self, engine: Engine, seconds: float) -> None:
        self.seconds = seconds
        self._dialect = engine.dialect
        self._late: set[int] = set()
        event.listen(engine, "do_connect", self._connect)
        event.listen(engine, "checkout", self._begin)
        event.listen(engine, "checkin", self._end)

    def passed(self) -> bool:
        """Whether the calling thread's connection was cut since the last time that it asked."""
        thread = threading.get_ident()
        late = thread in self._late
        self._late.discard(thread)
        return late

    def _connect(self, dialect: Any, _record: Any, arguments: Any, named: Any) -> Any:
        """Wait for others to give a connection back, as long as for an answer to a ping."""
        until = time.monotonic() + PING_SECONDS
        while True:
            try:
                return dialect.connect(*arguments, **named)
            except dialect.loaded_dbapi.OperationalError as error:
                if time.monotonic() > until or not any(words in str(error) for words in _FULL):
                    raise
            time.sleep(random.uniform(0.1, 0.8))  # noqa: S311 - no secret

    def _begin(self, connection: Any, record: Any, _proxy: Any) -> None:
        self.passed()
        if "used" in record.info:
            self._ping(connection)
        record.info["used"] = True
        record.info["deadline"] = self._timer(connection, self.seconds)

    def _end(self, _connection: Any, record: Any) -> None:
        if timer := record.info.pop("deadline", None):
            timer.cancel()

    def _ping(self, connection: Any) -> None:
        """One that the server ended meanwhile is replaced, unseen."""
        timer = self._timer(connection, min(PING_SECONDS, self.seconds))
        try:
            self._dialect.do_ping(connection)
        except self._dialect.loaded_dbapi.Error as error:
            raise DisconnectionError(str(error)) from error
        finally:
            timer.cancel()
            self.passed()

    def _timer(self, connection: Any, seconds: float) -> threading.Timer:
        timer = threading.Timer(seconds, self._cut, (connection, threading.get_ident()))
        timer.daemon = True
        timer.start()
        return timer

    def _cut(self, connection: Any, thread: int) -> None:
        self._late.add(thread)
        with suppress(Exception), _socket_of(connection) as own:  # a driver without one has to wait
            own.shutdown(socket.SHUT_RDWR)


@contextmanager
def _socket_of(connection: Any) -> Iterator[socket.socket]:
    """The connection's socket; shut down, it wakes who waits for it, whatever the driver."""
    with socket.socket(fileno=os.dup(connection.fileno())) as own:
        yield own
