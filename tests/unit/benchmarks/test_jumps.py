"""How far a page jumps is summed over the worst five seconds, and named by what moved most."""

from __future__ import annotations

from benchmarks.clicks.jumps import GOOD, Jumps, Move, moved_most, worst_window


def test_moves_of_the_worst_five_seconds_are_summed() -> None:
    """Neither all moves of a long visit nor the largest one alone."""
    moves = [
        Move(at, share, "risk", 10)
        for at, share in ((0, 0.03), (3000, 0.02), (5000, 0.04), (8999, 0.05), (9001, 0.01))
    ]
    assert abs(worst_window(moves) - (0.04 + 0.05 + 0.01)) < 1e-12
    assert abs(worst_window(moves[:3]) - (0.02 + 0.04)) < 1e-12
    assert worst_window([]) == 0.0


def test_what_moved_most_in_all_is_named_first() -> None:
    """Many small moves of one thing are more than one larger move of another."""
    moves = [Move(0, 0.02, "finder", 8), Move(9, 0.03, "risk", -40), Move(20, 0.02, "finder", 8)]
    assert moved_most(moves) == "finder 0.040 (+16 px), risk 0.030 (-40 px)"
    assert moved_most(moves, 1) == "finder 0.040 (+16 px)"
    assert moved_most([]) == ""


def test_a_page_that_jumps_too_far_is_marked() -> None:
    assert "not below 0.1" in str(Jumps("patient", "1280x800", GOOD, "risk"))
    assert "not below" not in str(Jumps("patient", "1280x800", 0.0999, "risk"))
