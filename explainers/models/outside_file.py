"""A model file from elsewhere: told by its first bytes, and refused where it could run code.

Nothing here builds an object from the file. Formats that are data (XGBoost's UBJ and JSON,
LightGBM's text, CatBoost's JSON, skops, ONNX) are read as such; formats that are programs (pickles,
and the archives of PyTorch that hold them) are named and refused.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any, cast

from explainers.core.link import ScoreKind
from explainers.core.schema import Column
from explainers.errors import BundleError
from explainers.models.families import FAMILIES
from explainers.models.http_endpoint import START, parse_endpoint
from explainers.models.ubjson import read_ubjson

MOST_BYTES = 1 << 29
TAKEN = "XGBoost (UBJ or JSON), LightGBM (text), CatBoost (JSON), scikit-learn (skops) and ONNX"
# The field of its version, which every ONNX file begins with.
ONNX_START = b"\x08"
SKOPS_DESCRIPTION = "schema.json"
TO_SKOPS = (
    'Where the model was trained, save it by: import skops.io; skops.io.dump(model, "model.skops").'
)
WITHOUT_GENERATORS = (
    "Generators of random numbers serve training alone. Save the model without: from"
    " explainers.models.pipeline import save_pipeline; write the bytes save_pipeline(model)."
)
# Estimators with a family of their own; all others are pipelines.
_SKOPS_FAMILIES = {
    "RandomForestClassifier": "random-forest",
    "ExtraTreesClassifier": "extra-trees",
    "DecisionTreeClassifier": "decision-tree",
    "GradientBoostingClassifier": "gradient-boosting",
    "HistGradientBoostingClassifier": "hist-gradient-boosting",
}
# Names that a library makes up where it was given none.
_MADE_UP = re.compile(r"Column_\d+|f\d+|\d+")
_PICKLE_PROTOCOL_0 = re.compile(rb"[(\]}]?[a-z]?c[\w.]+\n[\w.]+\n|\(dp\d|\(lp\d|ccopy_reg\n")


@dataclass(frozen=True)
class OutsideModel:
    """A model file that may be registered.

    Attributes
    ----------
    family : str
        Slug of its family.
    file_format : str
        In words.
    content : bytes
    feature_names : tuple of str
        Empty where the file has none, or only such as its library made up.
    n_features : int
    score_kind : {"log-odds", "probability"}
        What its raw score is.
    sha256 : str
        Of the file as it came.
    document : Mapping
        The file as read, for formats that are one document.
    sends_to : str
        Host that patients are sent to by a service; "" for models that are scored here.
    sending_confirmed_by : str
        Who confirms that patients' values may be sent there; "" before somebody has.
    """

    family: str
    file_format: str
    content: bytes
    feature_names: tuple[str, ...]
    n_features: int
    score_kind: ScoreKind
    sha256: str
    document: Mapping[str, Any]
    sends_to: str = ""
    sending_confirmed_by: str = ""

    def for_columns(self, columns: Sequence[Column]) -> bytes:
        """The model file of a bundle whose features are these columns, in matrix order.

        Raises
        ------
        BundleError
            When the file cannot be made one, or its library cannot use the names.
        """
        names = tuple(column.name for column in columns)
        if self.family == "xgboost":
            n_levels = {
                at: len(column.levels) for at, column in enumerate(columns) if not column.is_numeric
            }
            adopt = import_module("explainers.models.xgboost_model").adopt
            return cast("bytes", adopt(self.content, self.document, names, n_levels))
        if self.family == "lightgbm":
            return _rename_lightgbm(self.content, names)
        if self.family == "catboost":
            return _rename_catboost(self.document, names)
        return self.content


def read_outside_model(content: bytes) -> OutsideModel:
    """Tell what a model file is.

    Raises
    ------
    BundleError
        When it is no format that is taken, could run code when loaded, or is damaged.
    """
    if len(content) > MOST_BYTES:
        raise BundleError("a model file may have at most 512 MiB", value=len(content))
    _refuse_programs(content)
    digest = hashlib.sha256(content).hexdigest()
    read = _reader_of(content)
    if read is None:
        raise BundleError(
            f"a model file must be of a format that is taken: {TAKEN}",
            value=content[:16],
            remedy="Save the model in one of these, or let a service score it.",
        )
    try:
        return read(content, digest)
    except (
        AttributeError, IndexError, KeyError, OverflowError, RecursionError, TypeError, ValueError,
        zipfile.BadZipFile,
    ) as error:  # fmt: skip
        raise BundleError(
            f"a model file must be whole: {error!r}", remedy="Save the model again."
        ) from error


def _reader_of(content: bytes) -> Callable[[bytes, str], OutsideModel] | None:
    """What reads a file that begins like this one; None where nothing does."""
    begun = {
        b"PK\x03\x04": _read_skops,
        b"tree\n": _read_lightgbm,
        ONNX_START: _read_onnx,
        b"{L": _read_ubj,
    }
    for start, read in begun.items():
        if content.startswith(start):
            return read
    if content.lstrip()[:1] == b"{":
        return _read_json
    return _read_endpoint if START.match(content) else None


def _refuse_programs(content: bytes) -> None:
    is_pickle = content[:1] == b"\x80" and content[1:2] in b"\x02\x03\x04\x05"
    is_old_pickle = _PICKLE_PROTOCOL_0.match(content[:200]) is not None
    is_packed = content[:2] in (b"x\x01", b"x\x9c", b"x\xda", b"ZF", b"\x1f\x8b", b"BZ", b"\xfd7")
    is_torch = content.startswith(b"PK") and b"data.pkl" in content[:4096]
    if is_torch:
        raise BundleError(
            "a PyTorch file holds a pickle, which can run whatever its maker wants: it is refused",
            remedy=f"These are taken: {TAKEN}.",
        )
    if is_pickle or is_old_pickle or is_packed:
        raise BundleError(
            "a pickle or joblib file can run whatever its maker wants when it is loaded:"
            " it is refused",
            remedy=TO_SKOPS,
        )
    if content.startswith(b"CBM1"):
        raise BundleError(
            "CatBoost's binary format can be read by CatBoost alone: it is refused",
            remedy='Save it by save_model(path, format="json", pool=training_pool).',
        )
    if content.startswith(b"\x89HDF"):
        raise BundleError("a Keras file is not taken", remedy=f"These are taken: {TAKEN}.")


def _read_json(content: bytes, digest: str) -> OutsideModel:
    document = json.loads(content)
    if "learner" in document:
        typed = import_module("explainers.models.xgboost_trees").with_number_types(document)
        return _read_xgboost(content, typed, "XGBoost, JSON", digest)
    if "features_info" in document:
        info = document["features_info"]
        entries = [*(info.get("float_features") or ()), *(info.get("categorical_features") or ())]
        by_place = {int(one["flat_feature_index"]): str(one["feature_id"]) for one in entries}
        names = [by_place[at] for at in range(len(entries))]
        return _model("catboost", "CatBoost, JSON", content, names, digest, document=document)
    raise BundleError(
        "a model saved as JSON must be XGBoost's or CatBoost's", value=sorted(document)[:5]
    )


def _read_ubj(content: bytes, digest: str) -> OutsideModel:
    return _read_xgboost(content, read_ubjson(content), "XGBoost, UBJ", digest)


def _read_xgboost(
    content: bytes, document: Mapping[str, Any], file_format: str, digest: str
) -> OutsideModel:
    learner = document["learner"]
    n_features = int(learner["learner_model_param"]["num_feature"])
    names = list(map(str, learner["feature_names"])) or [f"f{at}" for at in range(n_features)]
    return _model("xgboost", file_format, content, names, digest, document=document)


def _read_lightgbm(content: bytes, digest: str) -> OutsideModel:
    header = content.decode("utf-8").partition("\n\n")[0].split("\n")
    fields = dict(line.partition("=")[::2] for line in header)
    names = fields["feature_names"].split(" ")
    return _model("lightgbm", "LightGBM, text", content, names, digest, document={})


def _read_skops(content: bytes, digest: str) -> OutsideModel:
    """The estimator is built from types on the list of pipelines only, as when it is loaded."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        entries = archive.namelist()
    if SKOPS_DESCRIPTION not in entries:
        holds_pickle = any(name.endswith((".pkl", ".pickle")) for name in entries)
        raise BundleError(
            "an archive must be a skops file" + (", and holds a pickle" if holds_pickle else ""),
            value=entries[:3],
            remedy=TO_SKOPS,
        )
    allowed = import_module("explainers.models.pipeline.form").ALLOWED_TYPES
    try:
        estimator = import_module("explainers.models.skops_file").load_estimator(content, allowed)
    except BundleError as error:
        if "numpy.random" not in str(error.value):
            raise
        raise BundleError(error.rule, value=error.value, remedy=WITHOUT_GENERATORS) from error
    model = import_module("explainers.models.pipeline.model")
    first = model.first_step(estimator)
    kind = type(estimator).__name__
    family = _SKOPS_FAMILIES.get(kind, "sklearn-pipeline")
    score_kind = FAMILIES[family].score_kind
    if family == "sklearn-pipeline":
        score_kind = import_module("explainers.models.pipeline").score_kind_of(estimator)
    n_features = int(first.n_features_in_)
    names = [str(name) for name in getattr(first, "feature_names_in_", ())]
    return OutsideModel(
        family, f"scikit-learn, skops ({kind})", content, tuple(names), n_features, score_kind,
        digest, {},
    )  # fmt: skip


