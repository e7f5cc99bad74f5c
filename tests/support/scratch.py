"""Folders for servers whose files outlive no test: in memory where there is room."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

MEMORY = Path("/dev/shm")
ROOM = 4_000_000_000  # bytes; a WordPress takes 250 MB, and removing it from a disk takes seconds


@contextlib.contextmanager
def scratch_folder(name: str) -> Iterator[Path]:
    """Make a folder that other users may enter, and remove it."""
    has_room = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM
    folder = Path(tempfile.mkdtemp(prefix=f"linkback-{name}-", dir=MEMORY if has_room else None))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
