"""An index by patient, so that whoever asks who opened their record is answered at once."""

from __future__ import annotations

from alembic import op

revision = "records_by_patient"
down_revision = "records_by_time"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """By key; entries about nobody share the empty one."""
    op.create_index("records_by_patient", "records", ["patient", "seq"])
