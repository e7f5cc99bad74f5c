"""What Alembic asks for: it runs the migrations on the connection that it is handed."""

from alembic import context

from proxy.store import schema

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=schema.metadata,
    render_as_batch=True,  # SQLite alters a table by copying it
)
with context.begin_transaction():
    context.run_migrations()
