"""The README's tables are the program's own."""

from __future__ import annotations

from pathlib import Path

from proxy.__main__ import VERBS
from proxy.policy import RULES

README = (Path(__file__).parents[2] / "README.md").read_text()


def rows(heading: str) -> list[str]:
    """Return the rows of the table with this heading."""
    _, found, rest = README.partition(f"{heading}\n")
    assert found, heading
    return rest.split("\n\n")[0].splitlines()[1:]


def test_reasons_and_actions() -> None:
    """The table of reasons is the policy's, row by row."""
    expected = [f"| `{reason}` | {rule.action} | {rule.text} |" for reason, rule in RULES.items()]
    assert rows("| reason | action | what it means |") == expected


def test_commands() -> None:
    """Every command is listed, with the sentence that --help has for it."""
    expected = [f"| `linkback-proxy {verb}` | {text} |" for verb, (_, text) in VERBS.items()]
    assert rows("| command | what it does |") == expected
