"""The checks of a model, each computed once per state of its bundle and cohort."""

from __future__ import annotations

from dataclasses import astuple

import streamlit as st

from dashboard.context import Context
from dashboard.services.library import BundleAddress, address_of
from explainers.checks import CHECKS, Inspection, find_check, inspect_bundle
from explainers.core.finding import CheckResult
from explainers.models.bundle import BundleFacts
from explainers.workspace import Workspace

CHECK_CODES = tuple(check.code for check in CHECKS)


def check_model(ctx: Context, facts: BundleFacts, code: str) -> CheckResult:
    """The answer of one check."""
    return _check(address_of(ctx, facts), code)


@st.cache_data(max_entries=500, show_spinner=False, hash_funcs={BundleAddress: astuple})
def _check(address: BundleAddress, code: str) -> CheckResult:
    return find_check(code).run(_inspection(address))


@st.cache_resource(max_entries=4, show_spinner=False, hash_funcs={BundleAddress: astuple})
def _inspection(address: BundleAddress) -> Inspection:
    return inspect_bundle(Workspace(address.root), address.name)
