"""Look up one table row for each of several patients and add it up feature by feature.

A table row holds the attributions of the features of a group side by side, while sums lie patient
by patient for each feature. Adding number by number costs two loads and a store each. Here as many
rows as a vector has lanes are loaded whole, transposed in registers and added as whole vectors, so
that a lookup costs a few instructions whatever the number of features in it. The instructions are
written in LLVM's own portable form: numba's compiler does not find the transposition by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from llvmlite import ir  # type: ignore[import-untyped,unused-ignore]
from numba import types
from numba.extending import intrinsic
from numba.np.arrayobj import make_array

# Doubles in the 32 bytes of a vector register.
LANES = 4


def _add_lanes(
    _typing: Any, table: Any, start: Any, rows: Any, first: Any, sums: Any, slots: Any
) -> tuple[Any, Any]:
    """Types of :data:`add_lanes`, and the function that writes its instructions."""
    return types.void(table, start, rows, first, sums, slots), _write_instructions


def _write_instructions(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    def first_element(position: int) -> Any:
        make = cast("Any", make_array)(signature.args[position])
        return make(context, builder, args[position]).data

    vector = ir.VectorType(ir.DoubleType(), LANES)
    block = builder.gep(first_element(0), [args[1]])
    numbers = builder.gep(first_element(2), [args[3]])
    loaded = [
        builder.load(_row_pointer(builder, block, numbers, lane, vector), align=8)
        for lane in range(LANES)
    ]
    here = builder.gep(first_element(4), [args[3]])
    for lane, added in enumerate(_transpose(builder, loaded)):
        place = builder.gep(here, [builder.extract_value(args[5], lane)])
        place = builder.bitcast(place, vector.as_pointer())
        total = builder.fadd(builder.load(place, align=8), added)
        builder.store(total, place, align=8)
    return context.get_dummy_value()


def _row_pointer(builder: Any, block: Any, numbers: Any, lane: int, vector: Any) -> Any:
    """Where the table row of one patient begins."""
    wide = ir.IntType(64)
    number = builder.zext(builder.load(builder.gep(numbers, [wide(lane)])), wide)
    row = builder.gep(block, [builder.mul(number, wide(vector.count))])
    return builder.bitcast(row, vector.as_pointer())


def _transpose(builder: Any, rows: list[Any]) -> list[Any]:
    """Transpose a square of vectors by perfect shuffles (Stone 1971): log2(lanes) rounds."""
    lanes = len(rows)
    half = lanes // 2
    low = [at for lane in range(half) for at in (lane, lanes + lane)]
    high = [at for lane in range(half, lanes) for at in (lane, lanes + lane)]
    masks = [ir.Constant(ir.VectorType(ir.IntType(32), lanes), order) for order in (low, high)]
    for _ in range(lanes.bit_length() - 1):
        rows = [
            builder.shuffle_vector(rows[pair], rows[pair + half], mask)
            for pair in range(half)
            for mask in masks
        ]
    return rows


add_lanes = cast("Callable[..., None]", intrinsic(_add_lanes))
"""Add a table row to the sums of each of the patients ``first`` to ``first + 3``.

For lanes q (patients) and j (features) below four::

    sums[slots[j] + first + q] += table[start + rows[first + q] * 4 + j]

Nothing is checked: indices must lie inside.

Parameters
----------
table, sums : ndarray of float64, one-dimensional
start, first : int
rows : ndarray of uint8 or uint16, one-dimensional
slots : tuple of 4 int
"""
