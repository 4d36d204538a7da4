"""How functions are compiled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

Function = TypeVar("Function", bound=Callable[..., Any])

OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy"}


def compiled(function: Function) -> Function:
    """Compile with numba, keep the compiled code on disk, and keep the types for the checker.

    No fast-math: it lets the compiler assume that no value is missing. The interpreter lock is
    released, so that ordinary threads share the work; numba's own threads are avoided because its
    default layer ends the process when two server threads enter it together. Where no directory
    can be written, as in a locked-down container, every process compiles anew.
    """
    try:
        return cast("Function", numba.njit(cache=True, **OPTIONS)(function))
    except RuntimeError:
        return cast("Function", numba.njit(**OPTIONS)(function))
