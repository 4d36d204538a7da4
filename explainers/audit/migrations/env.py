"""Runs the migrations on the connection that the caller holds."""

from __future__ import annotations

from alembic import context

from explainers.audit.tables import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA)
context.run_migrations()
