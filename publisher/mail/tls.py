"""TLS to one host: who it must prove to be, and sessions to take up again.

A connection leaves its session to a later one, which is spared the certificate and a round trip.
Each is used once (RFC 8446 section C.4), the newest first, and only for the host that proved
itself when it began: a resumed handshake shows no certificate.
"""

from __future__ import annotations

import socket
import ssl
import threading
from collections import deque

MOST_SESSIONS = 16


class Handshakes:
    """Makes sockets secure. Many threads may use it.

    ``context`` has to verify; the default, made when it is needed, trusts the system's authorities.
    """

    def __init__(self, host: str, context: ssl.SSLContext | None = None) -> None:
        self._host = host
        self._context = context
        self._lock = threading.Lock()
        self._sessions: deque[ssl.SSLSession] = deque(maxlen=MOST_SESSIONS)

    def wrap(self, sock: socket.socket) -> ssl.SSLSocket:
        """Shake hands, with a session if there is one. Raises what ``wrap_socket`` does."""
        with self._lock:
            context = self._context = self._context or ssl.create_default_context()
            session = self._sessions.pop() if self._sessions else None
        return context.wrap_socket(sock, server_hostname=self._host, session=session)

    def keep(self, session: ssl.SSLSession) -> None:
        """Take in what a connection leaves; under TLS 1.3 only once the server has spoken."""
        with self._lock:
            self._sessions.append(session)
