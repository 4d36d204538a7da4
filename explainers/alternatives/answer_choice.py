"""Which of the answers found are given: few changes first, and different inputs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from explainers.alternatives.change import Change

# With so many answers at hand none that changes more inputs than the first is added.
FEW = 2
_SIMILAR = 0.5


class Answer(Protocol):
    """What the choice looks at."""

    @property
    def changes(self) -> tuple[Change, ...]:
        """The inputs that differ."""
        ...

    @property
    def cost(self) -> float:
        """How much they differ."""
        ...


Chosen = TypeVar("Chosen", bound=Answer)


def choose_answers(
    found: Sequence[Chosen], n: int, size: Callable[[Chosen], int]
) -> tuple[Chosen, ...]:
    """Up to n answers, those with the fewest changes first and the cheapest first among these.

    Answers with more changes than the first are only added until there are two. Among answers with
    equally many changes those that share half of their inputs with a cheaper one come in last.

    Parameters
    ----------
    found : sequence
    n : int
    size : callable
        Number of changes of an answer.
    """
    chosen: list[Chosen] = []
    sizes = sorted({size(answer) for answer in found})
    for each in sizes:
        most = n if each == sizes[0] else min(n, FEW)
        alike = [answer for answer in found if size(answer) == each]
        _add_diverse(chosen, sorted(alike, key=lambda answer: answer.cost), most)
    return tuple(sorted(chosen, key=lambda answer: (size(answer), answer.cost)))


def _add_diverse(chosen: list[Chosen], answers: Sequence[Chosen], most: int) -> None:
    for most_shared in (_SIMILAR, 1.0):
        for answer in answers:
            fresh = all(answer is not other for other in chosen)
            is_other = all(_overlap(answer, other) <= most_shared for other in chosen)
            if len(chosen) < most and fresh and is_other:
                chosen.append(answer)


def _overlap(first: Answer, second: Answer) -> float:
    """Jaccard index of the changed inputs."""
    names = [{change.feature for change in answer.changes} for answer in (first, second)]
    return len(names[0] & names[1]) / len(names[0] | names[1])
