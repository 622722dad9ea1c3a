"""One event, one message, acknowledged by all replicas before the next one."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from floe_sdk import LineageDelayed, LineageRefused, event_json

if TYPE_CHECKING:
    from collections.abc import Mapping

_FOR_GOOD = frozenset({"MSG_SIZE_TOO_LARGE", "INVALID_MSG", "INVALID_RECORD"})
"""Errors about the message itself."""
_HOPELESS = frozenset({"_ALL_BROKERS_DOWN", "_AUTHENTICATION"})
"""Errors of the connection after which waiting for the acknowledgement is of no use."""
_GRACE = 1.0


class KafkaSender:
    """Sends to one topic. `settings` are librdkafka's, with the servers. Not for several threads at once.

    The key is the id of the run that everything belongs to, so that its events are in one partition, in their order.
    """

    def __init__(self, settings: Mapping[str, Any], topic: str, *, timeout: float = 5.0) -> None:
        self._topic, self._timeout = topic, timeout
        self._settings = {
            "acks": "all",
            "client.id": "floe",
            "enable.idempotence": True,
            "linger.ms": 0,
            "log_level": 0,  # what is wrong is in the error; the library's own lines go to standard error
            "message.timeout.ms": int(timeout * 1000),
            "socket.connection.setup.timeout.ms": max(1000, int(timeout * 1000)),
            "topic.metadata.propagation.max.ms": min(2000, int(timeout * 500)),
            **settings,
        }
        self._producer: Any = None
        self._trouble, self._hopeless = "", False

    def send(self, event: Mapping[str, Any]) -> None:
        """Deliver one event, or raise LineageRefused or LineageDelayed with the reason."""
        value = event_json(event).encode()
        outcome: list[Any] = []
        try:
            producer = self._connected()
            producer.produce(
                self._topic, value=value, key=key_of(event).encode(), on_delivery=lambda error, _: outcome.append(error)
            )
            deadline = time.monotonic() + self._timeout + _GRACE
            while not (outcome or self._hopeless) and time.monotonic() < deadline:
                producer.poll(0.1)
        except Exception as error:  # noqa: BLE001 - KafkaException, BufferError, ValueError: all mean "not now"
            self._raise(error.args[0] if error.args else error)
        if not outcome or outcome[0] is not None:
            self._raise(outcome[0] if outcome else None)

    def probe(self) -> str:
        """Ask for the topic; what it is."""
        from confluent_kafka import KafkaException

        try:
            topic = self._connected().list_topics(self._topic, timeout=self._timeout).topics[self._topic]
        except KafkaException as error:
            self._raise(error.args[0])
        if topic.error is not None:
            raise LineageDelayed(f"{self._where}: {topic.error.str()}")
        return f"topic {self._topic} has {len(topic.partitions)} partitions"

    def close(self) -> None:
        """Forget the producer, and what it has not sent: that is on disk."""
        producer, self._producer = self._producer, None
        if producer is not None:
            producer.purge()
            producer.poll(0)

    @property
    def _where(self) -> str:
        return f"kafka {self._settings['bootstrap.servers']}, topic {self._topic}"

    def _connected(self) -> Any:
        if self._producer is None:
            try:
                from confluent_kafka import Producer
            except ImportError:
                raise LineageDelayed('Kafka\'s client is missing: pip install "floe-sdk[openlineage-kafka]"') from None
            self._trouble, self._hopeless = "", False
            self._producer = Producer({**self._settings, "error_cb": self._hear})
        return self._producer

    def _hear(self, error: Any) -> None:
        """What the client says of its connections."""
        self._hopeless = self._hopeless or error.name() in _HOPELESS
        if error.name() != "_ALL_BROKERS_DOWN":
            self._trouble = error.str()

    def _raise(self, error: Any) -> None:
        """Sort a failure. The producer is made anew: one that failed might still send, out of order, later."""
        self.close()
        name = error.name() if hasattr(error, "name") else ""
        text = error.str() if hasattr(error, "str") else str(error or "no acknowledgement in time")
        if name in _FOR_GOOD:
            raise LineageRefused(f"{self._where}: {text}")
        raise LineageDelayed(f"{self._where}: {self._trouble or text}")


def key_of(event: Mapping[str, Any]) -> str:
    """The root's run id where there is one, else the run's own: the same for a run and for all of its nodes."""
    run = event["run"]
    root = run.get("facets", {}).get("parent", {}).get("root", {})
    return str(root.get("run", {}).get("runId") or run["runId"])
