"""Asynchronous work for every caller: a script, a notebook, a server that has an event loop of its own."""

import asyncio
import socket
import threading
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, TypeVar

_Got = TypeVar("_Got")


def apart(work: Coroutine[Any, Any, _Got]) -> _Got:
    """Does the work on an event loop in a thread of its own and waits for it; what it raises is raised here.

    The caller's thread may have a running loop.  Whatever interrupts the caller (Ctrl-C) cancels the work, and its
    files and connections are closed before this returns.
    """
    runner = asyncio.Runner(loop_factory=asyncio.new_event_loop)
    loop = runner.get_loop()

    def whole() -> _Got:
        with runner:
            return runner.run(work)

    with ThreadPoolExecutor(1, "fetch") as thread:
        done = thread.submit(whole)
        try:
            return done.result()
        finally:
            if not done.done():
                with suppress(RuntimeError):  # it ended just now
                    loop.call_soon_threadsafe(lambda: [task.cancel() for task in asyncio.all_tasks(loop)])


async def numbers(host: str, port: int) -> list[str]:
    """The addresses that a name has, as numbers; OSError when nobody knows it.

    Looked up in a thread that nobody waits for at the end: a resolver that is silent for minutes can be given up on.
    """
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[list[str]] = loop.create_future()

    def told(found: list[str] | OSError) -> None:
        if not answer.done():
            answer.set_exception(found) if isinstance(found, OSError) else answer.set_result(found)

    def look() -> None:
        found: list[str] | OSError
        try:
            found = [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
        except OSError as error:
            found = error
        except UnicodeError:
            found = OSError("no name")
        with suppress(RuntimeError):  # whoever asked has given up
            loop.call_soon_threadsafe(told, found)

    threading.Thread(target=look, daemon=True, name="look up").start()
    return await answer
