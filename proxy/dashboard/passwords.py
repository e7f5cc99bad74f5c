"""Passwords of the dashboard: argon2 hashes, by name, in a setting of the store."""

from __future__ import annotations

import asyncio

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from proxy.store import Store

SETTING = "dashboard:passwords"
SHORTEST = 8  # NIST SP 800-63B, 3.1.1.2 (where it is one of several hurdles)
LONGEST = 1024  # bytes that are hashed for a stranger

# A hash of nothing that anybody knows: an unknown name costs as much time as a known one.
_NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHRzb21lc2FsdA$C6UzUyqbTnmwQ8xPzRr9gkx0lTvWf5o2cFXYRXJfVdU"


class PasswordError(Exception):
    """A password can't be used. The text says why."""


class Passwords:
    """Sets, removes and checks passwords."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._one_at_a_time = asyncio.Lock()  # a check costs 64 MB and some tens of milliseconds

    async def hashes(self) -> dict[str, str]:
        """Return the hashes by name; empty if none is set."""
        found = await self._store.review.setting(SETTING)
        return dict(found) if isinstance(found, dict) else {}

    async def set(self, name: str, password: str, *, by: str) -> None:
        """Set a name's password and end its sessions; PasswordError if it is too short or too long."""
        size = len(password.encode("utf-8", "surrogatepass"))
        if len(password) < SHORTEST or size > LONGEST:
            raise PasswordError(f"a password has {SHORTEST} characters or more, and {LONGEST} bytes at most")
        hashed = await asyncio.to_thread(PasswordHasher().hash, password)
        await self._store.review.set_setting(SETTING, {**await self.hashes(), name: hashed}, by=by)
        await self._store.sessions.end_all(name)

    async def remove(self, name: str, *, by: str) -> bool:
        """Remove a name and end its sessions; False if there is none."""
        hashes = await self.hashes()
        if hashes.pop(name, None) is None:
            return False
        await self._store.review.set_setting(SETTING, hashes, by=by)
        await self._store.sessions.end_all(name)
        return True

    async def check(self, name: str, password: str) -> bool:
        """Say whether a password is the name's. Takes as long for an unknown name."""
        if len(password.encode("utf-8", "surrogatepass")) > LONGEST:
            return False
        hashed = (await self.hashes()).get(name)
        async with self._one_at_a_time:
            good = await asyncio.to_thread(_verify, hashed or _NOBODY, password)
        return good and hashed is not None


def _verify(hashed: str, password: str) -> bool:
    try:
        return PasswordHasher().verify(hashed, password)
    except (VerificationError, InvalidHashError):
        return False
