"""Training recipes: everything that makes a model, in one TOML file."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from explainers.errors import RecipeError
from explainers.models.families import FAMILIES, Parameter
from explainers.models.slugs import is_slug

FORMAT = 1
TEXTS = (
    "name",
    "version",
    "title",
    "purpose",
    "intended_users",
    "intended_patients",
    "cohort",
    "outcome",
)
TABLES = {
    "model": ("family", "parameters"),
    "split": ("test_fraction",),
    "calibration": ("method", "folds"),
    "threshold": ("value", "reason"),
}
KEYS = ("format", *TEXTS, "limits", "features", "seed", "comparator", *TABLES)


@dataclass(frozen=True)
class Recipe:
    """How to train a model.

    Attributes
    ----------
    name, version, title : str
        Slug, version and name on screen.
    purpose, intended_users, intended_patients : str
        What the model is for, for whom, about whom.
    cohort, outcome : str
        Slugs of the training cohort and of what is predicted.
    features : tuple of str
        Columns that enter the model, in matrix order.
    seed : int
        Seed of split, folds and training.
    family : str
        Slug of the kind of model.
    parameters : Mapping[str, int or float]
        Parameters of the family.
    test_fraction : float
        Share of patients held out.
    n_folds : int
        Folds for the out-of-fold scores that the calibration is fitted on.
    threshold, threshold_reason : float, str
        Decision threshold, and the weighing of harm and benefit behind it.
    comparator : str
        Name of the simpler model this one should beat; "" where there is none.
    limits : tuple of str
        What the model must not be used for, and what is known to be wrong with it.
    """

    name: str
    version: str
    title: str
    purpose: str
    intended_users: str
    intended_patients: str
    cohort: str
    outcome: str
    features: tuple[str, ...]
    seed: int
    family: str
    parameters: Mapping[str, int | float]
    test_fraction: float
    n_folds: int
    threshold: float
    threshold_reason: str
    comparator: str = ""
    limits: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The recipe as its TOML document; :func:`parse_recipe` reads it back."""
        return {
            "format": FORMAT,
            **{key: getattr(self, key) for key in TEXTS},
            "comparator": self.comparator,
            "limits": list(self.limits),
            "features": list(self.features),
            "seed": self.seed,
            "model": {"family": self.family, "parameters": dict(self.parameters)},
            "split": {"test_fraction": self.test_fraction},
            "calibration": {"method": "logistic", "folds": self.n_folds},
            "threshold": {"value": self.threshold, "reason": self.threshold_reason},
        }


def load_recipe(path: Path) -> Recipe:
    """Read and check a recipe.

    Raises
    ------
    RecipeError
        When the file is missing, is not TOML, or has an unknown, missing or impossible entry.
    """
    try:
        document = tomllib.loads(path.read_bytes().decode("utf-8"))
    except OSError as error:
        raise RecipeError("a recipe must be a readable file", value=str(path)) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RecipeError(f"a recipe must be valid TOML: {error}", value=path.name) from error
    return parse_recipe(document)


def parse_recipe(document: Mapping[str, Any]) -> Recipe:
    """Build a recipe from a parsed TOML document; RecipeError as in :func:`load_recipe`."""
    _reject_unknown("a recipe", document, KEYS)
    if document.get("format") != FORMAT:
        raise RecipeError(f"a recipe must declare format = {FORMAT}", value=document.get("format"))
    tables = {name: _table(document, name, keys) for name, keys in TABLES.items()}
    texts = {key: _text(document, key) for key in TEXTS}
    for name in (texts["name"], texts["cohort"]):
        _check_slug(name)
    calibration = tables["calibration"]
    if calibration.get("method") != "logistic":
        raise RecipeError(
            'the calibration method must be "logistic"', value=calibration.get("method")
        )
    family = _family(tables["model"].get("family"))
    return Recipe(
        **texts,
        comparator=_comparator(document.get("comparator", "")),
        limits=_texts(document, "limits", may_be_empty=True),
        features=_features(document),
        seed=int(_number("seed", document.get("seed"), Parameter(0, 2**31 - 1, is_whole=True))),
        family=family,
        parameters=_parameters(family, tables["model"].get("parameters", {})),
        test_fraction=_number(
            "split.test_fraction", tables["split"].get("test_fraction"), Parameter(0.1, 0.9)
        ),
        n_folds=int(
            _number("calibration.folds", calibration.get("folds"), Parameter(2, 20, is_whole=True))
        ),
        threshold=_threshold(tables["threshold"]),
        threshold_reason=_text(tables["threshold"], "reason"),
    )


