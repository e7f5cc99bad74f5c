"""From a row's keys to the `Sample` that the judge sees: liberal, since strangers' measures bring rows too.

A row may bring its source page, as HTML or as what `linkback-proxy examine --json` says of it. A key
that is missing or makes no sense is 'not known', never a fault and never a guess.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from proxy.examine import examine
from proxy.linkback import Evidence, History, Linkback, Place, Post, Protocol, Sample

FIELD_LIMIT = 5_000  # characters of one field
PAGE_LIMIT = 2_000_000  # characters of a page, as the service fetches
LIST_LIMIT = 20  # values of one list
NUMBER_LIMIT = 1_000_000
PAGE_KEYS = ("page_html", "html", "page", "body")  # under which a row may bring its source page
EVIDENCE_KEYS = ("evidence", "page", "examined")  # or what was found in it
SEQUENCES = frozenset({"rel", "redirects", "signs", "beside"})


def sample_of(record: Mapping[str, Any], protocol: Protocol) -> Sample:
    """Make the sample of a JSON object."""
    claim = Linkback(
        protocol=protocol,
        source=text_at(record, "url", "source", "source_url"),
        target=text_at(record, "target_url", "target"),
        title=text_at(record, "title"),
        excerpt=text_at(record, "excerpt"),
        blog_name=text_at(record, "blog_name"),
    )
    post = Post(url=claim.target, title=text_at(record, "target_title"), text=text_at(record, "target_text"))
    return Sample(
        linkback=claim,
        post=post if post.title or post.text else None,
        evidence=evidence_of(record) or page_of(record, claim),
        history=history_of(record.get("history")),
    )


def evidence_of(record: Mapping[str, Any]) -> Evidence | None:
    """Make evidence of what a row says was found in its page; None if it says nothing."""
    brought = (record.get(key) for key in EVIDENCE_KEYS)
    found = next((one for one in brought if isinstance(one, dict) and "found" in one), None)
    if found is None:
        return None
    known: dict[str, Any] = {
        name: _as(Evidence.__annotations__[name], found[name])
        for name in Evidence.__slots__
        if name in found and name not in SEQUENCES | {"place"}
    }
    lists: dict[str, Any] = {name: _texts(found.get(name)) for name in SEQUENCES}
    return Evidence(**known, **lists, place=_place(found.get("place") or found.get("where")))


def _place(named: object) -> Place | None:
    return Place(named) if isinstance(named, str) and named in set(Place) else None


def _texts(value: object) -> tuple[str, ...]:
    many = value.split() if isinstance(value, str) else value if isinstance(value, list) else ()
    return tuple(str(one)[:FIELD_LIMIT] for one in many[:LIST_LIMIT])


def _as(kind: str, value: object) -> bool | int | float | str:
    """Give a value as the kind that a field of `Evidence` has."""
    if kind == "str":
        return "" if value is None else str(value)[:FIELD_LIMIT]
    number = _number(value)
    return bool(value) if kind == "bool" else number if kind == "float" else int(number)


def _number(value: object) -> float:
    if not isinstance(value, int | float) or not 0 <= value <= NUMBER_LIMIT:
        return 0.0
    return float(value)


def page_of(record: Mapping[str, Any], claim: Linkback) -> Evidence | None:
    """Examine the page that a row brings, as the service would; None if it brings none, or no target."""
    html = next((page for key in PAGE_KEYS if (page := _html(record.get(key)))), None)
    if html is None or not claim.target:
        return None
    body, content_type = html[:PAGE_LIMIT].encode("utf-8", "replace"), "text/html; charset=utf-8"
    return examine(body, content_type=content_type, source=claim.source, target=claim.target)


def _html(brought: object) -> str | None:
    if isinstance(brought, dict):
        brought = next((brought[key] for key in PAGE_KEYS if brought.get(key)), None)
    return brought if isinstance(brought, str) and brought.strip() else None


def history_of(found: object) -> History | None:
    """Make a history of a JSON object with the fields of `History`; None if there is none."""
    if not isinstance(found, dict):
        return None
    return History(**{name: int(_number(found.get(name))) for name in History.__slots__})


def text_at(record: Mapping[str, Any], *keys: str) -> str:
    """Give a row's text under the first of the keys that it has, cut."""
    value = next((record[key] for key in keys if record.get(key) is not None), None)
    return "" if value is None else str(value)[:FIELD_LIMIT]
