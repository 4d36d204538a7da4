"""Where models and cohorts are found: those built in, and those a user adds."""

from __future__ import annotations

from pathlib import Path

import numpy as np

import sample_data
from explainers.core.cohort import Cohort
from explainers.core.schema import Schema
from explainers.core.study import Study
from explainers.disclosure.counts import shown_count
from explainers.errors import BundleError, CohortError, NotFoundError, SchemaError, SettingsError
from explainers.intake.cohort_file import load_cohort
from explainers.intake.schema_file import load_schema
from explainers.models.bundle import FACTS, Bundle, BundleFacts, load_bundle, read_facts
from explainers.models.slugs import is_slug

COHORT_FILE = "cohort.csv"
SCHEMA_FILE = "schema.toml"


class Workspace:
    """Built-in cohorts and models, and those under a directory of the user's.

    Nothing is remembered between calls: every call reads and verifies the files anew.

    Parameters
    ----------
    root : Path, optional
        Holds ``models/<name>/`` and ``cohorts/<name>/{cohort.csv,schema.toml}``; may be absent.
    """

    def __init__(self, root: Path | None = None) -> None:
        self.root = root
        built_in = Path(sample_data.__file__).parent
        self._built_in_cohorts = _named(built_in, SCHEMA_FILE)
        self._built_in_models = _named(built_in / "models", FACTS)

    def cohort_names(self) -> tuple[str, ...]:
        """Names of all cohorts, sorted."""
        return tuple(sorted(self._built_in_cohorts | self._user_cohorts()))

    def model_names(self) -> tuple[str, ...]:
        """Names of all models, sorted."""
        return tuple(sorted(self._built_in_models | self._user_models()))

    def is_built_in(self, cohort_name: str) -> bool:
        """Whether a cohort came with the package, and so is public."""
        return cohort_name in self._built_in_cohorts

    def load_schema(self, name: str) -> Schema:
        """What the columns of a cohort mean; raises as :meth:`load_cohort`."""
        schema = load_schema(self._cohort_directory(name) / SCHEMA_FILE)
        if schema.facts.name != name:
            raise SchemaError(
                f"the directory of a cohort must bear its name, {schema.facts.name!r}", value=name
            )
        return schema

    def load_cohort(self, name: str) -> Cohort:
        """All patients of a cohort.

        Raises
        ------
        NotFoundError
            When there is no such cohort.
        SchemaError, CohortError
            When its files are malformed, or its name is that of a built-in one.
        """
        return load_cohort(self._cohort_directory(name) / COHORT_FILE, self.load_schema(name))

    def cohort_state(self, name: str) -> str:
        """What differs whenever a cohort's files were written anew; NotFoundError where absent."""
        directory = self._cohort_directory(name)
        return ",".join(_state_of(directory / file) for file in (COHORT_FILE, SCHEMA_FILE))

    def model_facts(self, name: str) -> BundleFacts:
        """What a model's bundle declares; raises as :meth:`load_bundle`."""
        facts = read_facts(self._model_directory(name))
        if facts.name != name:
            raise BundleError(
                f"the directory of a bundle must bear the model's name, {facts.name!r}", value=name
            )
        return facts

    def model_state(self, name: str) -> str:
        """What differs whenever a file of a model's bundle was written, added or removed.

        Raises
        ------
        NotFoundError, BundleError
            When there is no such model, or it has a built-in model's name.
        """
        directory = self._model_directory(name)
        files = sorted(path.name for path in directory.iterdir())
        return ",".join(f"{file} {_state_of(directory / file)}" for file in files)

    def load_bundle(self, name: str) -> Bundle:
        """A model with all that its bundle declares.

        Raises
        ------
        NotFoundError
            When there is no such model, or no longer its cohort.
        BundleError
            When the bundle is damaged, unsafe or does not fit, or has a built-in model's name.
        """
        facts = self.model_facts(name)
        return load_bundle(self._model_directory(name), self.load_schema(facts.cohort))

    def open_study(self, model_name: str, *, n_reference: int = 100, seed: int = 0) -> Study:
        """A model on the patients it was not trained on.

        Parameters
        ----------
        model_name : str
        n_reference : int
            Reference patients to draw from the held-out ones; all of them where there are fewer.
        seed : int
            Seed of that draw, and of the study.

        Returns
        -------
        Study
            Held-out patients only, at the threshold that the bundle declares.

        Raises
        ------
        SettingsError
            When fewer than one reference patient is asked for, or the seed is negative.
        NotFoundError
            When no patient was held out.
        BundleError
            When a person is both among the held-out patients and among the others.
        PellucidError
            As :meth:`load_bundle` and :meth:`load_cohort`.
        """
        if n_reference < 1:
            raise SettingsError("a study needs at least one reference patient", value=n_reference)
        if seed < 0:
            raise SettingsError("a seed must be 0 or more", value=seed)
        bundle = self.load_bundle(model_name)
        cohort = self.load_cohort(bundle.facts.cohort)
        if cohort.digest != bundle.facts.training_cohort_digest:
            raise BundleError(
                "the patients must be those that the model's training and held-out ones were drawn"
                " from, or training patients could pass for held-out ones",
                value=bundle.facts.cohort,
                remedy="Restore the cohort's files, or train the model again.",
            )
        held_out = cohort.select(bundle.test_patient_ids)
        if not len(held_out):
            raise NotFoundError(
                "the model has no held-out patients, and only these are ever shown",
                value=model_name,
                remedy="Train it again with some patients held out.",
            )
        require_persons_apart(cohort, held_out, model_name)
        return Study(
            model=bundle.model,
            cohort=held_out,
            reference=_draw(held_out, n_reference, seed),
            outcome=bundle.facts.outcome,
            threshold=bundle.facts.threshold,
            seed=seed,
        )

    def new_model_directory(self, name: str) -> Path:
        """Where a newly trained model of that name goes.

        Raises
        ------
        SettingsError
            When there is no user directory, or the name is not plain.
        BundleError
            When a built-in model has that name.
        """
        if self.root is None or not is_slug(name):
            raise SettingsError(
                "a new model needs a workspace directory and a plain name", value=name
            )
        if name in self._built_in_models:
            raise _shadowing_model(name)
        return self.root / "models" / name

    def new_cohort_directory(self, name: str) -> Path:
        """Where a newly registered cohort of that name goes; raises as for a new model."""
        if self.root is None or not is_slug(name):
            raise SettingsError(
                "a new cohort needs a workspace directory and a plain name", value=name
            )
        if name in self._built_in_cohorts:
            raise CohortError(
                "a cohort may not take the name of a built-in one",
                value=name,
                remedy="Give it another name.",
            )
        return self.root / "cohorts" / name

    def _user_cohorts(self) -> set[str]:
        return set() if self.root is None else _named(self.root / "cohorts", SCHEMA_FILE)

    def _user_models(self) -> set[str]:
        return set() if self.root is None else _named(self.root / "models", FACTS)

    def _cohort_directory(self, name: str) -> Path:
        in_user = name in self._user_cohorts()
        if name in self._built_in_cohorts:
            if in_user:
                raise CohortError(
                    "a cohort may not take the name of a built-in one",
                    value=name,
                    remedy="Rename its directory.",
                )
            return Path(sample_data.__file__).parent / name
        if in_user and self.root is not None:
            return self.root / "cohorts" / name
        raise _not_found("cohort", name, self.cohort_names())

    def _model_directory(self, name: str) -> Path:
        in_user = name in self._user_models()
        if name in self._built_in_models:
            if in_user:
                raise _shadowing_model(name)
            return Path(sample_data.__file__).parent / "models" / name
        if in_user and self.root is not None:
            return self.root / "models" / name
        raise _not_found("model", name, self.model_names())