def _family(slug: object) -> str:
    if not isinstance(slug, str) or slug not in FAMILIES:
        raise RecipeError(
            "a recipe must name a known model family",
            value=slug,
            remedy=f"Known families: {', '.join(FAMILIES)}.",
        )
    return slug


def _parameters(family: str, entries: object) -> dict[str, int | float]:
    if not isinstance(entries, Mapping):
        raise RecipeError("model.parameters must be a table", value=entries)
    rules = FAMILIES[family].parameters
    _reject_unknown(f"the family {family}", entries, tuple(rules))
    for name, rule in rules.items():
        if rule.is_required and name not in entries:
            raise RecipeError(f"the family {family} needs the parameter {name}")
    return {
        name: _number(f"the parameter {name}", value, rules[name])
        for name, value in sorted(entries.items())
    }


def _number(name: str, value: object, rule: Parameter) -> int | float:
    """A number within its range; whole numbers stay whole."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if rule.is_whole:
        is_number = is_number and isinstance(value, int)
    if not is_number or not rule.low <= value <= rule.high:  # type: ignore[operator]
        kind = "a whole number" if rule.is_whole else "a number"
        raise RecipeError(f"{name} must be {kind} from {rule.low:g} to {rule.high:g}", value=value)
    return value  # type: ignore[return-value]


def _threshold(entries: Mapping[str, Any]) -> float:
    value = entries.get("value")
    if not isinstance(value, float) or not 0.0 < value < 1.0:
        raise RecipeError(
            "a recipe must declare a threshold between 0 and 1, both excluded",
            value=value,
            remedy="Where missing one case is r times as harmful as one needless work-up, it is"
            " 1 / (1 + r).",
        )
    return value


def _features(document: Mapping[str, Any]) -> tuple[str, ...]:
    names = _texts(document, "features")
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise RecipeError("a feature may be listed once", value=repeated)
    return names


def _comparator(name: object) -> str:
    if not isinstance(name, str):
        raise RecipeError("the comparator must be the name of a model", value=name)
    if name:
        _check_slug(name)
    return name


def _check_slug(name: str) -> None:
    if not is_slug(name):
        raise RecipeError(
            "a name must consist of small letters, digits, hyphens and underscores", value=name
        )


def _table(document: Mapping[str, Any], name: str, keys: tuple[str, ...]) -> Mapping[str, Any]:
    table = document.get(name)
    if not isinstance(table, Mapping):
        raise RecipeError(f"a recipe needs a [{name}] table", value=table)
    _reject_unknown(f"[{name}]", table, keys)
    return table


def _text(document: Mapping[str, Any], key: str) -> str:
    value = document.get(key)
    if not isinstance(value, str) or not value.strip():
        raise RecipeError(f"a recipe needs a text under {key}", value=value)
    return value


def _texts(document: Mapping[str, Any], key: str, *, may_be_empty: bool = False) -> tuple[str, ...]:
    values = document.get(key, [])
    is_list = isinstance(values, list) and all(isinstance(value, str) for value in values)
    if not is_list or not (values or may_be_empty):
        raise RecipeError(f"{key} must be a list of texts", value=values)
    return tuple(values)


def _reject_unknown(where: str, entries: Mapping[str, Any], known: tuple[str, ...]) -> None:
    unknown = sorted(set(entries) - set(known))
    if unknown:
        raise RecipeError(
            f"{where} has an entry that is not known",
            value=unknown,
            remedy=f"Known: {', '.join(known) or 'none'}.",
        )
