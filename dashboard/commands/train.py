"""``pellucid train``: a model from a recipe, into a bundle."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dashboard.commands.options import (
    DONE,
    Subparsers,
    add_json_option,
    directory,
    new_parser,
    open_workspace,
)
from dashboard.commands.output import write_json, write_line
from explainers.errors import SettingsError

if TYPE_CHECKING:
    from explainers.core import Cohort
    from explainers.models.recipe import Recipe

DESCRIPTION = """\
Train a model as a recipe (TOML) says, and save it as a bundle: the model in its library's own
safe format, the facts about it, the ids of the held-out patients and a manifest of checksums.

The recipe names the cohort, the outcome, the features, the family and its settings, the seed and
the declared threshold with its reason. The same recipe on the same cohort with the same package
versions gives the same bundle. Half of the patients are held out; only they can be opened later."""

EXAMPLES = """\
  pellucid train sample_data/recipes/diabetes-xgboost.toml --out /tmp/bundle
  pellucid train my-recipe.toml --workspace ~/ward-7
  pellucid train my-recipe.toml --replace --json"""


def add_parser(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = new_parser(
        subparsers,
        "train",
        summary="train a model from a recipe",
        description=DESCRIPTION,
        examples=EXAMPLES,
    )
    parser.add_argument("recipe", metavar="RECIPE", type=Path, help="a recipe file (TOML)")
    parser.add_argument(
        "--out",
        metavar="DIR",
        type=directory,
        help="where the bundle goes (default: models/NAME in the workspace)",
    )
    parser.add_argument(
        "--replace", action="store_true", help="replace a bundle that is already there"
    )
    add_json_option(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Train and save; 0."""
    from explainers.models.recipe import load_recipe  # noqa: PLC0415 - keeps --help fast

    recipe = load_recipe(arguments.recipe)
    workspace = open_workspace(arguments)
    place: Path = arguments.out or workspace.new_model_directory(recipe.name)
    _check_place(place, may_replace=arguments.replace)
    cohort = workspace.load_cohort(recipe.cohort)
    answer = _train_into(place, recipe, cohort)
    if arguments.json:
        write_json(answer)
        return DONE
    write_line(f"Trained {answer['name']} {answer['version']} into {place}")
    write_line(
        f"on {answer['n_train']:,} patients, {answer['n_train_events']:,} of them with the outcome;"
        f" {answer['n_test']:,} are held out."
    )
    write_line(f"SHA-256 {answer['digest']}")
    return DONE


def _check_place(place: Path, *, may_replace: bool) -> None:
    """Before minutes of training: what is there may only be a bundle that may be replaced."""
    if not place.exists():
        return
    if not may_replace:
        raise SettingsError(
            "a bundle is not overwritten unless you say so",
            value=str(place),
            remedy="Add --replace, or choose another directory with --out.",
        )
    if not _is_bundle(place):
        raise SettingsError(
            "only a bundle can be replaced, with nothing else beside its files", value=str(place)
        )


def _is_bundle(place: Path) -> bool:
    """Whether a directory holds the files of a bundle, damaged or not, and no others."""
    from explainers.models.bundle import FACTS, TEST_PATIENTS  # noqa: PLC0415 - fast --help
    from explainers.models.families import FAMILIES  # noqa: PLC0415 - keeps --help fast
    from explainers.models.manifest import MANIFEST  # noqa: PLC0415 - keeps --help fast

    own = {FACTS, MANIFEST, TEST_PATIENTS, *(family.file_name for family in FAMILIES.values())}
    return (place / FACTS).is_file() and {path.name for path in place.iterdir()} <= own


def _move(bundle: Path, place: Path, *, aside: Path) -> None:
    """Put a bundle in its place; where that fails, what was there comes back."""
    if place.exists():
        place.rename(aside)
    try:
        bundle.rename(place)
    except OSError:
        if aside.exists():
            aside.rename(place)
        raise


def _train_into(place: Path, recipe: Recipe, cohort: Cohort) -> dict[str, Any]:
    """Train beside the place, then move there: a failure leaves the old bundle as it was."""
    from explainers.models.training import train  # noqa: PLC0415 - keeps --help fast

    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".training-", dir=place.parent) as draft:
            facts = train(recipe, cohort, Path(draft) / recipe.name).facts
            _move(Path(draft) / recipe.name, place, aside=Path(draft) / ".replaced")
    except OSError as error:
        raise SettingsError(
            "a bundle needs a directory that can be written",
            value=str(place),
            remedy=f"The system says: {error.strerror}.",
        ) from error
    return {
        "name": facts.name,
        "version": facts.version,
        "directory": str(place),
        "digest": facts.digest,
        "n_train": facts.n_train,
        "n_train_events": facts.n_train_events,
        "n_test": facts.n_test,
    }
