"""Functions compiled to machine code on their first call, and kept on disk where there is a folder to write to."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

F = TypeVar("F", bound=Callable[..., object])


def kernel(function: F) -> F:
    """Compile `function` when it is first called; it may use numbers and arrays only, and lets other threads run."""
    try:
        return cast(F, numba.njit(cache=True, nogil=True)(function))
    except RuntimeError:  # neither beside the source nor in the user's cache can anything be written: compile each time
        return cast(F, numba.njit(nogil=True)(function))


def interpreted(function: F) -> F:
    """The same lines of a kernel as Python runs them: for a little work, which is done before a compiler is ready.

    Only for a kernel that calls no other.
    """
    return cast(F, cast(Any, function).py_func)
