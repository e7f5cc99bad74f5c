"""An evaluation shown: tables in Markdown."""

from __future__ import annotations

import math
from collections.abc import Sequence

from training.evaluate import Evaluation
from training.metrics import RATES, Share


def table(evaluations: Sequence[Evaluation]) -> str:
    """Give the evaluations of the whole as a table in Markdown."""
    lines = [
        "| | AUC | caught at 0.1 % false positives | at 0.5 % | at 1 % | genuine called spam | Brier |",
        "|---|---|---|---|---|---|---|",
    ]
    for one in evaluations:
        low, high = one.auc_interval
        recall = " | ".join(str(one.whole.recall[f"{100 * rate:g} %"]) for rate in RATES)
        area = f"{one.whole.auc:.4f} ({low:.4f}-{high:.4f})"
        lines.append(f"| {one.name} | {area} | {recall} | {one.whole.false} | {one.whole.brier:.4f} |")
    return "\n".join(lines)


def slice_table(evaluation: Evaluation) -> str:
    """Give an evaluation by slice as a table in Markdown."""
    rates = [f"{100 * rate:g} %" for rate in RATES]
    lines = [
        f"| slice | spam | genuine | AUC | caught at {' | at '.join(rates)} | called spam at 0.5 % | Brier |",
        "|---|---|---|---|" + "---|" * (len(rates) + 2),
    ]
    for name, one in evaluation.slices.items():
        area = "-" if math.isnan(one.auc) else f"{one.auc:.4f}"
        recall = " | ".join(str(one.recall[rate]) for rate in rates)
        lines.append(
            f"| {name} | {one.spam} | {one.ham} | {area} | {recall} | {one.false_at_half} | {one.brier:.4f} |"
        )
    return "\n".join(lines)


def confusion(evaluation: Evaluation) -> str:
    """Give what becomes of spam and of genuine ones at the cut-offs, by slice, as a table in Markdown."""
    cutoffs = evaluation.cutoffs
    lines = [
        f"At the cut-offs (ham below {cutoffs.ham:g}, spam from {cutoffs.spam:g}):",
        "",
        "| slice | spam called spam | unsure | called ham | genuine called spam | unsure | called ham |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, one in {"all": evaluation.whole, **evaluation.slices}.items():
        spam = (one.caught, _between(one.caught, one.passed), one.passed)
        shares = (*spam, one.false, _between(one.false, one.through), one.through)
        lines.append(f"| {name} | {' | '.join(_counted(share) for share in shares)} |")
    return "\n".join(lines)


def changed_table(evaluation: Evaluation) -> str:
    """Give how much spam is caught after each change that costs a spammer nothing, as a table in Markdown."""
    lines = ["| spam changed | caught at 0.5 % |", "|---|---|"]
    return "\n".join([*lines, *(f"| {name} | {share} |" for name, share in evaluation.changed.items())])


def _counted(share: Share) -> str:
    return f"{share.hits}: {share}" if share.of else "-"


def _between(above: Share, below: Share) -> Share:
    return Share(hits=above.of - above.hits - below.hits, of=above.of)


def errors(evaluation: Evaluation) -> str:
    """Name the worst errors, and give the reliability diagram, as tables in Markdown."""
    worst = [
        f"| {kind} | {row} | {score:.4f} |"
        for kind, found in (("genuine", evaluation.worst_ham), ("spam", evaluation.worst_spam))
        for row, score in found
    ]
    diagram = [f"| {mean:.3f} | {share:.3f} | {rows} |" for mean, share, rows in evaluation.reliability]
    return "\n".join(
        [
            "| worst | row | score |",
            "|---|---|---|",
            *worst,
            "",
            "| mean score | share of spam | rows |",
            "|---|---|---|",
            *diagram,
        ]
    )
