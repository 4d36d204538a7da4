"""Models and studies, kept open on the server.

A bundle that changed on disk has another digest, a cohort's files another size or time: both are
part of the key, so either is read anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import astuple, dataclass
from pathlib import Path

import streamlit as st

from dashboard.context import Context
from explainers.core.schema import Schema
from explainers.core.study import Study
from explainers.errors import PellucidError
from explainers.models.bundle import BundleFacts
from explainers.workspace import Workspace


@dataclass(frozen=True)
class BundleAddress:
    """Which bundle on which cohort, where, and in which state."""

    root: Path | None
    name: str
    digest: str
    cohort: str
    cohort_state: str


@dataclass(frozen=True)
class Catalogue:
    """The models on offer, and what is wrong with those that are not.

    Attributes
    ----------
    models : Mapping[str, BundleFacts]
        By name.
    refused : tuple of str
        Why a bundle is not on offer, one sentence each.
    """

    models: Mapping[str, BundleFacts]
    refused: tuple[str, ...]


def open_catalogue(ctx: Context) -> Catalogue:
    """Verify every bundle; one that is damaged is named and leaves the others on offer."""
    models: dict[str, BundleFacts] = {}
    refused = []
    for name in ctx.workspace.model_names():
        try:
            models[name] = model_facts(ctx, name)
        except PellucidError as error:
            refused.append(f"{name}: {error}")
    return Catalogue(models, tuple(refused))


def model_facts(ctx: Context, name: str) -> BundleFacts:
    """Facts of one model; its bundle is verified anew each time."""
    return ctx.workspace.model_facts(name)


def study_of(ctx: Context, facts: BundleFacts) -> Study:
    """The model on its held-out patients."""
    return _study(address_of(ctx, facts))


def schema_of(ctx: Context, facts: BundleFacts) -> Schema:
    """What the columns of a model's cohort mean."""
    return _schema(address_of(ctx, facts))


def address_of(ctx: Context, facts: BundleFacts) -> BundleAddress:
    """What stands for a bundle and the state of its cohort's files in a cache key."""
    state = ctx.workspace.cohort_state(facts.cohort)
    return BundleAddress(ctx.root, facts.name, facts.digest, facts.cohort, state)


@st.cache_resource(max_entries=64, show_spinner=False, hash_funcs={BundleAddress: astuple})
def _schema(address: BundleAddress) -> Schema:
    return Workspace(address.root).load_schema(address.cohort)


@st.cache_resource(max_entries=8, show_spinner=False, hash_funcs={BundleAddress: astuple})
def _study(address: BundleAddress) -> Study:
    return Workspace(address.root).open_study(address.name)
