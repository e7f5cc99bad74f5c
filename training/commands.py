"""What each command of `linkback-train` does: read, call one function, print what it gives."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from proxy.scoring import Model, load, verdict
from proxy.scoring.artefact import read_manifest
from training import curves as learning
from training import evaluate as evaluation
from training import fit as fitting
from training import registry, tables
from training import retrain as retraining
from training.found import Means
from training.importers import import_file
from training.lines import lines_of, record_of
from training.owner import labels_of
from training.picture import picture
from training.progress import Bar
from training.rows import Data, labelled, labelled_in, protocol_of, read_data
from training.samples import sample_of, text_at

FAULTS_SHOWN = 100
MOST_TEXTS = (
    10_000  # rows of a kind and label that others are made of; whatever their number, all are learned
)


def fit(arguments: argparse.Namespace) -> int:
    """Fit a model and write its folder."""
    data = read(arguments.data, MOST_TEXTS)
    labels = {row.spam for row in labelled(data.rows)}
    if labels != {True, False} or not data.articles:
        raise ValueError(
            "a fit needs linkbacks labelled spam, others labelled ham, and posts: give more data"
        )
    without, means = frozenset(arguments.without), means_of(arguments)
    fitted = fitting.fit(
        data,
        seed=arguments.seed,
        without=without,
        real=None if data.is_whole else labelled_in(arguments.data),
        means=means,
        progress=Bar(),
    )
    facts = {"data": data.hashes, "seed": arguments.seed, "without": sorted(without), **fitted.facts}
    manifest = registry.write_model(fitted.model, arguments.out, facts, fitted.knowledge)
    print(f"{manifest.name} written to {arguments.out}")
    return 0


def means_of(arguments: argparse.Namespace) -> Means:
    """Say how many processes and how much memory a command may use."""
    return Means(processes=arguments.processes, folder=arguments.out, in_memory=arguments.in_memory)


def score(arguments: argparse.Namespace) -> int:
    """Score rows, a line each, in their order; what is no row is told of and passed over."""
    model = load(arguments.model)
    faults = []
    for number, line in lines_of(arguments.file):
        try:
            record = record_of(line)
        except ValueError as error:
            faults.append(f"{arguments.file.name}:{number}: {error}")
            continue
        if record is not None:
            print(scored(model, record, number, as_json=arguments.json))
    tell_faults(faults)
    return 0


def scored(model: Model, record: dict[str, Any], number: int, *, as_json: bool) -> str:
    """Give the line of one row; whatever its keys hold, it has a score."""
    sample = sample_of(record, protocol_of(text_at(record, "kind").lower()))
    found, name = model.score(sample), record.get("id", str(number))
    said = verdict(found.spam, model.cutoffs)
    if as_json:
        return json.dumps(
            {"id": name, "score": found.spam, "verdict": said, "clues": [asdict(c) for c in found.clues]}
        )
    shown = f"{found.spam:.4f}\t{said}\t{name}\t{'; '.join(clue.text for clue in found.clues[:3])}"
    return "".join(letter if letter.isprintable() or letter == "\t" else " " for letter in shown)


def evaluate(arguments: argparse.Namespace) -> int:
    """Measure a model, or the recipe on folds."""
    data = read(arguments.data)
    if not any(labelled(data.rows)):
        raise ValueError("there are no labelled linkbacks in these files")
    if arguments.folds:
        found = evaluation.cross_validate(
            data,
            evaluation.How(
                seed=arguments.seed,
                without=frozenset(arguments.without),
                baselines=not arguments.no_baselines,
            ),
            arguments.processes,
            Bar(),
        )
    else:
        found = [evaluation.evaluate_model(load(arguments.model), data.rows)]
    if arguments.json:
        print(json.dumps([evaluation.as_json(one) for one in found], ensure_ascii=False, indent=1))
    else:
        first = found[0]
        parts = [tables.slice_table(first), tables.confusion(first), tables.errors(first)]
        if first.changed:
            parts.append(tables.changed_table(first))
        print(tables.table(found), *parts, sep="\n\n")
    return 0


def compare(arguments: argparse.Namespace) -> int:
    """Compare two models on the same rows."""
    rows = read(arguments.data).rows
    before, after = load(arguments.before), load(arguments.after)
    found = evaluation.compare(before, after, rows)
    if arguments.json:
        print(json.dumps(found, indent=1))
        return 0
    print(f"{'slice':40} {'won':>6} {'lost':>6} {'tied':>6}   ({before.name} -> {after.name})")
    for name, one in found.items():
        print(f"{name:40} {one['won']:6} {one['lost']:6} {one['tied']:6}")
    return 0


def import_labels(arguments: argparse.Namespace) -> int:
    """Write a file's labelled linkbacks as JSONL."""
    skipped: list[str] = []
    records = import_file(arguments.file, arguments.blog or arguments.file.stem, skipped.append)
    lines = [json.dumps(record) + "\n" for record in records]
    if arguments.out:
        registry.replace_file(arguments.out, "".join(lines).encode())
    else:
        sys.stdout.writelines(lines)
    tell_faults(skipped)
    print(f"{len(lines)} linkbacks imported, {len(skipped)} skipped", file=sys.stderr)
    return 0


