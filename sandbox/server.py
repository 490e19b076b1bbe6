"""The server: a thread per request, a time limit per read, and an orderly end."""

from __future__ import annotations

import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterable
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

READ_SECONDS = 3
AT_ONCE = 32


class Handler(WSGIRequestHandler):
    """One request. A client that stalls is dropped; only errors are logged."""

    timeout = READ_SECONDS
    server_version = "sandbox"
    sys_version = ""

    def address_string(self) -> str:
        """Return the client's address without asking a name server."""
        return str(self.client_address[0])

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing about requests that went well."""


class Server(ThreadingMixIn, WSGIServer):
    """A WSGI server of threads, at most `AT_ONCE` of them; closing it waits for the ones at work."""

    daemon_threads = False
    block_on_close = True
    request_queue_size = 128

    def __init__(self, host: str, port: int, application: Callable[..., Iterable[bytes]]) -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.places = threading.BoundedSemaphore(AT_ONCE)
        super().__init__((host, port), Handler)
        self.set_app(application)

    def server_bind(self) -> None:
        """Bind without looking up the machine's name, which can take seconds."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])
        self.setup_environ()

    def process_request(self, request: Any, client_address: Any) -> None:
        """Start a thread for a request, once there is a place."""
        self.places.acquire()
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Answer a request and give the place back."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self.places.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Leave a client that went away alone; report everything else."""
        if not isinstance(sys.exc_info()[1], ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


def serve(server: Server, *, before_closing: Callable[[], None]) -> None:
    """Serve until SIGTERM or SIGINT, then call `before_closing`, finish what is under way and close."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    loop = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, name="accept")
    loop.start()
    stop.wait()
    before_closing()
    server.shutdown()
    loop.join()
    server.server_close()