def _named(directory: Path, marker: str) -> set[str]:
    """Directories with a plain name that hold the marker file.

    Names are compared with this listing and never joined to a path first, so a hostile name cannot
    lead out of the directory.
    """
    if not directory.is_dir():
        return set()
    return {
        path.name for path in directory.iterdir() if is_slug(path.name) and (path / marker).exists()
    }


def _state_of(path: Path) -> str:
    """What changes whenever a file is written, also where size and time are then set back.

    "absent" where there is none, which reading it then reports.
    """
    try:
        found = path.stat()
    except OSError:
        return "absent"
    return f"{found.st_ino} {found.st_size} {found.st_mtime_ns} {found.st_ctime_ns}"


def _draw(cohort: Cohort, n: int, seed: int) -> Cohort:
    positions = np.random.default_rng(seed).permutation(len(cohort))[:n]
    ids = cohort.patient_ids
    return cohort.select([ids[position] for position in sorted(positions)])


def require_persons_apart(cohort: Cohort, held_out: Cohort, model_name: str) -> None:
    """Refuse held-out patients whom the model learnt from at another visit.

    Raises
    ------
    BundleError
        When a person has rows among the held-out patients and among the others of the cohort.
    """
    if cohort.persons is None:
        return
    is_held_out = np.zeros(len(cohort), dtype=np.bool_)
    is_held_out[cohort.positions_of(held_out.patient_ids)] = True
    inside = cohort.persons.select(is_held_out).position
    outside = cohort.persons.select(~is_held_out).position
    if n_both := len(np.intersect1d(inside, outside)):
        raise BundleError(
            "all rows of a person must be held out, or none",
            value=f"{shown_count(n_both)} persons of {model_name} are on both sides",
            remedy="Train the model again, or register it with held-out patients whom it never"
            " learnt from.",
        )


def _not_found(kind: str, name: str, existing: tuple[str, ...]) -> NotFoundError:
    return NotFoundError(
        f"there is no {kind} of that name",
        value=name,
        remedy=f"There are: {', '.join(existing) or 'none'}.",
    )


def _shadowing_model(name: str) -> BundleError:
    return BundleError(
        "a model may not take the name of a built-in one",
        value=name,
        remedy="Give it another name.",
    )
