"""Asking publishers: only hosts of the registry, only over https, only public machines, never for ever."""

import asyncio
import ipaddress
import logging
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TypeVar
from urllib.parse import urljoin, urlsplit

import httpx2

from siteselect import __version__
from siteselect.errors import SourceRefused, SourceUnavailable
from siteselect.sources.apart import numbers
from siteselect.sources.patience import Patience
from siteselect.sources.registry import Registry

AGENT = f"homeground/{__version__} (public land and shelter; one county at a time)"
TRIES = 5
HOPS = 5
_TRANSLATED = ipaddress.IPv6Network("64:ff9b::/96")  # the old kind of address inside the new one
_Got = TypeVar("_Got")


class Passing(Exception):
    """A fault that may pass: worth another try, after so many seconds where the publisher says how many."""

    def __init__(self, said: str, after_s: float | None = None) -> None:
        super().__init__(said)
        self.after_s = after_s


class TooMuch(SourceRefused):
    """An answer that is larger than it may be; a smaller question may get one that is not."""


class Web:
    """One run's way to the publishers of a registry."""

    def __init__(self, registry: Registry) -> None:
        self._hosts = registry.hosts()
        self._own = registry.own_network_hosts
        self._turns: dict[str, asyncio.Lock] = {}
        # the machine's own list of trusted authorities; no proxy, netrc or other setting from the environment
        self._client = httpx2.AsyncClient(trust_env=False, follow_redirects=False, verify=_trust())
        logging.getLogger("httpx2").addFilter(_without_queries)

    def turn(self, host: str) -> asyncio.Lock:
        """Held while a host is asked: one question at a time."""
        return self._turns.setdefault(host, asyncio.Lock())

    async def close(self) -> None:
        """Ends every connection."""
        await self._client.aclose()

    @asynccontextmanager
    async def opened(
        self, url: str, patience: Patience, headers: dict[str, str] | None = None, form: dict[str, str] | None = None
    ) -> AsyncIterator[httpx2.Response]:
        """The answer's head, its body not yet read: status 200, 206, 304 or 416.

        Passing for what may pass (429, 5xx, a lost connection), SourceUnavailable for what will not, SourceRefused for
        a redirect that leaves the registry.
        """
        asked = bare(url)
        for _ in range(HOPS + 1):
            try:
                async with asyncio.timeout(patience.left_s()):
                    response = await self._sent(url, headers or {}, form)
            except TimeoutError:
                raise SourceUnavailable(f"{asked}: no answer within {patience.limit_s:g} s; try again later.") from None
            except httpx2.TransportError as error:
                raise Passing(f"{asked}: {_why(error)}") from None
            except (httpx2.InvalidURL, UnicodeError):
                raise SourceRefused(f"{asked}: redirected to something that is no address; nothing taken.") from None
            try:
                if response.status_code in (301, 302, 303, 307, 308) and "location" in response.headers:
                    url = self._onward(url, response.headers["location"], asked)
                    continue
                _triaged(response, asked)
                yield response
                return
            finally:
                await response.aclose()
        raise SourceUnavailable(f"{asked}: redirected more than {HOPS} times; look at the publisher's page.")

    async def _sent(self, url: str, headers: dict[str, str], form: dict[str, str] | None) -> httpx2.Response:
        host = self._allowed(url)
        port = urlsplit(url).port or (443 if url.startswith("https:") else 80)
        # asked by the number that was looked at, so that a name cannot mean another machine a moment later
        number = await self._number(host, port)
        shown = host if urlsplit(url).port is None else f"{host}:{port}"
        asked = httpx2.URL(url).copy_with(host=number)
        said = {"Host": shown, "User-Agent": AGENT, "Accept-Encoding": "identity", **headers}
        extensions = {"sni_hostname": host, "timeout": httpx2.Timeout(None).as_dict()}
        method = "GET" if form is None else "POST"
        request = self._client.build_request(method, asked, headers=said, data=form, extensions=extensions)
        return await self._client.send(request, stream=True)

    def _onward(self, url: str, location: str, asked: str) -> str:
        """Where a redirect leads; a publisher on the net never leads into one's own network."""
        try:
            target = urljoin(url, location)
        except ValueError:
            raise SourceRefused(f"{asked}: redirected to something that is no address; nothing taken.") from None
        said = f"{asked}: redirected to {bare(target)}, and "
        if self._allowed(target, said) in self._own and self._allowed(url) not in self._own:
            raise SourceRefused(f"{said}that is a host of your own network; nothing taken.")
        return target

    def _allowed(self, url: str, before: str = "") -> str:
        try:
            parts = urlsplit(url)
            host, scheme, user, _ = (parts.hostname or "").lower(), parts.scheme, parts.username, parts.port
        except ValueError:
            raise SourceRefused(f"{before or bare(url) + ': '}that is no address; nothing taken.") from None
        before = before or f"{bare(url)}: "
        if host not in self._hosts and host not in self._own:
            raise SourceRefused(f"{before}{host or 'it'} is no host of the registry; nothing taken.")
        if user is not None or (scheme != "https" and not (scheme == "http" and host in self._own)):
            raise SourceRefused(f"{before}only plain https addresses are asked; nothing taken.")
        return host

    async def _number(self, host: str, port: int) -> str:
        try:
            found = await numbers(host, port)
        except OSError:
            raise Passing(f"{host}: no such host is known here; is there a network?") from None
        if host not in self._own:
            for number in found:
                if not _public(number):
                    raise SourceRefused(f"{host}: it leads to {number}, a machine that is not public; nothing taken.")
        return sorted(found, key=lambda n: ":" in n)[0]


