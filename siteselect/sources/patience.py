"""How long a publisher that does not get on is waited for."""

import asyncio
import time

STEP_BYTES = 16_384
RESTARTS = 2


class Patience:
    """A clock that only progress sets back: waiting, silence and dripping all use it up.

    `limit_s` for all of it, `pauses_s` of that for pauses between tries.  Progress is a new high mark of bytes, 16 KiB
    or more at a time, or a thing that was done.
    """

    def __init__(self, limit_s: float, pauses_s: float | None = None) -> None:
        self.limit_s = limit_s
        self._pauses_s = limit_s if pauses_s is None else pauses_s
        self._paused_s = 0.0
        self.steps = 0
        self._restarts = 0
        self._mark = 0
        self._since = time.monotonic()

    def left_s(self) -> float:
        """Seconds until it is used up."""
        return max(0.0, self.limit_s - (time.monotonic() - self._since))

    def reached(self, count: int) -> None:
        """So many bytes of the whole are here."""
        if count >= self._mark + STEP_BYTES:
            self._mark = count
            self.done()

    def anew(self) -> None:
        """Another thing begins, whose bytes count from nothing."""
        self._mark = 0

    def done(self) -> None:
        """Something was finished: a page, a check."""
        self.steps += 1
        self._paused_s = 0.0
        self._since = time.monotonic()

    def restarted(self) -> bool:
        """The whole begins again from its first byte; False when that happened too often."""
        self._restarts += 1
        self._mark = 0
        return self._restarts <= RESTARTS

    async def wait(self, seconds: float) -> bool:
        """Waits, and says so; False at once when patience would end before."""
        if seconds >= min(self.left_s(), self._pauses_s - self._paused_s):
            return False
        self._paused_s += seconds
        await asyncio.sleep(seconds)
        return True
