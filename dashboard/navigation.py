"""The pages, their addresses, and what a role must be allowed to see each of them.

Pages are built inside each run: a ``st.Page`` holds per-run state and must not be shared. Each is
registered for everybody, so that whoever asks for one by its address is told why it is closed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import streamlit as st
from streamlit.navigation.page import Page

from dashboard.components.gate import show_not_permitted
from dashboard.components.part import show_part
from dashboard.context import Context
from dashboard.services import record
from dashboard.views import (
    audit,
    compare,
    data,
    glossary,
    groups,
    labels,
    model,
    patient,
    problems,
)
from dashboard.wording import say
from explainers.disclosure.roles import Permission


@dataclass(frozen=True)
class PageEntry:
    """One page.

    Attributes
    ----------
    name : str
        Its address, and its title in the sentences of ``app``.
    icon : str
    render : callable
    permission : Permission or None
        What a role needs; None, said on purpose, where there is nothing of any cohort's.
    """

    name: str
    icon: str
    render: Callable[[Context], None]
    permission: Permission | None


PAGES = (
    PageEntry("patient", ":material/person:", patient.render, Permission.PATIENT),
    PageEntry("compare", ":material/compare_arrows:", compare.render, Permission.PATIENT),
    PageEntry("groups", ":material/groups:", groups.render, Permission.AGGREGATES),
    PageEntry("labels", ":material/sell:", labels.render, Permission.AGGREGATES),
    PageEntry("model", ":material/model_training:", model.render, Permission.AGGREGATES),
    PageEntry("problems", ":material/fact_check:", problems.render, Permission.AGGREGATES),
    PageEntry("data", ":material/upload_file:", data.render, Permission.REGISTER),
    PageEntry("audit", ":material/policy:", audit.render, Permission.AUDIT),
    PageEntry("glossary", ":material/menu_book:", glossary.render, None),
)


def build_navigation(ctx: Context) -> Page:
    """The page to run."""
    pages = {entry.name: _page(ctx, entry) for entry in PAGES}
    offered = [entry for entry in PAGES if _is_offered(ctx, entry)]
    every = list(pages.values())
    if offered[0] is not PAGES[0]:
        # The bare address belongs to a page that the role lacks: nobody who just comes in is
        # told off, whoever names that page is.
        first = pages[offered[0].name]
        home = partial(st.switch_page, first)
        every.insert(0, st.Page(home, title=first.title, default=True, visibility="hidden"))
    return st.navigation(every, position="top")


def _page(ctx: Context, entry: PageEntry) -> Page:
    is_offered = _is_offered(ctx, entry)
    return st.Page(
        partial(_render, ctx, entry),
        title=say(f"app.{entry.name}"),
        icon=entry.icon,
        url_path=entry.name,
        default=is_offered and entry is PAGES[0],
        visibility="visible" if is_offered else "hidden",
    )


def _is_offered(ctx: Context, entry: PageEntry) -> bool:
    return entry.permission is None or ctx.person.may(entry.permission)


def _render(ctx: Context, entry: PageEntry) -> None:
    if entry.permission is None or ctx.person.may(entry.permission):
        entry.render(ctx)
        return
    with show_part():
        record.denied(ctx, entry.permission, entry.name)
        show_not_permitted(ctx, entry.permission)