def retrain(arguments: argparse.Namespace) -> int:
    """Retrain on labels, telling progress and outcome as lines of JSON."""
    base, knowledge = registry.shipped(arguments.models)
    in_use = load(arguments.models)
    count, faults = sum(1 for _ in lines_of(arguments.labels)), list[str]()
    labels = labels_of(
        labelled_in([arguments.labels], faults.append),
        means_of(arguments),
        lambda number: _tell_progress("reading labels", round(0.3 * min(number / count, 1.0), 3)),
    )
    tell_faults(faults)
    if not len(labels):
        raise ValueError("there are no labels to learn from: release or discard some linkbacks first")
    if labels.found.shelf.is_on_disk:
        note(labels.found.where)
    found = retraining.retrain(base, in_use, knowledge, labels, _tell_progress)
    facts = {"against": in_use.name, **_outcome(found)}
    manifest = registry.write_model(found.model, arguments.out, facts, base=base.name)
    promoted = arguments.promote and (found.is_safe or arguments.override)
    if promoted:
        registry.promote(arguments.out, arguments.models, override=arguments.override)
    print(json.dumps({"done": True, "model": manifest.name, "promoted": promoted, **facts}), flush=True)
    return 0


def _outcome(found: retraining.Retrained) -> dict[str, Any]:
    def both(pair: tuple[retraining.Counts, retraining.Counts]) -> dict[str, Any]:
        return {"before": asdict(pair[0]), "after": asdict(pair[1])}

    return {
        "safe": found.is_safe,
        "labels": found.labels,
        "groups": found.groups,
        "later": both(found.later),
        "old": both(found.old),
        "slices": {name: both(pair) for name, pair in found.slices.items()},
    }


def _tell_progress(step: str, share: float) -> None:
    print(json.dumps({"step": step, "share": share}), flush=True)


def curves(arguments: argparse.Namespace) -> int:
    """Draw learning curves, and tell each point as a line of JSON."""
    data = read(arguments.data)
    points = learning.curves(data, arguments.blog, seed=arguments.seed, progress=Bar())
    for point in points:
        print(json.dumps(asdict(point)), flush=True)
    for habit in arguments.campaign or ["praise"]:
        caught = learning.campaign_curve(data, habit, seed=arguments.seed)
        print(json.dumps({"campaign": habit, "caught_after_labels": caught}), flush=True)
    registry.replace_file(arguments.out, picture(points).encode())
    return 0


def list_models(arguments: argparse.Namespace) -> int:
    """List the models that a folder knows, the one in use starred."""
    used = read_manifest(arguments.models).name
    for manifest in registry.known(arguments.models):
        star = "*" if manifest.name == used else " "
        made = f"{manifest.facts.get('labels', manifest.facts.get('rows', '?'))} rows"
        print(
            f"{star} {manifest.name}  {made}  spam from {manifest.cutoffs.spam}  "
            f"before it: {manifest.previous or '-'}  based on: {manifest.base or '-'}"
        )
    return 0


def promote(arguments: argparse.Namespace) -> int:
    """Make a candidate the model in use, if false positives do not rise or the owner overrides."""
    is_safe = arguments.override or (bool(arguments.data) and _is_no_worse(arguments))
    print(f"{registry.promote(arguments.candidate, arguments.models, override=is_safe).name} is in use")
    return 0


def _is_no_worse(arguments: argparse.Namespace) -> bool:
    rows = list(labelled(read(arguments.data).rows))
    used, candidate = (retraining.counts(load(one), rows) for one in (arguments.models, arguments.candidate))
    if not rows or candidate.false > used.false:
        raise ValueError(f"the candidate is not promoted: in use {used}, candidate {candidate}")
    return True


def rollback(arguments: argparse.Namespace) -> int:
    """Go back to the model before."""
    print(f"{registry.rollback(arguments.models).name} is in use again")
    return 0


def read(files: list[Path], most: int = sys.maxsize) -> Data:
    """Read data, saying which lines could not be read, and how many rows others are made of."""
    data = read_data(files, most)
    tell_faults(data.faults)
    if not data.is_whole:
        kept = len(data.rows) + len(data.articles)
        note(
            f"{data.read} rows, all of which are learned from; others are made of {kept} of them, "
            f"at most {most} of each kind and label"
        )
    return data


def tell_faults(faults: list[str]) -> None:
    """Say what was skipped, and why."""
    for fault in faults[:FAULTS_SHOWN]:
        print(f"skipped {fault}", file=sys.stderr)
    if len(faults) > FAULTS_SHOWN:
        print(f"skipped {len(faults) - FAULTS_SHOWN} more", file=sys.stderr)


def note(what: str) -> None:
    """Say how far the work is, on standard error."""
    print(what, file=sys.stderr)
