"""`linkback-proxy show`: one linkback, with its clues."""

from __future__ import annotations

import argparse
import json
from datetime import UTC, datetime

from proxy.commands.common import add_config, as_json, missing, plain, with_store
from proxy.config import Config
from proxy.policy import RULES, Reason
from proxy.store import Record, Store


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    add_config(parser)
    parser.add_argument("id", type=int, metavar="ID")
    parser.add_argument("--json", action="store_true", help="print a JSON object")


def run(arguments: argparse.Namespace) -> int:
    """Show and return the exit code."""
    return with_store(_show, arguments)


async def _show(arguments: argparse.Namespace, _config: Config, store: Store) -> int:
    one = await store.review.get(arguments.id)
    if one is None:
        return missing([arguments.id])
    print(json.dumps(as_json(one), indent=2) if arguments.json else _card(one))
    return 0


def _time(seconds: float | None) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds") if seconds else "-"


def _card(one: Record) -> str:
    """Lay a record out for reading."""
    link, page = one.linkback, one.evidence
    rows = [
        ("id", str(one.id)),
        ("state", one.state),
        ("reason", f"{one.reason}: {RULES[Reason(one.reason)].text}" if one.reason else "-"),
        ("score", f"{one.score:.4f} by {one.model}" if one.score is not None else "-"),
        ("protocol", link.protocol),
        ("source", link.source),
        ("target", link.target),
        ("title", link.title or (page.title if page else "")),
        ("blog name", link.blog_name),
        ("excerpt", link.excerpt or (page.excerpt if page else "")),
        ("link", f"{page.place} ({', '.join(page.rel) or 'no rel'})" if page and page.found else "not found"),
        ("sender", one.remote),
        ("received", f"{_time(one.received_at)}, {one.hits} time(s)"),
        ("due", _time(one.due_at)),
        ("tries", str(one.tries)),
        ("last answer", one.answer),
    ]
    clues = [(f"clue {clue.weight:+.2f}", clue.text) for clue in one.clues[:12]]
    return "\n".join(f"{name:<12} {plain(str(value))}" for name, value in [*rows, *clues] if value)
