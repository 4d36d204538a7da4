"""What was found, missed and falsely alarmed, as rows of text."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.faults.judgement import Clean, Planted, false_alarms
from explainers.core.finding import SEVERITIES

FAULT_HEADS = (
    "fault",
    "check",
    "strength",
    "matters",
    "found",
    "missed",
    "severity",
    "false alarms",
)
CLEAN_HEADS = ("sound models", "n", "with high", "with high or medium", "worst of each check")

Rows = list[tuple[str, ...]]


def fault_table(planted: Sequence[Planted], clean: Sequence[Clean]) -> Rows:
    """A row per fault and strength, heads first."""
    rows: Rows = [FAULT_HEADS]
    for one in planted:
        alarms = false_alarms(one.code, clean)
        rows.append(
            (
                one.fault,
                one.code,
                one.strength,
                "yes" if one.matters else "no",
                f"{one.n_found}/{one.n}",
                str(one.n_missed) if one.matters else "",
                " ".join(f"{name} {count}" for name, count in one.severities.items()),
                f"{alarms[0]}/{alarms[1]}",
            )
        )
    return rows


def clean_table(clean: Sequence[Clean]) -> Rows:
    """A row per kind of sound model, heads first."""
    rows: Rows = [CLEAN_HEADS]
    for one in clean:
        said = [
            f"{code} {name} {count}"
            for code, counts in one.found.items()
            for name, count in counts.items()
        ]
        figures = (one.n, one.n_high, one.n_medium)
        rows.append((one.kind, *map(str, figures), "; ".join(said) or "none"))
    return rows


def as_markdown(planted: Sequence[Planted], clean: Sequence[Clean]) -> str:
    """Both tables and the summary, for a document; a row per fault."""
    heads = ("Fault", "Check", "Does not matter", "Matters", "Severity", "False alarms")
    by_fault: dict[str, list[Planted]] = {}
    for one in planted:
        by_fault.setdefault(one.fault, []).append(one)
    rows: Rows = [heads, (*["---"] * 5, "---:")]
    rows += [_fault_row(own, clean) for own in by_fault.values()]
    sound = clean_table(clean)
    rows_of_sound: Rows = [sound[0], ("---", "---:", "---:", "---:", "---"), *sound[1:]]
    parts = (_lay_out_markdown(rows), _lay_out_markdown(rows_of_sound), summary(planted, clean))
    return "\n\n".join(parts) + "\n"


def summary(planted: Sequence[Planted], clean: Sequence[Clean]) -> str:
    """The two figures the checks are held to."""
    should = [one for one in planted if one.matters]
    n, n_found = sum(one.n for one in should), sum(one.n_found for one in should)
    n_clean, n_high = sum(one.n for one in clean), sum(one.n_high for one in clean)
    return (
        f"Found {n_found} of {n} planted faults of a strength that matters. {n_high} of {n_clean}"
        " sound models have a finding of high severity; the aim is at most one in twenty."
    )


def _fault_row(own: Sequence[Planted], clean: Sequence[Clean]) -> tuple[str, ...]:
    found = [
        "; ".join(f"{one.strength}: {one.n_found}/{one.n}" for one in own if one.matters is matters)
        for matters in (False, True)
    ]
    totals = {name: sum(one.severities.get(name, 0) for one in own) for name in SEVERITIES}
    severities = ", ".join(f"{name} {total}" for name, total in totals.items() if total)
    alarms = false_alarms(own[0].code, clean)
    return (own[0].fault, f"`{own[0].code}`", *found, severities, f"{alarms[0]}/{alarms[1]}")


def _lay_out_markdown(rows: Sequence[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)
