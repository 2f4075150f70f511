"""Run by Alembic, with the connection (inside a transaction) that `hocso.records.database` hands over."""

from alembic import context

from hocso.records import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
