"""The checks of a model, each computed once per state of its bundle and cohort."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple

import streamlit as st

from dashboard.context import Context
from dashboard.services.keys import BY_DIGEST
from dashboard.services.library import BundleAddress, address_of
from explainers.checks import CHECKS, Inspection, find_check, inspect_bundle
from explainers.core.finding import CheckResult, Finding
from explainers.core.study import Study
from explainers.models.bundle import BundleFacts
from explainers.subgroups.disaggregation import PatientGroup
from explainers.workspace import Workspace

GROUP_CODES = ("group-miscalibrated", "group-found-less")
"""Checks whose findings are about a group that a patient can belong to."""
CHECK_CODES = tuple(check.code for check in CHECKS)


def check_model(ctx: Context, facts: BundleFacts, code: str) -> CheckResult:
    """The answer of one check."""
    return _check(address_of(ctx, facts), code)


def group_findings(study: Study, groups: Sequence[PatientGroup]) -> tuple[Finding, ...]:
    """Findings of the problem list about these groups.

    They rest on the held-out patients alone, so that no other patients have to be read for them.
    """
    names = {f"{group.grouping.label}: {group.place.label}" for group in groups}
    return tuple(finding for finding in _group_findings(study) if finding.affected in names)


@st.cache_resource(max_entries=16, show_spinner=False, hash_funcs=BY_DIGEST)
def _group_findings(study: Study) -> tuple[Finding, ...]:
    """The same for every patient, so that only the first waits."""
    inspection = Inspection(study)
    return tuple(
        finding for code in GROUP_CODES for finding in find_check(code).run(inspection).findings
    )


@st.cache_data(max_entries=500, show_spinner=False, hash_funcs={BundleAddress: astuple})
def _check(address: BundleAddress, code: str) -> CheckResult:
    return find_check(code).run(_inspection(address))


@st.cache_resource(max_entries=4, show_spinner=False, hash_funcs={BundleAddress: astuple})
def _inspection(address: BundleAddress) -> Inspection:
    return inspect_bundle(Workspace(address.root), address.name)
