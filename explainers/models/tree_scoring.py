"""When a model's raw scores are added up by compiled code rather than by its library.

Compiled code takes a tenth of the time, for one patient as for a million. But it has to be loaded,
which a first screen would wait for: until somebody has done that (the dashboard does it while the
first page is being read), little work is left to the library. The numbers are the same either way.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, cached_property
from importlib import import_module
from typing import TYPE_CHECKING, cast

import numpy as np

from explainers.core.trees import TreeEnsemble

if TYPE_CHECKING:
    from explainers.models.compiled_trees import CompiledTrees

# Patients times trees for which XGBoost takes half a second. So long does loading take, once in a
# process; compiling, once after an installation, takes two seconds.
WORK_WORTH_LOADING = 15_000_000


class TreeScoring:
    """The compiled way to the raw scores of one model, and whether to take it.

    Parameters
    ----------
    trees : TreeEnsemble
    """

    def __init__(self, trees: TreeEnsemble) -> None:
        self.trees = trees
        self._work = 0

    def takes_over(self, n_patients: int) -> bool:
        """Whether compiled code is to score so many patients, who count as scored from now on.

        It is where it is loaded, and where the work there was for this model would have paid for
        loading: so at worst loading doubles the time, and no small work waits for it.
        """
        self._work += n_patients * self.trees.n_trees
        return is_loaded() or self._work >= WORK_WORTH_LOADING

    @cached_property
    def compiled(self) -> CompiledTrees:
        """The trees laid out for compiled code, which is loaded if it was not."""
        return load_compiled()(self.trees)


@cache
def load_compiled() -> Callable[[TreeEnsemble], CompiledTrees]:
    """Import the compiler and compile, or read from disk, both loops; returns what lays out trees.

    The module is named by a string because importing the compiler takes as long as all the rest.
    """
    module = import_module("explainers.models.compiled_trees")
    lay_out = cast("Callable[[TreeEnsemble], CompiledTrees]", module.CompiledTrees.of)
    leaf, none = np.array([-1]), np.array([np.nan])
    single_leaf = TreeEnsemble(
        feature=leaf,
        threshold=none,
        left=leaf,
        right=leaf,
        missing_goes_left=np.array([False]),
        value=np.zeros(1),
        cover=np.ones(1),
        roots=np.zeros(1, dtype=np.int64),
    )
    lay_out(single_leaf).score(np.zeros((1, 1)))
    return lay_out


def is_loaded() -> bool:
    """Whether compiled code can be used without waiting."""
    return load_compiled.cache_info().currsize > 0
