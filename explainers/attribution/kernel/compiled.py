"""How the functions of this package are compiled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

Function = TypeVar("Function", bound=Callable[..., Any])


def compiled(function: Function) -> Function:
    """Compile with numba, keep the compiled code on disk, and keep the types for the checker.

    No fast-math: it lets the compiler assume that no value is missing. The interpreter lock is
    released, so that ordinary threads share the work; numba's own threads are avoided because its
    default layer ends the process when two server threads enter it together.
    """
    return cast("Function", numba.njit(cache=True, nogil=True)(function))
