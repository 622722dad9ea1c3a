"""A way to a server that can fall silent: it takes what is sent, and nothing comes back."""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading


class SilentProxy:
    """Forwards to a port of this machine until `silence()`, or until a client sends what `silence_at` names."""

    def __init__(self, port):
        self._target = port
        self._silent = threading.Event()
        self._at = self._answerless = None
        self._sockets = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def silence(self):
        self._silent.set()

    def silence_at(self, words):
        """Swallow the first message that holds these bytes, and be silent from then on."""
        self._at = words

    def mute_answer_to(self, words):
        """Pass the first message that holds these bytes on, and be silent from then on."""
        self._answerless = words

    def speak(self):
        """Forward again what new connections say; those that met the silence stay dumb."""
        self._at = None
        self._silent.clear()

    def close(self):
        for each in (self._listener, *self._sockets):  # each is closed by the thread that reads it
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def _accept(self):
        with self._listener, contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self._target))
                self._sockets += [client, server]
                threading.Thread(target=self._forward, args=(client, server), daemon=True).start()

    def _forward(self, client, server):
        chosen = selectors.DefaultSelector()
        for each in (client, server):
            chosen.register(each, selectors.EVENT_READ)
        with chosen, client, server, contextlib.suppress(OSError):
            dumb = False
            while True:
                for key, _ in chosen.select():
                    data = key.fileobj.recv(65536)
                    if not data:
                        return
                    if key.fileobj is client and self._at and self._at in data:
                        self._silent.set()
                    dumb = dumb or self._silent.is_set()
                    if not dumb:
                        (server if key.fileobj is client else client).sendall(data)
                    if key.fileobj is client and self._answerless and self._answerless in data:
                        self._silent.set()
