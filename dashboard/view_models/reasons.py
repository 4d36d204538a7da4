"""Whether a sentence of reasons may be given, and which."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.view_models.patient import (
    agreement_sentence,
    disagreement_sentence,
    reason_sentence,
)
from explainers.attribution.agreement import compare_attributions
from explainers.core.attribution import Attribution
from explainers.core.study import Study


@dataclass(frozen=True)
class ToldReasons:
    """The reasons in words.

    Attributes
    ----------
    is_withheld : bool
        Whether two methods disagree, so that no sentence of reasons is given.
    sentence : str
        The reasons, or that they are withheld.
    agreement : str
        How far the methods agree.
    """

    is_withheld: bool
    sentence: str
    agreement: str


def told_reasons(
    study: Study, exact: Attribution, local: Attribution, *, by_concept: bool
) -> ToldReasons:
    """The sentence of the first method, unless the second contradicts it by inputs or concepts.

    Parameters
    ----------
    study : Study
    exact, local : Attribution
        Of the same patient on the same scale, by single inputs.
    by_concept : bool
        Whether the sentence speaks of clinical concepts.
    """
    schema = study.cohort.schema
    columns = {column.name: column for column in study.model.columns}
    agreement = compare_attributions(exact, local)
    of_concepts = compare_attributions(exact.by_concept(schema), local.by_concept(schema))
    for one, is_of_concepts in ((agreement, False), (of_concepts, True)):
        if one.methods_disagree:
            return ToldReasons(
                is_withheld=True,
                sentence=disagreement_sentence(one, columns, by_concept=is_of_concepts),
                agreement=agreement_sentence(one, by_concept=is_of_concepts),
            )
    return ToldReasons(
        is_withheld=False,
        sentence=reason_sentence(exact.by_concept(schema) if by_concept else exact, columns),
        agreement=agreement_sentence(agreement),
    )
