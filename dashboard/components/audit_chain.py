"""Whether the record is whole: how far it was verified, by whom, and verifying it now."""

from __future__ import annotations

import streamlit as st

from dashboard.context import Context
from dashboard.services.auditing import ChainState, chain_state, last_verification, verify_now
from dashboard.view_models.audit import moment
from dashboard.wording import plain, say

DIGITS = 16


def show_chain(ctx: Context) -> bool:
    """The end of the chain and its last verification; whether anything is on record."""
    with st.container(key="audit-chain", border=True):
        if _is_asked_to_verify():
            with st.spinner(say("audit.verifying")):
                verify_now(ctx)
        chain = chain_state(ctx)
        if not chain.head.seq:
            st.info(say("audit.empty"))
            return False
        _show_check(ctx, chain)
        st.caption(
            say(
                "audit.head",
                n=f"{chain.head.n_records:,}",
                seq=f"{chain.head.seq:,}",
                at=moment(chain.head.at),
                digest=chain.head.digest[:DIGITS],
            )
        )
    return True


def _is_asked_to_verify() -> bool:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.header(say("audit.chain"), anchor=False, width="stretch")
        return st.button(
            say("audit.verify"),
            key="audit_verify",
            icon=":material/link:",
            help=say("audit.verify_help"),
        )


def _show_check(ctx: Context, chain: ChainState) -> None:
    checked = chain.checked
    if checked is None:
        st.info(say("audit.never_checked"))
        return
    told = {"through": f"{checked.through:,}", "who": plain(checked.actor)}
    told["at"] = moment(checked.at)
    if checked.first_bad is None:
        newer = chain.head.seq - checked.through
        st.success(f"{say('audit.checked', **told)} {say('audit.since_checked', n=f'{newer:,}')}")
        return
    st.error(
        say("audit.broken", **told),
        title=say("audit.broken_title", bad=f"{checked.first_bad:,}"),
    )
    found = last_verification(ctx)
    if found is not None and found.first_bad is not None:
        problem = plain(found.problem)
        st.caption(say("audit.broken_now", bad=f"{found.first_bad:,}", problem=problem))
