"""What the service loads before it is ready."""

from __future__ import annotations

import subprocess
import sys

# Each is loaded by whoever first needs it: the dashboard's visitor, a page reader, a retraining, a migration,
# a PostgreSQL, a digest.
LATER = "jinja2 prometheus_client trafilatura training sklearn scipy alembic asyncpg sqlalchemy.orm smtplib"


def test_start_loads_nothing_that_may_wait() -> None:
    """Large packages that the service may never need are not loaded at its start."""
    code = f"import proxy.commands.serve, sys; print([n for n in {LATER.split()} if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
