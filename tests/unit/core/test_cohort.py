from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from explainers.core import Cohort, CohortFacts, Column, Condition, Grouping, Outcome, Schema
from explainers.core.encoding import decode, encode, format_value
from explainers.errors import CohortError, NotFoundError

AGE = Column("age", "Age", "number", unit="years", decimals=1)
PAIN = Column("pain", "Pain", "category", levels=("none", "dull", "sharp"))
SUGAR = Column("sugar", "Sugar", "number", role="outcome")
TOLD = Column("told", "Told", "yes_no", role="outcome")
SCHEMA = Schema(
    CohortFacts("ward", "Ward", ""),
    "id",
    (AGE, PAIN, SUGAR, TOLD),
    outcomes=(
        Outcome(
            "either",
            "Either",
            "",
            "now",
            (Condition("sugar", at_least=7.0), Condition("told", equals="yes")),
        ),
    ),
    groups=(
        Grouping("age", "Age", "age", "young", ("young", "old"), cuts=(40.0,)),
        Grouping("pain", "Pain", "pain", "none", PAIN.levels),
    ),
    digest="s",
)


def frame_of(age: list[float], pain: list[str | None], **more: object) -> pd.DataFrame:
    ids = pd.Index([f"p{at}" for at in range(len(age))], name="patient_id")
    columns = {"age": age, "pain": pd.Categorical(pain, categories=list(PAIN.levels)), **more}
    return pd.DataFrame(columns, index=ids)


@pytest.fixture
def cohort() -> Cohort:
    told = pd.Categorical(["no", "yes", None, None], categories=["no", "yes"])
    frame = frame_of(
        [30, 40, 50, np.nan], ["none", "sharp", None, "dull"],
        sugar=[5.0, 5.0, 7.0, np.nan], told=told,
    )  # fmt: skip
    return Cohort(frame, SCHEMA)


def test_an_outcome_is_absent_only_where_something_was_measured(cohort: Cohort) -> None:
    """Prevents people nobody tested from counting as healthy."""
    np.testing.assert_array_equal(cohort.outcome_labels("either"), [0, 1, 1, np.nan])
    without = Cohort(cohort.frame.drop(columns=["sugar", "told"]), SCHEMA)
    assert np.isnan(without.outcome_labels("either")).all()


def test_groups_are_left_closed(cohort: Cohort) -> None:
    """Prevents a person of exactly 40 from changing group between two screens."""
    assert list(cohort.group_labels("age"))[:3] == ["young", "old", "old"]
    assert cohort.group_labels("age").isna().tolist() == [False, False, False, True]
    assert cohort.group_labels("pain").isna().tolist() == [False, False, True, False]
    without = Cohort(cohort.frame.drop(columns="pain"), SCHEMA)
    assert without.group_labels("pain").isna().all()


def test_selection_keeps_the_order_asked_for(cohort: Cohort) -> None:
    assert cohort.select(["p2", "p0"]).patient_ids == ("p2", "p0")
    with pytest.raises(NotFoundError, match="'p9'"):
        cohort.select(["p0", "p9"])


def test_the_digest_sees_every_change(cohort: Cohort) -> None:
    """Prevents a cached answer about other patients."""
    digests = {cohort.digest}
    changed = cohort.frame.copy()
    changed.loc["p0", "age"] = 31.0
    digests.add(Cohort(changed, SCHEMA).digest)
    digests.add(Cohort(cohort.frame.rename(index={"p0": "q0"}), SCHEMA).digest)
    digests.add(Cohort(cohort.frame.rename(columns={"told": "heard"}), SCHEMA).digest)
    digests.add(Cohort(cohort.frame.iloc[::-1], SCHEMA).digest)
    digests.add(Cohort(cohort.frame, dataclasses.replace(SCHEMA, digest="t")).digest)
    digests.add(cohort.select(["p0", "p1", "p2"]).digest)
    assert len(digests) == 7
    assert Cohort(cohort.frame.copy(), SCHEMA).digest == cohort.digest


def test_encoding_and_decoding_are_inverse(cohort: Cohort) -> None:
    matrix = encode(cohort.frame, (PAIN, AGE))
    np.testing.assert_array_equal(matrix[:, 0], [0, 2, np.nan, 1])
    np.testing.assert_array_equal(matrix[:, 1], [30, 40, 50, np.nan])
    assert [decode(code, PAIN) for code in matrix[:, 0]] == ["none", "sharp", None, "dull"]
    assert [decode(number, AGE) for number in matrix[:, 1]] == [30.0, 40.0, 50.0, None]


def test_encoding_goes_by_the_level_and_not_by_its_position_in_the_frame() -> None:
    """Prevents sharp read as dull because another file lists its levels in another order."""
    frame = frame_of([1, 2], ["none", "sharp"])
    frame["pain"] = pd.Categorical(["none", "sharp"], categories=["sharp", "none"])
    np.testing.assert_array_equal(encode(frame, (PAIN,))[:, 0], [0, 2])


def test_a_missing_column_is_named(cohort: Cohort) -> None:
    with pytest.raises(CohortError, match="'age'"):
        encode(cohort.frame.drop(columns="age"), (AGE,))


@pytest.mark.parametrize(
    ("value", "column", "shown"),
    [
        (1234.56, AGE, "1,234.6 years"),
        (2.0, PAIN, "sharp"),
        (np.nan, AGE, "not measured"),
        (np.nan, PAIN, "not measured"),
        (3.0, SUGAR, "3"),
    ],
)
def test_values_are_shown_as_a_clinician_reads_them(
    value: float, column: Column, shown: str
) -> None:
    assert format_value(value, column) == shown


def test_a_level_that_the_schema_does_not_have_is_refused() -> None:
    """Prevents a misspelt level from being taken for one that was not measured."""
    patients = pd.DataFrame({"pain": ["none", "Typical", None]})
    with pytest.raises(CohortError, match="'Typical'"):
        encode(patients, (PAIN,))
