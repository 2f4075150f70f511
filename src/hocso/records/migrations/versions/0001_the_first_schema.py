"""The first schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("username", sa.String(length=40), nullable=False),
        sa.Column("display_name", sa.String(length=80), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_sample", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
        sa.UniqueConstraint("username", name=op.f("uq_accounts_username")),
    )
    op.create_table(
        "hamlets",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hamlets")),
        sa.UniqueConstraint("name", name=op.f("uq_hamlets_name")),
    )
    op.create_table(
        "settings",
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_settings")),
    )
    op.create_table(
        "class_sessions",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("code", sa.String(length=6), nullable=False),
        sa.Column("trainer_id", sa.String(length=36), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["trainer_id"], ["accounts.id"], name=op.f("fk_class_sessions_trainer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_class_sessions")),
    )
    op.create_index(op.f("ix_class_sessions_trainer_id"), "class_sessions", ["trainer_id"], unique=False)
    op.create_index(
        "uq_class_sessions_open_code",
        "class_sessions",
        ["code"],
        unique=True,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )

    op.create_table(
        "learners",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("code", sa.String(length=8), nullable=False),
        sa.Column("full_name", sa.String(length=80), nullable=False),
        sa.Column("folded_name", sa.String(length=80), nullable=False),
        sa.Column("birth_year", sa.Integer(), nullable=False),
        sa.Column("hamlet_id", sa.String(length=64), nullable=False),
        sa.Column("group", sa.String(length=20), nullable=False),
        sa.Column("phone", sa.String(length=20), nullable=True),
        sa.Column("pin_hash", sa.String(length=200), nullable=False),
        sa.Column("pin_failures", sa.Integer(), nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("consent_wording", sa.Text(), nullable=False),
        sa.Column("consent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_sample", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["hamlet_id"], ["hamlets.id"], name=op.f("fk_learners_hamlet_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_learners")),
        sa.UniqueConstraint("code", name=op.f("uq_learners_code")),
    )
    op.create_index(op.f("ix_learners_folded_name"), "learners", ["folded_name"], unique=False)
    op.create_index(op.f("ix_learners_hamlet_id"), "learners", ["hamlet_id"], unique=False)

    op.create_table(
        "populations",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("hamlet_id", sa.String(length=64), nullable=False),
        sa.Column("group", sa.String(length=20), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=300), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["hamlet_id"], ["hamlets.id"], name=op.f("fk_populations_hamlet_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_populations")),
    )
    op.create_index(
        "ix_populations_key", "populations", ["hamlet_id", "group", "year", "recorded_at"], unique=False
    )

    op.create_table(
        "attendance",
        sa.Column("class_session_id", sa.String(length=36), nullable=False),
        sa.Column("learner_id", sa.String(length=36), nullable=False),
        sa.Column("checked_in_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["class_session_id"], ["class_sessions.id"], name=op.f("fk_attendance_class_session_id")
        ),
        sa.ForeignKeyConstraint(["learner_id"], ["learners.id"], name=op.f("fk_attendance_learner_id")),
        sa.PrimaryKeyConstraint("class_session_id", "learner_id", name=op.f("pk_attendance")),
    )
    op.create_index(op.f("ix_attendance_learner_id"), "attendance", ["learner_id"], unique=False)

    op.create_table(
        "class_lessons",
        sa.Column("class_session_id", sa.String(length=36), nullable=False),
        sa.Column("lesson_id", sa.String(length=200), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["class_session_id"], ["class_sessions.id"], name=op.f("fk_class_lessons_class_session_id")
        ),
        sa.PrimaryKeyConstraint("class_session_id", "lesson_id", name=op.f("pk_class_lessons")),
    )
    op.create_table(
        "quiz_attempts",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("learner_id", sa.String(length=36), nullable=False),
        sa.Column("quiz_id", sa.String(length=100), nullable=False),
        sa.Column("class_session_id", sa.String(length=36), nullable=True),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answers", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("graded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("score", sa.Double(), nullable=True),
        sa.Column("max_score", sa.Double(), nullable=True),
        sa.Column("passed", sa.Boolean(), nullable=True),
        sa.Column("questions", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("message", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["class_session_id"], ["class_sessions.id"], name=op.f("fk_quiz_attempts_class_session_id")
        ),
        sa.ForeignKeyConstraint(["learner_id"], ["learners.id"], name=op.f("fk_quiz_attempts_learner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quiz_attempts")),
    )
    op.create_index(
        "ix_quiz_attempts_learner_id_quiz_id", "quiz_attempts", ["learner_id", "quiz_id"], unique=False
    )
    op.create_index(
        "ix_quiz_attempts_state_submitted_at", "quiz_attempts", ["state", "submitted_at"], unique=False
    )
    op.create_index(
        "uq_quiz_attempts_one_draft",
        "quiz_attempts",
        ["learner_id", "quiz_id"],
        unique=True,
        sqlite_where=sa.text("state = 'draft'"),
        postgresql_where=sa.text("state = 'draft'"),
    )

    op.create_table(
        "events",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("learner_id", sa.String(length=36), nullable=False),
        sa.Column("lesson_id", sa.String(length=200), nullable=True),
        sa.Column("quiz_id", sa.String(length=100), nullable=True),
        sa.Column("exercise_id", sa.String(length=100), nullable=True),
        sa.Column("verb", sa.String(length=20), nullable=False),
        sa.Column("share", sa.Double(), nullable=True),
        sa.Column("result", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("attempt_id", sa.String(length=36), nullable=True),
        sa.Column("class_session_id", sa.String(length=36), nullable=True),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["attempt_id"], ["quiz_attempts.id"], name=op.f("fk_events_attempt_id")),
        sa.ForeignKeyConstraint(
            ["class_session_id"], ["class_sessions.id"], name=op.f("fk_events_class_session_id")
        ),
        sa.ForeignKeyConstraint(["learner_id"], ["learners.id"], name=op.f("fk_events_learner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
    )
    op.create_index(
        "ix_events_activity", "events", ["learner_id", "lesson_id", "quiz_id", "occurred_at"], unique=False
    )
    op.create_index(op.f("ix_events_attempt_id"), "events", ["attempt_id"], unique=False)
    op.create_index(op.f("ix_events_class_session_id"), "events", ["class_session_id"], unique=False)
    op.create_index(
        "ix_events_outcome",
        "events",
        ["verb", "learner_id", "lesson_id", "exercise_id", "quiz_id", "occurred_at", "share"],
        unique=False,
    )
