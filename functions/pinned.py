"""POST to an address that a stranger chose, without lending them this machine's place in its network.

The name is resolved once; every address that it has must be a public one; and the connection goes to one of
those very addresses, so that a name server can't answer otherwise the second time. Redirects are not
followed, no proxy is asked, and everything together ends at a deadline.
"""

import http.client
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from contract.errors import NotDelivered, Undeliverable

DEADLINE_SECONDS = 15.0
CONNECT_SECONDS = 5.0
MOST_URL = 2000
# How many addresses of one name are tried, and how much of an answer is read.
MOST_ADDRESSES = 3
MOST_ANSWER = 4096
# IPv6 in which an IPv4 address lies that a gateway may translate to: NAT64, 6to4, Teredo.
_TRANSLATED = [
    ipaddress.ip_network(net) for net in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32")
]

Resolve = Callable[[str, int], Sequence[str]]


@dataclass(frozen=True)
class Answer:
    """What came back: the status, and the beginning of the body."""

    status: int
    beginning: bytes


def resolved(host: str, port: int) -> Sequence[str]:
    """Every address of a name, as the system resolves it."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def public(address: str) -> bool:
    """Whether everybody may reach an address: not loopback, private, link-local, shared or multicast."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            return public(str(ip.ipv4_mapped))
        if any(ip in net for net in _TRANSLATED):
            return False
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def checked_url(url: object, local: bool = False) -> SplitResult:
    """The parts of an address that may be called. Raises `Undeliverable`. `local` also lets http in."""
    schemes = ("https", "http") if local else ("https",)
    accepted = f"an address of at most {MOST_URL} characters that begins with https://, without a user in it"
    if not isinstance(url, str) or len(url) > MOST_URL or not url.isascii() or not url.isprintable():
        raise Undeliverable(f"webhook must be {accepted}")
    try:
        parts = urlsplit(url)
        usable = parts.scheme in schemes and parts.hostname and parts.port != 0 and " " not in url
    except ValueError:
        usable = None
    if not usable or parts.username is not None or parts.password is not None:
        raise Undeliverable(f"webhook must be {accepted}")
    return parts


def post(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    local: bool = False,
    resolve: Resolve = resolved,
    allowed: Callable[[str], bool] = public,
    context: ssl.SSLContext | None = None,
    deadline: float = DEADLINE_SECONDS,
) -> Answer:
    """Send it, and return what was answered, whatever it was.

    `local` lets addresses of this network and http in, which only a local Firebase may. Raises
    `Undeliverable` for an address that must not be called, `NotDelivered` if there was no answer.
    """
    parts = checked_url(url, local)
    host, port = str(parts.hostname), parts.port or (443 if parts.scheme == "https" else 80)
    try:
        addresses = resolve(host, port)
    except (OSError, UnicodeError) as error:
        raise NotDelivered(f"{host} has no address ({error})") from error
    refused = [address for address in addresses if not local and not allowed(address)]
    if refused or not addresses:
        raise Undeliverable(f"{host} is at {', '.join(refused) or 'no address'}, which isn't a public one")
    tls = (context or ssl.create_default_context()) if parts.scheme == "https" else None
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    problem: Exception | None = None
    for address in addresses[:MOST_ADDRESSES]:
        connection = _Pinned(host, port, address, tls)
        try:
            connection.connect()
        except (OSError, ValueError) as error:
            connection.close()
            problem = error
            continue
        return _exchange(connection, path, body, headers, deadline)
    raise NotDelivered(f"{host} can't be reached ({type(problem).__name__}: {problem})")


class _Pinned(http.client.HTTPConnection):
    """A connection to one address, which must have a certificate for the name."""

    def __init__(self, host: str, port: int, address: str, tls: ssl.SSLContext | None) -> None:
        super().__init__(host, port, timeout=CONNECT_SECONDS)
        self.default_port = 443 if tls else 80
        self._address = address
        self._tls = tls
        self.late = False

    def connect(self) -> None:
        self.sock = socket.create_connection((self._address, self.port), CONNECT_SECONDS)
        if self._tls is not None:
            self.sock = self._tls.wrap_socket(self.sock, server_hostname=self.host)

    def cut(self) -> None:
        """End whatever is going on, from another thread."""
        self.late = True
        with suppress(OSError):
            # Not the method of a TLS socket, which would let its reader go on without TLS.
            socket.socket.shutdown(self.sock, socket.SHUT_RDWR)


def _exchange(
    connection: _Pinned, path: str, body: bytes, headers: Mapping[str, str], deadline: float
) -> Answer:
    # A timeout of the socket is one of each byte; whoever sends a byte now and then would hold us for ever.
    ending = threading.Timer(deadline, connection.cut)
    ending.start()
    try:
        connection.sock.settimeout(deadline)
        connection.request("POST", path, body, dict(headers))
        answer = connection.getresponse()
        told = Answer(answer.status, answer.read(MOST_ANSWER))
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise NotDelivered(f"{connection.host} didn't answer ({type(error).__name__}: {error})") from error
    finally:
        ending.cancel()
        connection.close()
    if connection.late:
        raise NotDelivered(f"{connection.host} didn't answer within {deadline:g} s")
    return told
