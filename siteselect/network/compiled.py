"""Functions compiled to machine code on their first call, and kept on disk where there is a folder to write to."""

from collections.abc import Callable
from typing import TypeVar, cast

import numba

F = TypeVar("F", bound=Callable[..., object])


def kernel(function: F) -> F:
    """Compile `function` when it is first called; it may use numbers and arrays only, and lets other threads run."""
    try:
        return cast(F, numba.njit(cache=True, nogil=True)(function))
    except RuntimeError:  # neither beside the source nor in the user's cache can anything be written: compile each time
        return cast(F, numba.njit(nogil=True)(function))