async def patiently(work: Callable[[], Awaitable[_Got]], patience: Patience) -> _Got:
    """Does the work, again after a pause where the fault may pass; SourceUnavailable when it does not."""
    attempt = 0
    while True:
        steps = patience.steps
        try:
            return await work()
        except Passing as fault:
            attempt = 0 if patience.steps > steps else attempt + 1
            wait_s = fault.after_s if fault.after_s is not None else 0.25 * 2**attempt
            if attempt >= TRIES or not await patience.wait(wait_s):
                asks = fault.after_s is not None and fault.after_s >= 1
                later = f"run fetch again in {fault.after_s:.0f} s" if asks else "try again later"
                raise SourceUnavailable(f"{fault}; {later}.") from None


def bare(url: str) -> str:
    """An address as it may be shown: without its query, in which keys stand."""
    return url.split("?", 1)[0].split("#", 1)[0][:200]


async def pieces(response: httpx2.Response, patience: Patience, asked: str) -> AsyncIterator[bytes]:
    """The body as it comes; Passing when it breaks off, SourceUnavailable when it only drips."""
    if response.headers.get("content-encoding", "identity").lower() != "identity":
        raise SourceRefused(f"{asked}: packed by the server although it was asked not to; nothing taken.")
    stream = response.aiter_raw()  # as it comes: a buffer would lose what came before a break
    while True:
        try:
            async with asyncio.timeout(patience.left_s()):
                piece = await anext(stream, b"")
        except TimeoutError:
            raise SourceUnavailable(
                f"{asked}: stopped or slowed to a drip for {patience.limit_s:g} s; run fetch again to go on."
            ) from None
        except httpx2.TransportError as error:
            raise Passing(f"{asked}: {_why(error)}") from None
        if not piece:
            return
        yield piece


async def body(response: httpx2.Response, patience: Patience, asked: str, most_bytes: int) -> bytes:
    """A whole small body; SourceRefused beyond the limit."""
    parts, count = [], 0
    async for piece in pieces(response, patience, asked):
        count += len(piece)
        if count > most_bytes:
            raise TooMuch(f"{asked}: an answer of more than {most_bytes / 1e6:,.0f} MB; nothing taken.")
        patience.reached(count)
        parts.append(piece)
    return b"".join(parts)


def _triaged(response: httpx2.Response, asked: str) -> None:
    status = response.status_code
    if status in (200, 206, 304, 416):
        return
    if status == 429:
        raise Passing(f"{asked}: too many questions (429)", _retry_after_s(response))
    if status in (408, 425) or status >= 500:
        raise Passing(f"{asked}: the publisher's server fails ({status})", _retry_after_s(response))
    if status in (401, 403):
        raise SourceUnavailable(f"{asked}: not allowed ({status}); if it wants a key, look whether yours is right.")
    if status in (404, 410):
        raise SourceUnavailable(f"{asked}: not there any more ({status}); look for the new address on their page.")
    raise SourceUnavailable(f"{asked}: an answer that is of no use (status {status}); look at the publisher's page.")


def _retry_after_s(response: httpx2.Response) -> float | None:
    said = response.headers.get("retry-after", "").strip()
    if said.isascii() and said.isdigit() and len(said) < 9:
        return float(said)
    try:
        return max(0.0, (parsedate_to_datetime(said) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None


def _why(error: httpx2.TransportError) -> str:
    if isinstance(error, httpx2.ConnectError):
        said = str(error)
        return "its certificate is not to be trusted" if "CERTIFICATE" in said.upper() else "cannot be reached"
    return "the connection broke off"


def _public(number: str) -> bool:
    address = ipaddress.ip_address(number.split("%")[0])
    if not address.is_global or address.is_multicast:
        return False
    if isinstance(address, ipaddress.IPv4Address):
        return True
    inner = address.ipv4_mapped or address.sixtofour
    if address in _TRANSLATED:
        inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return inner is None or inner.is_global


def _without_queries(record: logging.LogRecord) -> bool:
    """The client writes whole addresses into the log of whoever wants one, and keys stand in their queries."""
    if isinstance(record.args, tuple):
        record.args = tuple(bare(str(part)) if isinstance(part, httpx2.URL) else part for part in record.args)
    return True


def _trust() -> ssl.SSLContext:
    return httpx2.create_ssl_context(trust_env=False)
