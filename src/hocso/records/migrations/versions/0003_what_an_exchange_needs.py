"""What an exchange needs: when each row was changed last, what was sent."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
STAMPS = {
    "hamlets": ["updated_at"],
    "settings": ["updated_at"],
    "holidays": ["updated_at", "removed_at"],
    "calendar_dates": ["updated_at", "removed_at"],
    "activity_people": ["updated_at"],
    "business_people": ["updated_at"],
    "learners": ["phone_set_at", "pin_set_at"],
}


def upgrade() -> None:
    # Adding a column needs no copy of the table, and `events` is large.
    for table, columns in STAMPS.items():
        for column in columns:
            op.add_column(table, sa.Column(column, MOMENT, nullable=True))
    op.add_column(
        "exchange_receipts", sa.Column("whole", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.add_column("exchange_receipts", sa.Column("follows", sa.String(length=36), nullable=True))
    op.add_column("exchange_receipts", sa.Column("notes", sa.JSON(none_as_null=True), nullable=True))
    op.add_column("events", sa.Column("sent", sa.Boolean(), server_default=sa.false(), nullable=False))
    for table, name, column in (
        ("events", "ix_events_not_sent", "sent"),
        ("quiz_attempts", "ix_quiz_attempts_not_in_course", "in_course"),
    ):
        left = sa.text(f"NOT {column}")
        op.create_index(name, table, ["id"], unique=False, sqlite_where=left, postgresql_where=left)
