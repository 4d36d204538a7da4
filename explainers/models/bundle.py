"""Model bundles: a directory that says what a model is, holds it safely, and shows any change.

::

    model.ubj or model.skops   the model in its library's own data format; nothing is unpickled
    bundle.toml                purpose, patients, outcome, threshold and reason, recipe, versions
    test_patients.csv          ids of the patients it was not trained on
    SHA256SUMS                 digests of the other files; its own digest names the bundle
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from explainers.core.model import RiskModel
from explainers.core.schema import Column, Schema
from explainers.errors import BundleError, SchemaError
from explainers.models.drafts import new_draft
from explainers.models.facts import BundleFacts, FeatureSpec, parse_facts, write_facts
from explainers.models.families import FAMILIES
from explainers.models.fitted import Identity
from explainers.models.manifest import MANIFEST, read_verified, write_manifest

FACTS = "bundle.toml"
TEST_PATIENTS = "test_patients.csv"

__all__ = ["Bundle", "BundleFacts", "FeatureSpec", "load_bundle", "read_facts", "save_bundle"]


@dataclass(frozen=True)
class Bundle:
    """A loaded bundle.

    Attributes
    ----------
    facts : BundleFacts
    model : RiskModel
    test_patient_ids : tuple of str
        Patients the model was not trained on, in the order of their cohort.
    directory : Path
    """

    facts: BundleFacts
    model: RiskModel
    test_patient_ids: tuple[str, ...]
    directory: Path


def read_facts(directory: Path) -> BundleFacts:
    """What a bundle declares, without loading its model.

    Raises
    ------
    BundleError
        When a file changed, is missing or was added, or bundle.toml is malformed.
    """
    files, digest = read_verified(directory)
    if FACTS not in files:
        raise BundleError(f"a bundle must hold {FACTS}", value=directory.name)
    return _parse_once(files[FACTS], digest)


def load_bundle(directory: Path, schema: Schema) -> Bundle:
    """Load a bundle whose features the schema knows under the same names, kinds and levels.

    Raises
    ------
    BundleError
        As in :func:`read_facts`, or when the schema does not fit, or when the model file is
        damaged or holds a type that is not on the list of those allowed.
    """
    files, digest = read_verified(directory)
    facts = _parse_once(files.get(FACTS, b""), digest)
    family = FAMILIES[facts.family]
    expected = {family.file_name, FACTS, TEST_PATIENTS}
    if set(files) != expected:
        raise BundleError(
            f"a bundle of the family {family.slug} must hold {', '.join(sorted(expected))}"
            f" and {MANIFEST}",
            value=sorted(files),
        )
    identity = Identity(
        name=facts.name,
        version=facts.version,
        digest=digest,
        columns=_match_columns(facts, schema),
        link=facts.link,
    )
    model = family.load(files[family.file_name], identity)
    return Bundle(facts, model, _read_ids(files[TEST_PATIENTS]), directory)


def save_bundle(
    directory: Path, facts: BundleFacts, model_file: bytes, test_patient_ids: Sequence[str]
) -> None:
    """Write a bundle; it appears whole or not at all.

    Raises
    ------
    BundleError
        When the directory exists already.
    """
    if directory.exists() or directory.is_symlink():
        raise BundleError(
            "a bundle is never overwritten",
            value=str(directory),
            remedy="Remove the old bundle first, or choose another name.",
        )
    files = {
        FAMILIES[facts.family].file_name: model_file,
        FACTS: write_facts(facts),
        TEST_PATIENTS: "".join(f"{line}\n" for line in ("patient_id", *test_patient_ids)).encode(),
    }
    files[MANIFEST] = write_manifest(files)
    try:
        draft = new_draft(directory.parent)
    except OSError as error:
        raise _unwritable(directory) from error
    try:
        for name, content in files.items():
            (draft / name).write_bytes(content)
        draft.chmod(0o755)
        draft.rename(directory)
    except OSError as error:
        shutil.rmtree(draft, ignore_errors=True)
        raise _unwritable(directory) from error


# A server verifies the files of every bundle at every click; what they say changes with them only.
_parse_once = lru_cache(maxsize=64)(parse_facts)


def _unwritable(directory: Path) -> BundleError:
    return BundleError("a bundle must be writable", value=str(directory))


def _match_columns(facts: BundleFacts, schema: Schema) -> tuple[Column, ...]:
    columns = tuple(_match_column(feature, schema) for feature in facts.features)
    try:
        schema.outcome(facts.outcome)
    except SchemaError as error:
        raise BundleError(
            "the schema must know the outcome that the bundle predicts", value=facts.outcome
        ) from error
    return columns


def _match_column(feature: FeatureSpec, schema: Schema) -> Column:
    try:
        column = schema.column(feature.name)
    except SchemaError as error:
        raise BundleError(
            "the schema must have every feature of the bundle",
            value=feature.name,
            remedy="Use the schema that the model was trained with, or train it again.",
        ) from error
    if column.role != "feature":
        raise BundleError(
            f"the schema declares a feature of the bundle as {column.role}", value=feature.name
        )
    if FeatureSpec.of(column) != feature:
        raise BundleError(
            f"the schema reads {feature.name!r} as {column.kind} {list(column.levels)}, the bundle"
            f" was trained with {feature.kind} {list(feature.levels)}",
            remedy="Use the schema that the model was trained with, or train it again.",
        )
    return column


def _read_ids(content: bytes) -> tuple[str, ...]:
    try:
        lines = content.decode("utf-8").split("\n")
    except UnicodeDecodeError as error:
        raise BundleError(f"{TEST_PATIENTS} must be UTF-8 text") from error
    if lines[0] != "patient_id" or lines[-1] != "" or len(set(lines[1:-1])) != len(lines) - 2:
        raise BundleError(
            f"{TEST_PATIENTS} must have the header patient_id and one patient a line",
            value=lines[0],
        )
    return tuple(lines[1:-1])
