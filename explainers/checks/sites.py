"""Groupings by where or with what patients were seen: hospitals, devices, laboratories."""

from __future__ import annotations

from explainers.core.schema import Grouping
from explainers.core.study import Study

NO_SITES = "the schema groups by no hospital, device or other attribute that is not protected"


def site_groupings(study: Study) -> tuple[Grouping, ...]:
    """Groupings by an attribute that is neither protected nor a feature of the model.

    A schema does not say what is a site: what describes a patient without being protected is taken
    for one.
    """
    schema = study.cohort.schema
    return tuple(
        grouping
        for grouping in schema.groups
        if schema.column(grouping.column).role == "attribute"
        and not schema.column(grouping.column).sensitive
        and grouping.column not in study.model.feature_names
    )
