"""A schema proposed for a table, each guess with its reason and its doubt."""

from explainers.intake.proposal.guess import Guess
from explainers.intake.proposal.propose import Proposal, propose_schema

__all__ = ["Guess", "Proposal", "propose_schema"]
