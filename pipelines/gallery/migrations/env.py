"""Runs inside alembic: upgrades the connection that ``migration.migrate`` hands over."""

from alembic import context

from pipelines.gallery.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
