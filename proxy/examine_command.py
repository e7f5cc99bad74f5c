"""`linkback-proxy examine`: print what the examiner finds in a page, for a doubtful owner and for measuring.

A file is read as it is, with a file's name for content type; an address is fetched as the service fetches.
Loads nothing that it does not need: it is run once a page.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from pathlib import Path

from proxy import urls
from proxy.examine import examine
from proxy.linkback import Evidence, FetchFailure, FetchReason, Page

MAX_BYTES = 2_000_000  # as the fetcher's default

# What is printed, by the names of the evidence.
_KEYS = (
    "rel", "anchor_text", "excerpt", "title", "language", "links_out", "hosts_out", "beside",
    "links_to_target", "charset", "truncated", "signs", "text", "text_share",
)  # fmt: skip


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command's arguments."""
    parser.add_argument(
        "page", metavar="URL|FILE", help="the source page: an address, or a file, - for standard input"
    )
    parser.add_argument("--source", default="", help="the address of a page read from a file")
    parser.add_argument("--target", required=True, help="the address that the page is said to link to")
    parser.add_argument("--content-type", default="", help="the Content-Type that a file was served with")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: argparse.Namespace) -> int:
    """Print the evidence; 0 if there is a page, 2 if not."""
    try:
        page = _page(arguments)
    except OSError as error:
        page = FetchFailure(url=arguments.page, reason=FetchReason.UNREACHABLE, detail=str(error))
    if isinstance(page, FetchFailure):
        print(f"No page: {page.detail} ({page.reason})", file=sys.stderr)
        return 2
    evidence = examine(
        page.body, content_type=page.content_type, source=page.final_url, target=arguments.target
    )
    print(_as_json(evidence, page) if arguments.json else _as_text(evidence, page))
    return 0


def _page(arguments: argparse.Namespace) -> Page | FetchFailure:
    if urls.split(arguments.page):
        return asyncio.run(_fetched(arguments.page))
    with Path("/dev/stdin" if arguments.page == "-" else arguments.page).open("rb") as file:
        body = file.read(MAX_BYTES + 1)
    return Page(
        url=arguments.source,
        final_url=arguments.source,
        status=200,
        content_type=arguments.content_type,
        body=body[:MAX_BYTES],
        truncated=len(body) > MAX_BYTES,
    )


async def _fetched(url: str) -> Page | FetchFailure:
    from proxy.fetch import Fetcher  # noqa: PLC0415 - a file needs no HTTP client

    async with Fetcher() as fetcher:
        return await fetcher.fetch(url)


def _findings(evidence: Evidence, page: Page) -> dict[str, object]:
    """List what is printed, in its order."""
    findings: dict[str, object] = {"found": evidence.found, "where": evidence.place}
    findings |= {key: getattr(evidence, key) for key in _KEYS}
    return findings | {"truncated": page.truncated}


def _as_json(evidence: Evidence, page: Page) -> str:
    return json.dumps(_findings(evidence, page), ensure_ascii=False, indent=1)


def _as_text(evidence: Evidence, page: Page) -> str:
    return "\n".join(
        f"{name.replace('_', ' '):16} {_shown(value)}" for name, value in _findings(evidence, page).items()
    )


def _shown(value: object) -> str:
    """Show a value in one line: no control character of a stranger's page reaches the terminal."""
    text = " ".join(value) if isinstance(value, tuple) else "" if value is None else str(value)
    text = {"True": "yes", "False": "no"}.get(text, text)
    return "".join(character if character.isprintable() else " " for character in text)[:500] or "-"


def main() -> int:
    """Run the command by itself."""
    parser = argparse.ArgumentParser(prog="linkback-proxy examine", description=__doc__.partition("\n")[0])
    add_arguments(parser)
    return run(parser.parse_args())


if __name__ == "__main__":
    sys.exit(main())
