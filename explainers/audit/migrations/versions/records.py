"""The records, and what keeps them from being changed or removed too early."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "records"
down_revision = None
branch_labels = None
depends_on = None

SQLITE = (
    """CREATE TRIGGER records_are_not_changed BEFORE UPDATE ON records
    BEGIN SELECT RAISE(ABORT, 'a record of the audit log is never changed'); END""",
    """CREATE TRIGGER records_are_kept BEFORE DELETE ON records
    WHEN OLD.at > strftime('%Y-%m-%dT%H:%M:%S', 'now', '-6 years')
    BEGIN SELECT RAISE(ABORT, 'a record of the audit log is kept for six years'); END""",
)
POSTGRESQL = (
    """CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'a record of the audit log is never changed'; END $$""",
    """CREATE FUNCTION refuse_early_removal() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF OLD.at > to_char((now() AT TIME ZONE 'utc') - interval '6 years',
                            'YYYY-MM-DD"T"HH24:MI:SS') THEN
            RAISE EXCEPTION 'a record of the audit log is kept for six years';
        END IF;
        RETURN OLD;
    END $$""",
    """CREATE TRIGGER records_are_not_changed BEFORE UPDATE ON records
    FOR EACH ROW EXECUTE FUNCTION refuse_change()""",
    """CREATE TRIGGER records_are_not_emptied BEFORE TRUNCATE ON records
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()""",
    """CREATE TRIGGER records_are_kept BEFORE DELETE ON records
    FOR EACH ROW EXECUTE FUNCTION refuse_early_removal()""",
)


def upgrade() -> None:
    """Make the table and its locks."""
    op.create_table(
        "records",
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("at", sa.String(32), nullable=False),
        sa.Column("action", sa.String(32), nullable=False),
        sa.Column("actor", sa.String(255), nullable=False),
        sa.Column("role", sa.String(64), nullable=False),
        sa.Column("patient", sa.String(64), nullable=False),
        sa.Column("model_digest", sa.String(64), nullable=False),
        sa.Column("cohort_digest", sa.String(64), nullable=False),
        sa.Column("settings_digest", sa.String(64), nullable=False),
        sa.Column("details", sa.Text, nullable=False),
        sa.Column("previous", sa.String(64), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
    )
    op.create_index("records_by_action", "records", ["action", "seq"])
    op.create_index("records_by_actor", "records", ["actor", "seq"])
    kind = op.get_bind().dialect.name
    for statement in SQLITE if kind == "sqlite" else POSTGRESQL:
        op.execute(statement)