def _read_endpoint(content: bytes, digest: str) -> OutsideModel:
    endpoint = parse_endpoint(content)
    return OutsideModel(
        "http", f"scoring service at {endpoint.host}", content, endpoint.inputs,
        len(endpoint.inputs), "probability", digest, {}, endpoint.host,
    )  # fmt: skip


def _read_onnx(content: bytes, digest: str) -> OutsideModel:
    opened = import_module("explainers.models.onnx_model").open_file(content)
    graph = opened.graph
    return OutsideModel(
        "onnx", f"ONNX ({opened.words})", content, graph.feature_names, graph.n_features,
        opened.score_kind, digest, {},
    )  # fmt: skip


def _model(
    family: str,
    file_format: str,
    content: bytes,
    names: Sequence[str],
    digest: str,
    *,
    document: Mapping[str, Any],
) -> OutsideModel:
    made_up = all(_MADE_UP.fullmatch(name) for name in names)
    return OutsideModel(
        family=family,
        file_format=file_format,
        content=content,
        feature_names=() if made_up else tuple(names),
        n_features=len(names),
        score_kind=FAMILIES[family].score_kind,
        sha256=digest,
        document=document,
    )


def _rename_lightgbm(content: bytes, names: Sequence[str]) -> bytes:
    spaced = [name for name in names if re.search(r"\s", name)]
    if spaced:
        raise BundleError(
            "LightGBM writes a space in a name as an underscore, so no column may have one",
            value=spaced[0],
            remedy="Register the table with plain names (--plain-names).",
        )
    lines = content.decode("utf-8").split("\n")
    at = next(at for at, line in enumerate(lines) if line.startswith("feature_names="))
    lines[at] = f"feature_names={' '.join(names)}"
    return "\n".join(lines).encode("utf-8")


def _rename_catboost(document: Mapping[str, Any], names: Sequence[str]) -> bytes:
    info = dict(document["features_info"])
    for kind in ("float_features", "categorical_features"):
        if info.get(kind):
            info[kind] = [
                {**entry, "feature_id": names[int(entry["flat_feature_index"])]}
                for entry in info[kind]
            ]
    return json.dumps({**document, "features_info": info}).encode("utf-8")
