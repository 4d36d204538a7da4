"""When somebody's time is up: the token's end, or nobody there for too long."""

from __future__ import annotations

from dashboard.visits import Ending, Visit, Visits


class Clock:
    """Seconds that pass when a test says so."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def opened(idle: float = 60.0) -> tuple[Visits, Clock]:
    clock = Clock()
    return Visits(idle, clock), clock


VISIT = Visit("a", began_at=1000.0, expires_at=5000.0)


def test_a_visit_goes_on_while_something_is_done() -> None:
    visits, clock = opened()
    assert visits.enter(VISIT)
    for _ in range(10):
        clock.now += 59
        assert visits.ending(VISIT) is None
        visits.touch(VISIT)


def test_an_idle_visit_is_over_and_cannot_be_touched_back_to_life() -> None:
    visits, clock = opened()
    visits.enter(VISIT)
    clock.now += 61
    assert visits.ending(VISIT) is Ending.IDLE
    visits.touch(VISIT)
    assert visits.ending(VISIT) is Ending.IDLE
    assert not visits.enter(VISIT)


def test_a_token_is_over_when_it_says_so_however_busy_its_owner_is() -> None:
    visits, clock = opened()
    visits.enter(VISIT)
    while clock.now < VISIT.expires_at:
        visits.touch(VISIT)
        clock.now += 50
    assert visits.ending(VISIT) is Ending.EXPIRED


def test_a_cookie_found_on_a_shared_machine_lets_nobody_in() -> None:
    """A browser that was closed keeps its cookie; the time since counts, not the new tab."""
    visits, clock = opened()
    visits.enter(VISIT)
    clock.now += 100
    assert not visits.enter(VISIT)
    assert visits.ending(VISIT) is Ending.IDLE


def test_after_a_restart_an_old_token_is_as_old_as_it_says() -> None:
    visits, clock = opened()
    clock.now += 61
    assert not visits.enter(VISIT)
    assert visits.ending(VISIT) is Ending.IDLE


def test_signing_out_ends_every_tab_and_is_said_once() -> None:
    visits, clock = opened()
    visits.enter(VISIT)
    assert visits.end(VISIT, Ending.SIGNED_OUT)
    assert not visits.end(VISIT, Ending.IDLE)
    assert visits.ending(VISIT) is Ending.SIGNED_OUT
    clock.now += 10
    assert not visits.enter(VISIT)
    other = Visit("b", began_at=1010.0, expires_at=5000.0)
    assert visits.enter(other)
    assert visits.ending(other) is None


def test_an_entry_that_could_not_be_recorded_is_a_first_one_again() -> None:
    visits, _ = opened()
    assert visits.enter(VISIT)
    assert not visits.enter(VISIT)
    visits.forget(VISIT)
    assert visits.enter(VISIT)


def test_an_ended_visit_stays_ended_while_its_token_is_valid() -> None:
    """Forgetting it to save memory must not let it in again."""
    visits, clock = opened(idle=1e9)
    visits.enter(VISIT)
    visits.end(VISIT, Ending.SIGNED_OUT)
    clock.now = VISIT.expires_at - 1
    visits.enter(Visit("b", clock.now, clock.now + 100_000))
    assert visits.ending(VISIT) is Ending.SIGNED_OUT
    clock.now += 100_000
    visits.enter(Visit("c", clock.now, clock.now + 10))
    assert visits.ending(VISIT) is Ending.EXPIRED
