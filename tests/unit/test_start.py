"""What the service loads before it is ready."""

from __future__ import annotations

import subprocess
import sys

import pytest

# Each is loaded by whoever first needs it: the dashboard's visitor, a page reader, a retraining, a migration,
# a PostgreSQL, a digest.
MAYBE = """jinja2 prometheus_client trafilatura training sklearn scipy alembic asyncpg sqlalchemy.orm
    sqlalchemy.dialects.postgresql smtplib"""
JUDGING = "numpy joblib proxy.scoring"  # by linkbacks that are to be judged, once they are on disk
DATABASE = "sqlalchemy"  # by the service behind the front


@pytest.mark.parametrize(
    ("module", "later"),
    [("proxy.commands.serve", f"{MAYBE} {JUDGING} {DATABASE}"), ("proxy.running", f"{MAYBE} {JUDGING}")],
)
def test_start_loads_nothing_that_may_wait(module: str, later: str) -> None:
    """The front listens without the library of the database, and linkbacks are taken without the judge's."""
    code = f"import {module}, sys; print([n for n in {later.split()} if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
