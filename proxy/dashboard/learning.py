"""Learning: labels since the model, a retraining with its progress, the candidate beside the model in use.

Retraining, promoting and rolling back are `linkback-train`'s, each in a process of its own; this shows
and starts them. The service takes up another model by itself.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiohttp import web

from proxy import scoring
from proxy.dashboard.desk import DESK, Desk
from proxy.dashboard.pages import page
from proxy.dashboard.wording import cut, heading
from proxy.linkback import Sample, Verdict
from proxy.scoring.artefact import read_manifest
from proxy.store import Record
from proxy.store.search import Filter

ROOT = Path(__file__).resolve().parents[2]  # where the package `training` lies beside `proxy`
CANDIDATE = "candidate"  # folder beside the models
COMPARED = 200  # newest linkbacks that both models are asked about
TICK_SECONDS = 0.3


@dataclass(slots=True)
class Training:
    """The retraining of this process: under way, done, or failed."""

    running: bool = False
    step: str = ""
    share: float = 0.0
    outcome: dict[str, Any] | None = None  # the last line of `linkback-train retrain`
    error: str = ""
    tasks: set[asyncio.Task[None]] = field(default_factory=set)


TRAINING = web.AppKey("training", Training)


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A linkback about which two models do not agree."""

    id: int
    heading: str
    before: Verdict
    after: Verdict


def row_of(label: dict[str, Any]) -> dict[str, Any]:
    """Lay a label out in the keys that training reads."""
    sample = label["sample"]
    claim, post = sample.get("linkback") or {}, sample.get("post") or {}
    return {
        "id": str(label["linkback_id"]),
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
        "at": datetime.fromtimestamp(label["at"], UTC).isoformat(),
    }


def differences(records: Sequence[Record], used: scoring.Model, other: scoring.Model) -> list[Difference]:
    """Name the linkbacks that another model would have judged differently."""
    samples = [Sample(linkback=one.linkback, evidence=one.evidence, post=one.post) for one in records]
    pairs = zip(records, used.score_many(samples), other.score_many(samples), strict=True)
    told = [
        Difference(
            id=one.id,
            heading=heading(one),
            before=used.cutoffs.verdict(before.spam),
            after=other.cutoffs.verdict(after.spam),
        )
        for one, before, after in pairs
    ]
    return [one for one in told if one.before is not one.after]


def _own_models(desk: Desk) -> Path:
    """Return the owner's folder of models; at first a copy of the shipped, which a rollback returns to."""
    own, used = Path(desk.config().models).resolve(), desk.models().resolve()
    if own != used:
        shutil.copytree(used, own, dirs_exist_ok=True)
    return own


def _candidate(desk: Desk) -> Path:
    folder = Path(desk.config().models).resolve()
    return folder.with_name(f"{folder.name}-{CANDIDATE}")


async def _run(*arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "training", *arguments,
        cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip


async def _retrain(desk: Desk, training: Training) -> None:
    """Write the labels out, train in another process, and follow what it tells."""
    folder = _candidate(desk)
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "labels.jsonl"
    rows = [json.dumps(row_of(label)) for label in await desk.store.review.labelled()]
    await asyncio.to_thread(file.write_text, "\n".join(rows) + "\n", encoding="utf-8")
    process = await _run("retrain", str(file), "--models", str(desk.models().resolve()), "--out", str(folder))
    try:
        while process.stdout is not None and (line := await process.stdout.readline()):
            _take(training, json.loads(line))
        complaint = await process.stderr.read() if process.stderr is not None else b""
        if await process.wait():
            training.error = complaint.decode(errors="replace").strip().rpartition("\n")[2]
    finally:
        if process.returncode is None:
            process.kill()
        file.unlink(missing_ok=True)


def _take(training: Training, told: dict[str, Any]) -> None:
    if told.get("done"):
        training.outcome = told
    else:
        training.step, training.share = str(told.get("step", "")), float(told.get("share", 0.0))


async def _follow(desk: Desk, training: Training) -> None:
    try:
        await _retrain(desk, training)
    except (OSError, ValueError) as error:
        training.error = f"{type(error).__name__}: {error}"
    finally:
        training.running = False


async def start(request: web.Request) -> web.Response:
    """Begin to retrain, unless that is under way."""
    training = request.app[TRAINING]
    if not training.running:
        training.running, training.step, training.share = True, "reading the labels", 0.0
        training.outcome, training.error = None, ""
        task = asyncio.create_task(_follow(request.app[DESK], training))
        training.tasks.add(task)
        task.add_done_callback(training.tasks.discard)
    raise web.HTTPSeeOther("/learning")


async def progress(request: web.Request) -> web.StreamResponse:
    """Tell the progress as server-sent events until the end."""
    training = request.app[TRAINING]
    stream = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
    await stream.prepare(request)
    while True:
        told = {"running": training.running, "step": training.step, "share": training.share}
        await stream.write(f"data: {json.dumps(told)}\n\n".encode())
        if not training.running:
            return stream
        await asyncio.sleep(TICK_SECONDS)


async def change(request: web.Request) -> web.Response:
    """Promote the candidate, or go back to the model before."""
    desk, form = request.app[DESK], await request.post()
    arguments = ("promote", str(_candidate(desk))) if form.get("do") == "promote" else ("rollback",)
    own = await asyncio.to_thread(_own_models, desk)
    process = await _run(*arguments, "--models", str(own))
    _, complaint = await process.communicate()
    training = request.app[TRAINING]
    training.error = complaint.decode(errors="replace").strip() if process.returncode else ""
    if not process.returncode:
        training.outcome = None
    raise web.HTTPSeeOther("/learning")


async def show_learning(request: web.Request) -> web.Response:
    """Show what was learned and what could be."""
    desk, training = request.app[DESK], request.app[TRAINING]
    manifest = read_manifest(desk.models())
    labels = await desk.store.review.labelled()
    return page(
        request,
        "learning.html",
        manifest=manifest,
        training=training,
        ham=sum(label["label"] == "ham" for label in labels),
        spam=sum(label["label"] == "spam" for label in labels),
        different=await _different(desk, training),
        error=cut(training.error, 400),
    )


async def _different(desk: Desk, training: Training) -> list[Difference]:
    if training.running or training.outcome is None:
        return []
    found = await desk.store.search.page(Filter(), limit=COMPARED)
    other = await asyncio.to_thread(scoring.load, _candidate(desk))
    return await asyncio.to_thread(differences, found.records, desk.model(), other)


async def stop(app: web.Application) -> None:
    """End a retraining that is under way when the service ends."""
    for task in tuple(app[TRAINING].tasks):
        task.cancel()
    await asyncio.gather(*app[TRAINING].tasks, return_exceptions=True)
