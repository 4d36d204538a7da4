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
from dashboard.services import record
from explainers.core.cohort import Cohort
from explainers.core.schema import Schema
from explainers.core.study import Study
from explainers.disclosure.roles import Permission
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
            facts = model_facts(ctx, name)
            if _is_offered(ctx, facts):
                models[name] = facts
        except PellucidError as error:
            refused.append(f"{name}: {error}")
    return Catalogue(models, tuple(refused))


def model_facts(ctx: Context, name: str) -> BundleFacts:
    """Facts of one model; its bundle is verified anew once a file of it was touched."""
    root = "" if ctx.root is None else str(ctx.root)
    return _facts(root, name, ctx.workspace.model_state(name))


def study_of(ctx: Context, facts: BundleFacts) -> Study:
    """The model on its held-out patients; on record when it is first opened.

    Raises
    ------
    NotPermittedError
        When the role has neither statistics nor patients, or not those of this cohort.
    """
    ctx.person.require(Permission.AGGREGATES)
    study = _study(address_of(ctx, facts))
    record.loaded(ctx, facts, study)
    return study


def schema_of(ctx: Context, facts: BundleFacts) -> Schema:
    """What the columns of a model's cohort mean."""
    return _schema(address_of(ctx, facts))


def address_of(ctx: Context, facts: BundleFacts) -> BundleAddress:
    """What stands for a bundle and the state of its cohort's files in a cache key.

    Whatever reads a cohort comes by here, so this is where one that the role lacks is refused.
    """
    if not _is_offered(ctx, facts):
        ctx.person.require(Permission.OWN_COHORTS)
    return _address(ctx, facts)


def cohort_on_record(ctx: Context, facts: BundleFacts) -> Cohort:
    """A model's patients, to divide what is on record about them into groups of enough people.

    Nothing else of them may be shown to whoever has leave for the record only.
    """
    ctx.person.require(Permission.AUDIT)
    return _study(_address(ctx, facts)).cohort


def _address(ctx: Context, facts: BundleFacts) -> BundleAddress:
    state = ctx.workspace.cohort_state(facts.cohort)
    return BundleAddress(ctx.root, facts.name, facts.digest, facts.cohort, state)


def _is_offered(ctx: Context, facts: BundleFacts) -> bool:
    """Whether the role may see that model's cohort: not every role has a hospital's own."""
    if ctx.person.may(Permission.OWN_COHORTS):
        return True
    return ctx.workspace.is_built_in(facts.cohort)


@st.cache_resource(max_entries=256, show_spinner=False)
def _facts(root: str, name: str, state: str) -> BundleFacts:
    """By the state of the files: to hash each of them at every click costs what they weigh."""
    del state
    return Workspace(Path(root) if root else None).model_facts(name)


@st.cache_resource(max_entries=64, show_spinner=False, hash_funcs={BundleAddress: astuple})
def _schema(address: BundleAddress) -> Schema:
    return Workspace(address.root).load_schema(address.cohort)


@st.cache_resource(max_entries=8, show_spinner=False, hash_funcs={BundleAddress: astuple})
def _study(address: BundleAddress) -> Study:
    return Workspace(address.root).open_study(address.name)
