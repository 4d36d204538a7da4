from __future__ import annotations

from dataclasses import dataclass

from explainers.alternatives.answer_choice import choose_answers
from explainers.alternatives.change import Change


@dataclass(frozen=True)
class Named:
    """An answer that changes the inputs of its name, one letter each."""

    name: str
    cost: float

    @property
    def changes(self) -> tuple[Change, ...]:
        return tuple(Change(letter, 0.0, 1.0) for letter in self.name)


def chosen(found: list[tuple[str, float]], n: int) -> list[str]:
    answers = [Named(name, cost) for name, cost in found]
    return [answer.name for answer in choose_answers(answers, n, lambda answer: len(answer.name))]


def test_few_changes_come_before_cheap_ones() -> None:
    """Prevents two small changes in front of one that suffices."""
    assert chosen([("bc", 0.1), ("a", 9.0)], 4) == ["a", "bc"]


def test_more_changes_only_until_there_are_two() -> None:
    """Prevents a list filled up with answers of three changes."""
    assert chosen([("a", 1.0), ("bc", 2.0), ("de", 3.0), ("fgh", 4.0)], 4) == ["a", "bc"]
    assert chosen([("a", 1.0), ("b", 2.0), ("c", 3.0), ("de", 1.0)], 4) == ["a", "b", "c"]
    assert chosen([("a", 1.0), ("bc", 2.0)], 1) == ["a"]


def test_other_inputs_come_before_the_same_ones() -> None:
    """Prevents four versions of one answer while there is a different one."""
    found = [("abcd", 1.0), ("abce", 2.0), ("abcf", 3.0), ("wxyz", 9.0)]
    assert chosen(found, 2) == ["abcd", "wxyz"]
    assert chosen(found, 3) == ["abcd", "abce", "wxyz"]
    assert chosen([], 3) == []
