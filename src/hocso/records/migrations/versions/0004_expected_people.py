"""Who is expected in a class."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
POINTS_AT = {
    "class_session_id": "class_sessions",
    "learner_id": "learners",
    "roster_import_id": "roster_imports",
    "added_by": "accounts",
}


def upgrade() -> None:
    op.create_table(
        "class_expected",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("class_session_id", sa.String(length=36), nullable=False),
        sa.Column("learner_id", sa.String(length=36), nullable=False),
        sa.Column("roster_import_id", sa.String(length=36), nullable=True),
        sa.Column("added_by", sa.String(length=36), nullable=True),
        sa.Column("added_at", MOMENT, nullable=False),
        sa.Column("removed_at", MOMENT, nullable=True),
        *(
            sa.ForeignKeyConstraint([column], [f"{table}.id"], name=f"fk_class_expected_{column}")
            for column, table in POINTS_AT.items()
        ),
        sa.PrimaryKeyConstraint("id", name="pk_class_expected"),
    )
    for column in ("class_session_id", "learner_id", "roster_import_id"):
        op.create_index(f"ix_class_expected_{column}", "class_expected", [column], unique=False)
