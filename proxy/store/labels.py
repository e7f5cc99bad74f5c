"""Labels as training reads them: one JSON object for each, with the keys of `linkback-train`'s data. Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any


def row_of(label: dict[str, Any]) -> dict[str, Any]:
    """Lay a label out in the keys that training reads."""
    sample = label["sample"]
    claim, post = sample.get("linkback") or {}, sample.get("post") or {}
    return {
        "id": str(label["linkback_id"]),
        "set": label["blog"],
        "kind": claim.get("protocol", ""),
        "url": claim.get("source", ""),
        "target_url": claim.get("target", ""),
        "title": claim.get("title", ""),
        "excerpt": claim.get("excerpt", ""),
        "blog_name": claim.get("blog_name", ""),
        "target_title": post.get("title", ""),
        "target_text": post.get("text", ""),
        "evidence": sample.get("evidence"),
        "label": label["label"],
        "label_source": label["by"],
        "at": datetime.fromtimestamp(label["at"], UTC).isoformat(),
    }
