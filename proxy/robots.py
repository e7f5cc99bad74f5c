"""Read what a site's robots.txt asks of this fetcher by name.

Pure. Only a group that names our token counts (RFC 9309, section 2.2.1): a fetch that verifies a link on
somebody's claim is no crawling, so `User-agent: *` does not speak of us, and who names us means us.
"""

from __future__ import annotations

from urllib.robotparser import RobotFileParser

MAX_BYTES = 65_536
MAX_LINES = 2_000


def token_of(user_agent: str) -> str:
    """Return the product token of a User-Agent header, in lower case."""
    return user_agent.partition("/")[0].split(" ")[0].lower()


def worth_keeping(robots: bytes, token: str) -> bytes:
    """Give a robots.txt, bounded, if it speaks of the client with this token; else nothing."""
    kept = robots[:MAX_BYTES]
    return kept if token.encode() in kept.lower() else b""


def allows(robots: bytes, token: str, url: str) -> bool:
    """Say whether a robots.txt lets the client with this token read an address."""
    lines = robots[:MAX_BYTES].decode("utf-8", "replace").splitlines()[:MAX_LINES]
    if not any(token in line.lower() for line in lines):
        return True
    parser = RobotFileParser()
    parser.parse(line for line in lines if not line.lower().replace(" ", "").startswith("user-agent:*"))
    return parser.can_fetch(token, url)
