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
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from aiohttp import web

from proxy import scoring
from proxy.dashboard.candidate import Training, alone, tell, training_of
from proxy.dashboard.desk import DESK, Desk
from proxy.dashboard.pages import page
from proxy.dashboard.wording import cut, heading
from proxy.linkback import Sample, Verdict
from proxy.scoring.artefact import MANIFEST, read_manifest
from proxy.shadow import candidate_of, pairs_of
from proxy.store import Record, StoreError
from proxy.store.labels import row_of
from proxy.store.search import Filter

ROOT = Path(__file__).resolve().parents[2]  # where the package `training` lies beside `proxy`
KINDS = ("*.joblib", "manifests/*.json", "shadow-*.csv")  # a candidate's files, beside its manifest
COMPARED = 200  # newest linkbacks that both models are asked about
NAMED = 30  # of what both models scored while it came, so many are named
TICK_SECONDS = 0.3


TASKS: web.AppKey[set[asyncio.Task[None]]] = web.AppKey("retrainings", set)  # of this process


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A linkback about which two models do not agree."""

    id: int
    heading: str
    before: Verdict
    after: Verdict


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
    return candidate_of(Path(desk.config().models))


def _forget(folder: Path) -> None:
    """Remove a candidate; what is loaded of it is used no longer once its manifest is gone."""
    for file in (folder / MANIFEST, *(one for kind in KINDS for one in folder.glob(kind))):
        file.unlink(missing_ok=True)


async def _run(*arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "training", *arguments,
        cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip


async def _retrain(desk: Desk, folder: Path) -> Training:
    """Write the labels out, train in another process, and pass on what it tells."""
    _forget(folder)
    file, training = folder / "labels.jsonl", Training()
    rows = [json.dumps(row_of(label)) for label in await desk.store.review.labelled()]
    await asyncio.to_thread(file.write_text, "\n".join(rows) + "\n", encoding="utf-8")
    process = await _run("retrain", str(file), "--models", str(desk.models().resolve()), "--out", str(folder))
    try:
        while process.stdout is not None and (line := await process.stdout.readline()):
            training = _told(json.loads(line))
            if training.running:
                tell(folder, training)
        complaint = await process.stderr.read() if process.stderr is not None else b""
        return Training(error=_last_line(complaint)) if await process.wait() else training
    finally:
        if process.returncode is None:
            process.kill()
        file.unlink(missing_ok=True)


def _told(word: dict[str, Any]) -> Training:
    if word.get("done"):
        return Training(outcome=word)
    return Training(running=True, step=str(word.get("step", "")), share=float(word.get("share", 0.0)))


def _last_line(complaint: bytes) -> str:
    return complaint.decode(errors="replace").strip().rpartition("\n")[2]


async def _follow(desk: Desk, folder: Path, lock: ExitStack) -> None:
    with lock:
        try:
            ended = await _retrain(desk, folder)
        except (OSError, ValueError, StoreError) as error:
            ended = Training(error=f"{type(error).__name__}: {error}")
        tell(folder, ended)


async def start(request: web.Request) -> web.Response:
    """Begin to retrain, unless that is under way in this process or another."""
    desk = request.app[DESK]
    folder = _candidate(desk)
    with ExitStack() as lock:
        if lock.enter_context(alone(folder)):
            tell(folder, Training(running=True, step="reading the labels"))
            task = asyncio.create_task(_follow(desk, folder, lock.pop_all()))
            request.app[TASKS].add(task)
            task.add_done_callback(request.app[TASKS].discard)
    raise web.HTTPSeeOther("/learning")


async def progress(request: web.Request) -> web.StreamResponse:
    """Tell the progress as server-sent events until the end."""
    folder = _candidate(request.app[DESK])
    stream = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
    await stream.prepare(request)
    while True:
        training = training_of(folder)
        told = {"running": training.running, "step": training.step, "share": training.share}
        await stream.write(f"data: {json.dumps(told)}\n\n".encode())
        if not training.running:
            return stream
        await asyncio.sleep(TICK_SECONDS)


async def change(request: web.Request) -> web.Response:
    """Promote the candidate, also against advice, or go back to the model before."""
    desk, asked = request.app[DESK], str((await request.post()).get("do", ""))
    folder = _candidate(desk)
    with alone(folder) as is_ours:
        if is_ours:
            error = await _changed(desk, folder, asked)
            tell(folder, replace(training_of(folder), error=error) if error else Training())
            if not error:
                _forget(folder)
    raise web.HTTPSeeOther("/learning")


async def _changed(desk: Desk, folder: Path, asked: str) -> str:
    """Have another model promoted, or the one before; return why that is refused, or ''."""
    against = ("--override",) if asked == "override" else ()
    arguments = ("rollback",) if asked == "rollback" else ("promote", str(folder), *against)
    own = await asyncio.to_thread(_own_models, desk)
    process = await _run(*arguments, "--models", str(own))
    _, complaint = await process.communicate()
    return (_last_line(complaint) or "It ended without a word.") if process.returncode else ""


async def show_learning(request: web.Request) -> web.Response:
    """Show what was learned and what could be."""
    desk = request.app[DESK]
    manifest, training = read_manifest(desk.models()), training_of(_candidate(desk))
    if training.outcome and training.outcome.get("model") == manifest.name:
        training = Training()  # it was promoted on the command line
    since = _taken_up(desk)
    rival = None if training.running or training.outcome is None else await _rival(desk)
    return page(
        request,
        "learning.html",
        manifest=manifest,
        training=training,
        since=since,
        labels=await desk.store.review.label_counts(since),
        different=await _different(desk, rival) if rival else [],
        live=await _live(desk, rival) if rival else None,
        error=cut(training.error, 400),
    )


def _taken_up(desk: Desk) -> float:
    """Say since when the model is in use; 0 for the shipped one, which knows no label of this owner."""
    if desk.models().resolve() != Path(desk.config().models).resolve():
        return 0.0
    return (desk.models() / MANIFEST).stat().st_mtime


async def _rival(desk: Desk) -> scoring.Model | None:
    try:
        return await asyncio.to_thread(scoring.load, _candidate(desk))
    except scoring.ModelError:
        return None


async def _different(desk: Desk, rival: scoring.Model) -> list[Difference]:
    """Ask both models about what came before the candidate was made."""
    found = await desk.store.search.page(Filter(), limit=COMPARED)
    return await asyncio.to_thread(differences, found.records, desk.model(), rival)


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveTraffic:
    """What the candidate said beside the model in use while linkbacks came."""

    scored: int
    newly_spam: int  # spam to the candidate alone
    no_longer_spam: int  # spam to the model in use alone
    different: list[Difference]  # the newest


async def _live(desk: Desk, rival: scoring.Model) -> LiveTraffic:
    pairs = await asyncio.to_thread(pairs_of, _candidate(desk))
    before, after = desk.model().cutoffs, rival.cutoffs
    said = {pair.id: (before.verdict(pair.used), after.verdict(pair.rival)) for pair in pairs}
    other = {one: both for one, both in said.items() if both[0] is not both[1]}
    records = [await desk.store.review.get(one) for one in list(other)[: -NAMED - 1 : -1]]
    return LiveTraffic(
        scored=len(said),
        newly_spam=sum(after is Verdict.SPAM for _, after in other.values()),
        no_longer_spam=sum(before is Verdict.SPAM for before, _ in other.values()),
        different=[
            Difference(id=one.id, heading=heading(one), before=other[one.id][0], after=other[one.id][1])
            for one in records
            if one is not None
        ],
    )


async def stop(app: web.Application) -> None:
    """End a retraining that is under way in this process when the service ends."""
    tasks = app[TASKS]
    for task in tuple(tasks):
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
