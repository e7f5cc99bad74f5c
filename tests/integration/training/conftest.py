"""Data to train on, of our own writing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.world import world


@pytest.fixture(scope="session")
def data_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the small world as JSONL."""
    path = tmp_path_factory.mktemp("data") / "world.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in world()))
    return path
