"""Splits on sets of levels, written as splits on thresholds.

Some libraries split a category by sending a set of its levels left. Written out over the positions
of the levels, such a set is a few runs of neighbours: a chain of thresholds tells the runs apart
and each run gets its own copy of the subtree on its side. All that reads trees then needs to know
thresholds only.

What the trees say stays what it was. Every patient reaches a copy of the same leaf. The covers of
the runs on one side add up to the cover of that side, so a patient whose level is left out is
spread over the two sides as before: the path-dependent game is the same game, and so are its
Shapley values. For that reason a side that no level can reach keeps a run, and its cover.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import groupby
from typing import NamedTuple

import numpy as np

from explainers.core.arrays import IntArray
from explainers.core.trees import TreeEnsemble
from explainers.errors import BundleError

# Copies multiply where sets of many levels stand below each other. So many nodes take 60 MB.
MOST_NODES = 1_000_000

# Levels (first, last) of each feature that can still occur at a node.
Possible = Mapping[int, tuple[int, int]]


class Run(NamedTuple):
    """Neighbouring levels that go to one side: the last one, and the share of the side's cover."""

    goes_left: bool
    first: int
    last: int
    share: float


class Task(NamedTuple):
    """A subtree to copy: its root, the factor on its covers, and where the copy hangs."""

    node: int
    factor: float
    possible: Possible
    parent: int
    is_left_child: bool


def with_level_splits(
    trees: TreeEnsemble, left_levels: Mapping[int, frozenset[int]], n_levels: Mapping[int, int]
) -> TreeEnsemble:
    """Equivalent trees that split on thresholds only.

    Parameters
    ----------
    trees : TreeEnsemble
        Thresholds of the nodes in ``left_levels`` are ignored; a missing value goes there where
        ``missing_goes_left`` says.
    left_levels : Mapping[int, frozenset[int]]
        For each node that splits on levels, the positions of the levels that go left; all other
        levels go right.
    n_levels : Mapping[int, int]
        How many levels each of the features of these nodes has.

    Returns
    -------
    TreeEnsemble
        The same score for every patient, and the same interventional and path-dependent Shapley
        values; nodes have other numbers.

    Raises
    ------
    BundleError
        When the result would be larger than a million nodes.
    """
    if not left_levels:
        return trees
    everywhere = {feature: (0, count - 1) for feature, count in n_levels.items()}
    growth = _Growth(trees, left_levels, [], [])
    roots = []
    for root in trees.roots:
        roots.append(len(growth.source))
        growth.copy(Task(int(root), 1.0, everywhere, -1, is_left_child=False))
    return growth.finish(np.array(roots, dtype=np.int64))


def find_runs(left: frozenset[int], first: int, last: int) -> list[Run]:
    """Runs of the levels from ``first`` to ``last``, in order; each side has one at least.

    The cover of a side is divided among its runs by their number of levels.
    """
    levels = range(first, last + 1)
    n_left = sum(level in left for level in levels)
    runs = []
    for goes_left, neighbours in groupby(levels, key=lambda level: level in left):
        run = list(neighbours)
        count = n_left if goes_left else len(levels) - n_left
        runs.append(Run(goes_left, run[0], run[-1], len(run) / count))
    for side in (True, False):
        if all(run.goes_left != side for run in runs):
            runs.append(Run(side, last + 1, last, 1.0))
    return runs


@dataclass(frozen=True)
class _Growth:
    """The new trees while they grow: one entry per node, in lists."""

    trees: TreeEnsemble
    left_levels: Mapping[int, frozenset[int]]
    # Node that each new node is a copy of, and what the copy has of its own.
    source: list[int]
    own: list[tuple[float, bool, float, int, int]]

    def copy(self, task: Task) -> None:
        """Copy a subtree; a stack of its own because trees may be deeper than calls may nest."""
        stack = [task]
        while stack:
            task = stack.pop()
            if self.trees.feature[task.node] < 0:
                self._add(task, np.nan, missing_goes_left=False, cover=self._cover(task))
            elif task.node in self.left_levels:
                stack += self._split_levels(task)
            else:
                stack += self._split_threshold(task)

    def _split_threshold(self, task: Task) -> list[Task]:
        trees, node = self.trees, task.node
        at = self._add(
            task,
            float(trees.threshold[node]),
            missing_goes_left=bool(trees.missing_goes_left[node]),
            cover=self._cover(task),
        )
        return [
            task._replace(node=int(children[node]), parent=at, is_left_child=is_left)
            for children, is_left in ((trees.left, True), (trees.right, False))
        ]

    def _split_levels(self, task: Task) -> list[Task]:
        """A chain of thresholds, one for every run but the last; the runs' subtrees to copy."""
        trees, node = self.trees, task.node
        feature = int(trees.feature[node])
        runs = find_runs(self.left_levels[node], *task.possible[feature])
        sides = [int(trees.left[node] if run.goes_left else trees.right[node]) for run in runs]
        covers = [
            task.factor * run.share * float(trees.cover[side])
            for run, side in zip(runs, sides, strict=True)
        ]
        takes_missing = [run.goes_left for run in runs].index(bool(trees.missing_goes_left[node]))
        tasks, hook = [], task
        for number, (run, side) in enumerate(zip(runs, sides, strict=True)):
            is_last = number == len(runs) - 1
            if not is_last:
                at = self._add(
                    hook,
                    run.last + 0.5,
                    missing_goes_left=number == takes_missing,
                    cover=self._cover(task) if number == 0 else sum(covers[number:]),
                )
                hook = task._replace(parent=at, is_left_child=False)
            possible = {**task.possible, feature: (run.first, run.last)}
            tasks.append(Task(side, task.factor * run.share, possible, at, not is_last))
        return tasks

    def _cover(self, task: Task) -> float:
        return task.factor * float(self.trees.cover[task.node])

    def _add(self, task: Task, threshold: float, *, missing_goes_left: bool, cover: float) -> int:
        """Write one node and hang it below its parent; its number."""
        at = len(self.source)
        if at >= MOST_NODES:
            raise BundleError(
                f"trees that split on sets of levels may grow to at most {MOST_NODES:,} nodes when"
                " they are written as thresholds",
                remedy="Train shallower trees, or put the levels in an order that has a meaning.",
            )
        self.source.append(task.node)
        self.own.append((threshold, missing_goes_left, cover, task.parent, task.is_left_child))
        return at

    def finish(self, roots: IntArray) -> TreeEnsemble:
        """The arrays of the new trees."""
        threshold, missing, cover, parent, is_left = (
            np.array(part) for part in zip(*self.own, strict=True)
        )
        source = np.array(self.source)
        left, right = np.full(len(source), -1), np.full(len(source), -1)
        for children, side in ((left, is_left), (right, ~is_left)):
            own = np.flatnonzero(side & (parent >= 0))
            children[parent[own]] = own
        return replace(
            self.trees,
            feature=self.trees.feature[source],
            threshold=threshold,
            left=left,
            right=right,
            missing_goes_left=missing,
            value=self.trees.value[source],
            cover=cover,
            roots=roots,
        )
