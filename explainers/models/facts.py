"""What a bundle declares about its model: for whom, from what, and how it was made."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args

import tomli_w

from explainers.core.link import Link, ScoreKind
from explainers.core.provenance import installed_versions
from explainers.core.schema import Column, Kind
from explainers.errors import BundleError
from explainers.models.families import FAMILIES, Family
from explainers.models.slugs import is_slug

FORMAT = 1


@dataclass(frozen=True)
class FeatureSpec:
    """A feature as it was at training: a schema that reads it otherwise is refused."""

    name: str
    kind: Kind
    levels: tuple[str, ...] = ()

    @classmethod
    def of(cls, column: Column) -> FeatureSpec:
        """The specification of a schema's column."""
        return cls(column.name, column.kind, column.levels)


@dataclass(frozen=True)
class BundleFacts:
    """What a bundle says about its model.

    Attributes
    ----------
    name, version, title : str
        Slug, version, name on screen.
    purpose, intended_users, intended_patients : str
        What the model is for, for whom, about whom.
    limits : tuple of str
        What it must not be used for, and what is known to be wrong with it.
    cohort, outcome, horizon : str
        Training cohort, what is predicted, and when.
    family : str
        Slug of the kind of model.
    features : tuple of FeatureSpec, length p
        In matrix order.
    link : Link
        From raw score to calibrated risk.
    threshold, threshold_reason : float, str
        Declared decision threshold, and the weighing of harm and benefit behind it.
    comparator : str
        Name of the simpler model that it should beat; "" where there is none.
    training_cohort_digest : str
        Digest of the whole cohort that was split into training and held-out patients.
    n_train, n_train_events, n_test : int
        Patients and events it was trained on, patients held out.
    seed : int
    recipe : Mapping
        The recipe's document, from which the model can be trained again.
    versions : Mapping[str, str]
        Packages at training.
    digest : str
        SHA-256 of the bundle's manifest.
    """

    name: str
    version: str
    title: str
    purpose: str
    intended_users: str
    intended_patients: str
    limits: tuple[str, ...]
    cohort: str
    outcome: str
    horizon: str
    family: str
    features: tuple[FeatureSpec, ...]
    link: Link
    threshold: float
    threshold_reason: str
    comparator: str
    training_cohort_digest: str
    n_train: int
    n_train_events: int
    n_test: int
    seed: int
    recipe: Mapping[str, Any]
    versions: Mapping[str, str]
    digest: str = ""

    @property
    def feature_names(self) -> tuple[str, ...]:
        """Names of the features, in matrix order."""
        return tuple(feature.name for feature in self.features)

    @property
    def family_label(self) -> str:
        """Name of the family on screen."""
        return FAMILIES[self.family].label

    @property
    def sends_to(self) -> str:
        """Host that patients' values are sent to by a model that a service scores; "" elsewhere."""
        registered = self.recipe.get("registered", {})
        return str(registered.get("sends_to", "")) if self.family == "http" else ""

    @property
    def notes(self) -> tuple[str, ...]:
        """One sentence per package that is now installed in another version than at training."""
        now = family_versions(FAMILIES[self.family])
        return tuple(
            f"Trained with {package} {then}, running with {now.get(package, 'none')}."
            for package, then in self.versions.items()
            if now.get(package) != then
        )


def family_versions(family: Family) -> dict[str, str]:
    """Installed versions of the packages a family depends on; both XGBoost wheels count as one."""
    found = installed_versions(family.packages)
    return {package.removesuffix("-cpu"): number for package, number in found.items()}


def write_facts(facts: BundleFacts) -> bytes:
    """The facts as TOML; :func:`parse_facts` reads them back."""
    texts = ("name", "version", "title", "purpose", "intended_users", "intended_patients")
    document = {
        "format": FORMAT,
        **{key: getattr(facts, key) for key in texts},
        "limits": list(facts.limits),
        "cohort": facts.cohort,
        "outcome": facts.outcome,
        "horizon": facts.horizon,
        "family": facts.family,
        "comparator": facts.comparator,
        "threshold": facts.threshold,
        "threshold_reason": facts.threshold_reason,
        "link": {
            "score_kind": facts.link.score_kind,
            "intercept": facts.link.intercept,
            "slope": facts.link.slope,
        },
        "training": {
            "cohort_digest": facts.training_cohort_digest,
            "n": facts.n_train,
            "n_events": facts.n_train_events,
            "n_test": facts.n_test,
            "seed": facts.seed,
        },
        "versions": dict(facts.versions),
        "features": [
            {"name": feature.name, "kind": feature.kind, "levels": list(feature.levels)}
            for feature in facts.features
        ],
        "recipe": dict(facts.recipe),
    }
    return tomli_w.dumps(document).encode("utf-8")


def parse_facts(content: bytes, digest: str) -> BundleFacts:
    """Read the facts of a bundle whose manifest has been verified.

    Raises
    ------
    BundleError
        When an entry is missing, of the wrong kind, or names an unknown family.
    """
    try:
        document = tomllib.loads(content.decode("utf-8"))
        facts = _build(document, digest)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BundleError(
            f"bundle.toml must hold every entry of its format: {error!r}",
            remedy="Train the model again.",
        ) from error
    _check(document, facts)
    return facts


def _build(document: Mapping[str, Any], digest: str) -> BundleFacts:
    training, link = document["training"], document["link"]
    texts = (
        "name",
        "version",
        "title",
        "purpose",
        "intended_users",
        "intended_patients",
        "cohort",
        "outcome",
        "horizon",
        "family",
        "comparator",
        "threshold_reason",
    )
    return BundleFacts(
        **{key: str(document[key]) for key in texts},
        limits=tuple(map(str, document["limits"])),
        features=tuple(
            FeatureSpec(str(entry["name"]), entry["kind"], tuple(map(str, entry["levels"])))
            for entry in document["features"]
        ),
        link=Link(link["score_kind"], float(link["intercept"]), float(link["slope"])),
        threshold=float(document["threshold"]),
        training_cohort_digest=str(training["cohort_digest"]),
        n_train=int(training["n"]),
        n_train_events=int(training["n_events"]),
        n_test=int(training["n_test"]),
        seed=int(training["seed"]),
        recipe=dict(document["recipe"]),
        versions={str(key): str(value) for key, value in document["versions"].items()},
        digest=digest,
    )


def _check(document: Mapping[str, Any], facts: BundleFacts) -> None:
    rules = (
        (document.get("format") == FORMAT, f"a bundle must declare format = {FORMAT}", "format"),
        (is_slug(facts.name), "a bundle needs a plain name", "name"),
        (facts.family in FAMILIES, "a bundle must be of a known model family", "family"),
        (0.0 < facts.threshold < 1.0, "a bundle's threshold must lie between 0 and 1", "threshold"),
        (
            facts.link.score_kind in get_args(ScoreKind),
            "a bundle's score must be log-odds or a probability",
            "link",
        ),
        (bool(facts.features), "a bundle needs at least one feature", "features"),
    )
    for holds, rule, key in rules:
        if not holds:
            raise BundleError(rule, value=document.get(key), remedy="Train the model again.")
