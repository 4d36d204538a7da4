"""What a recipe can train, and what is brought from elsewhere."""

from __future__ import annotations

import numpy as np
import pytest

from explainers.core.link import Link
from explainers.core.schema import Column
from explainers.errors import RecipeError
from explainers.models.families import FAMILIES
from explainers.models.fitted import Identity

BROUGHT = {
    "sklearn-pipeline": "save_pipeline",
    "onnx": "bring its file",
    "http": "bring its address",
}


@pytest.mark.parametrize("slug", BROUGHT)
def test_a_family_that_no_recipe_can_train_says_how_to_bring_one(slug: str) -> None:
    """Prevents an import error, or a model of another kind, where a recipe names such a family."""
    family = FAMILIES[slug]
    own = Identity("toy", "1", "", (Column("age", "Age", "number"),), Link(family.score_kind))
    with pytest.raises(RecipeError, match=rf"cannot train.*{slug}.*{BROUGHT[slug]}"):
        family.fit(np.ones((2, 1)), np.array([0.0, 1.0]), own, {}, 0)


def test_every_other_family_can_be_trained() -> None:
    """Prevents a family that a recipe may name but nothing fits."""
    untrained = {slug for slug, family in FAMILIES.items() if family.remedy_untrained}
    assert untrained == set(BROUGHT)
