"""A clock that a test moves."""

from __future__ import annotations

import time
from dataclasses import dataclass, field


@dataclass
class Clock:
    """Seconds since 1970, as the test says."""

    now: float = field(default_factory=time.time)

    def __call__(self) -> float:
        """Give the time."""
        return self.now
