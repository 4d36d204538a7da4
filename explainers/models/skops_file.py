"""Saving and loading scikit-learn models without running anything that a file says.

A skops file is a ZIP of arrays and of a description, ``schema.json``, that names the types to
build. Here every type that is named must be on the family's own list before skops sees the file;
skops' much longer list of types that it trusts is not enough.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import skops.io

from explainers.errors import BundleError

DESCRIPTION = "schema.json"
# Any date does; this one is the earliest that a ZIP can hold.
DATE = (1980, 1, 1, 0, 0, 0)
MOST_BYTES = 1 << 30

AllowedTypes = frozenset[tuple[str, str]]

# Pairs of a type and of the way in which skops is told to build it.
PLAIN_TYPES: AllowedTypes = frozenset(
    {
        ("builtins.dict", "DictNode"),
        ("builtins.list", "ListNode"),
        ("builtins.slice", "SliceNode"),
        ("builtins.str", "JsonNode"),
        ("builtins.str", "TypeNode"),
        ("builtins.tuple", "TupleNode"),
        ("numpy.dtype", "DTypeNode"),
        ("numpy.float64", "NdArrayNode"),
        ("numpy.float64", "TypeNode"),
        ("numpy.int64", "NdArrayNode"),
        ("numpy.ndarray", "NdArrayNode"),
    }
)

_LOADING_ERRORS = (
    AttributeError,
    ImportError,
    KeyError,
    OSError,
    RecursionError,
    TypeError,
    ValueError,
    zipfile.BadZipFile,
    skops.io.exceptions.UntrustedTypesFoundException,
)


def save_estimator(estimator: object) -> bytes:
    """An estimator as the bytes of a skops file, the same bytes for the same estimator.

    skops numbers objects by their place in memory, stamps the time, and saves the unused bytes
    between the fields of a tree's nodes as they happen to be; all three are made uniform.
    """
    numbers: dict[int, int] = {}
    with zipfile.ZipFile(io.BytesIO(skops.io.dumps(estimator))) as source:
        names = {name: f"{at}.npy" for at, name in enumerate(_array_names(source))}
        arrays = {new: _without_padding(source.read(old)) for old, new in names.items()}
        description = _renumber(json.loads(source.read(DESCRIPTION)), numbers, names)
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in {**arrays, DESCRIPTION: _as_json(description)}.items():
            entry = zipfile.ZipInfo(name, date_time=DATE)
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED, compresslevel=9)
    return target.getvalue()


def load_estimator(content: bytes, allowed: AllowedTypes) -> Any:
    """Build the estimator of a skops file that names allowed types only.

    Raises
    ------
    BundleError
        When the file is damaged or names any other type; every one of them is listed.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > MOST_BYTES:
                raise BundleError("a model file may unpack to at most 1 GiB", value=MOST_BYTES)
            description = json.loads(archive.read(DESCRIPTION))
        foreign = sorted({name for name, way in _types(description) if (name, way) not in allowed})
        if foreign:
            raise BundleError(
                "a model file may hold only the types that its family needs",
                value=foreign,
                remedy="Do not use this file unless you know who made it and why.",
            )
        trusted = skops.io.get_untrusted_types(data=content)
        return skops.io.loads(content, trusted=trusted)
    except _LOADING_ERRORS as error:
        raise BundleError(f"a model file must be a whole skops file: {error!r}") from error


def _types(node: Any) -> Iterator[tuple[str, str]]:
    """Every type that a description names, with the way to build it."""
    if isinstance(node, Mapping):
        if "__loader__" in node or "__class__" in node:
            name = f"{node.get('__module__')}.{node.get('__class__')}"
            yield name, str(node.get("__loader__"))
        for child in node.values():
            yield from _types(child)
    elif isinstance(node, list):
        for child in node:
            yield from _types(child)


def _array_names(archive: zipfile.ZipFile) -> list[str]:
    return [name for name in archive.namelist() if name != DESCRIPTION]


def _renumber(node: Any, numbers: dict[int, int], names: Mapping[str, str]) -> Any:
    """The description with objects numbered in the order in which they appear."""
    if isinstance(node, dict):
        return {
            key: numbers.setdefault(value, len(numbers))
            if key == "__id__"
            else names[value]
            if key == "file"
            else _renumber(value, numbers, names)
            for key, value in node.items()
        }
    if isinstance(node, list):
        return [_renumber(child, numbers, names) for child in node]
    return node


def _without_padding(content: bytes) -> bytes:
    """An array file with zeros between the fields of its records."""
    array = np.load(io.BytesIO(content), allow_pickle=False)
    if array.dtype.names is None:
        return content
    clean = np.frombuffer(bytearray(array.nbytes), dtype=array.dtype).reshape(array.shape)
    for name in array.dtype.names:
        clean[name] = array[name]
    target = io.BytesIO()
    np.save(target, clean, allow_pickle=False)
    return target.getvalue()


def _as_json(description: Any) -> bytes:
    return json.dumps(description, separators=(",", ":")).encode("utf-8")
