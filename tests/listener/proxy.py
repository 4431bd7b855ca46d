"""A TCP line that can be cut and mended: what a client sees when a server is away."""

import selectors
import socket
import threading
from contextlib import suppress


class Proxy:
    """Passes bytes between clients and `target` (host:port). Use it as a context."""

    def __init__(self, target: str) -> None:
        host, _, port = target.rpartition(":")
        self._target = (host, int(port))
        self._down = False
        self._pairs: dict[socket.socket, socket.socket] = {}
        self._server = socket.create_server(("127.0.0.1", 0))
        self._wake, self._waker = socket.socketpair()
        self._ended = False
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="proxy", daemon=True)

    @property
    def address(self) -> str:
        """Where clients find it."""
        return f"127.0.0.1:{self._server.getsockname()[1]}"

    def __enter__(self) -> "Proxy":
        self._thread.start()
        return self

    def __exit__(self, *ignored: object) -> None:
        self._ended = True
        self.cut()
        self._thread.join(5)
        for one in (self._server, self._wake, self._waker):
            one.close()

    def cut(self) -> None:
        """Close every connection, and each new one at once."""
        with self._lock:
            self._down = True
        self._waker.send(b"!")

    def mend(self) -> None:
        """Let clients through again."""
        with self._lock:
            self._down = False

    def _run(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._server, selectors.EVENT_READ)
            selector.register(self._wake, selectors.EVENT_READ)
            while not self._ended:
                for key, _ in selector.select(0.5):
                    self._serve(selector, key.fileobj)  # type: ignore[arg-type]
                if self._down:
                    for one in list(self._pairs):
                        self._close(selector, one)

    def _serve(self, selector: selectors.BaseSelector, ready: socket.socket) -> None:
        if ready is self._wake:
            ready.recv(64)
        elif ready is self._server:
            self._accept(selector)
        elif ready in self._pairs:
            try:
                data = ready.recv(65536)
                if data:
                    self._pairs[ready].sendall(data)
                    return
            except OSError:
                pass
            self._close(selector, ready)

    def _accept(self, selector: selectors.BaseSelector) -> None:
        client, _ = self._server.accept()
        if self._down:
            client.close()
            return
        try:
            server = socket.create_connection(self._target, timeout=5)
        except OSError:
            client.close()
            return
        server.settimeout(None)
        self._pairs[client], self._pairs[server] = server, client
        for one in (client, server):
            selector.register(one, selectors.EVENT_READ)

    def _close(self, selector: selectors.BaseSelector, one: socket.socket) -> None:
        other = self._pairs.pop(one, None)
        for each in (one, other):
            if each is not None:
                self._pairs.pop(each, None)
                with suppress(KeyError, ValueError):
                    selector.unregister(each)
                each.close()
