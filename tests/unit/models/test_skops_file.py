from __future__ import annotations

import io
import json
import zipfile

import numpy as np
import pytest
import skops.io

from explainers.errors import BundleError
from explainers.models.skops_file import PLAIN_TYPES, load_estimator, save_estimator


class Foreign:
    """A type that no family needs."""

    def __init__(self) -> None:
        self.value = 1


def rewrite(content: bytes, old: str, new: str) -> bytes:
    """The same archive with a text of its description replaced."""
    target = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as source,
        zipfile.ZipFile(target, "w") as archive,
    ):
        for name in source.namelist():
            archive.writestr(name, source.read(name).replace(old.encode(), new.encode()))
    return target.getvalue()


def test_plain_values_survive() -> None:
    values = {"a": [1, 2.5, "text"], "b": (np.arange(3), None)}
    loaded = load_estimator(save_estimator(values), PLAIN_TYPES)
    assert loaded["a"] == [1, 2.5, "text"]
    np.testing.assert_array_equal(loaded["b"][0], np.arange(3))


def test_a_foreign_type_is_refused_and_named() -> None:
    with pytest.raises(BundleError, match="Foreign"):
        load_estimator(skops.io.dumps(Foreign()), PLAIN_TYPES)


def test_a_foreign_type_hidden_inside_is_refused() -> None:
    with pytest.raises(BundleError, match="Foreign"):
        load_estimator(skops.io.dumps([1, {"deep": (Foreign(),)}]), PLAIN_TYPES)


def test_a_function_is_refused() -> None:
    """Prevents a call to a function that skops trusts but no model needs."""
    with pytest.raises(BundleError, match=r"numpy.*sqrt"):
        load_estimator(skops.io.dumps([np.sqrt]), PLAIN_TYPES)


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ('"__class__":"list"', '"__class__":"eval"', "builtins.eval"),
        ('"__loader__":"ListNode"', '"__loader__":"MethodNode"', "builtins.list"),
        ('"__module__":"builtins"', '"__module__":"os"', "os.list"),
    ],
)
def test_a_description_with_other_types_is_refused(old: str, new: str, named: str) -> None:
    """Prevents a file that names an allowed type but has it built in another way."""
    content = rewrite(save_estimator([1, 2]), old, new)
    with pytest.raises(BundleError, match=named):
        load_estimator(content, PLAIN_TYPES)


@pytest.mark.parametrize(
    "content",
    [b"", b"not a zip", b"\x80\x04pickle", save_estimator([1])[:-30]],
    ids=["empty", "text", "pickle", "cut"],
)
def test_a_damaged_file_is_refused(content: bytes) -> None:
    with pytest.raises(BundleError, match="whole skops file"):
        load_estimator(content, PLAIN_TYPES)


@pytest.mark.parametrize("description", ["[]", "{}", '{"protocol": 99}', "nonsense", "[" * 100_000])
def test_a_senseless_description_is_refused(description: str) -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("schema.json", description)
    with pytest.raises(BundleError):
        load_estimator(target.getvalue(), PLAIN_TYPES)


def test_arrays_of_objects_are_refused() -> None:
    """Prevents the pickle that numpy writes for arrays of objects."""
    content = skops.io.dumps([np.arange(3)])
    buffer = io.BytesIO()
    np.save(buffer, np.array([{}, []], dtype=object), allow_pickle=True)
    target = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as source,
        zipfile.ZipFile(target, "w") as archive,
    ):
        for name in source.namelist():
            is_array = name.endswith(".npy")
            archive.writestr(name, buffer.getvalue() if is_array else source.read(name))
    with pytest.raises(BundleError, match="allow_pickle"):
        load_estimator(target.getvalue(), PLAIN_TYPES)


def test_saving_twice_gives_the_same_bytes() -> None:
    values = [np.zeros(4), {"a": 1.5}]
    assert save_estimator(values) == save_estimator([np.zeros(4), {"a": 1.5}])


def test_a_description_is_json_without_addresses() -> None:
    with zipfile.ZipFile(io.BytesIO(save_estimator([np.zeros(4), 2.5]))) as archive:
        description = json.loads(archive.read("schema.json"))
    assert description["__id__"] < 100
