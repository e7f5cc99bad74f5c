"""The commands of `linkback-train`, run as an owner runs them, on a small world of our own."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from proxy.scoring import load
from proxy.scoring.artefact import MANIFEST, read_manifest
from training import corpus, fit
from training.cli import main

SMALL = corpus.Recipe(campaigns=40, rounds=2, respun=120, replies=20, pages=40)
SHIPPED = Path(__file__).parents[3] / "models"


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a fit make few rows."""
    monkeypatch.setattr(fit, "Recipe", lambda: SMALL)


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """Give a copy of the shipped models."""
    return Path(shutil.copytree(SHIPPED, tmp_path / "models"))


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    """Run a command that must go well, and give what it prints."""
    assert main([str(argument) for argument in arguments]) == 0
    return capsys.readouterr().out


def lines(text: str) -> list[dict[str, object]]:
    """Read lines of JSON."""
    return [json.loads(line) for line in text.splitlines()]


@pytest.mark.usefixtures("small")
def test_fit_is_deterministic_and_learns(
    data_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two fits with one seed give the same bytes, and the model tells the small world apart."""
    for name in ("one", "two"):
        run(capsys, "fit", data_file, "--out", tmp_path / name, "--seed", 5)
    assert read_manifest(tmp_path / "one") == read_manifest(tmp_path / "two")
    manifest = read_manifest(tmp_path / "one")
    assert manifest.facts["data"] == {data_file.name: hashlib.sha256(data_file.read_bytes()).hexdigest()}
    scored = lines(run(capsys, "score", data_file, "--model", tmp_path / "one", "--json"))
    by_label = {
        label: [row["score"] for row in scored if str(row["id"]).startswith(label)]
        for label in ("ham", "spam")
    }
    assert max(by_label["ham"]) < min(by_label["spam"])


@pytest.mark.usefixtures("small")
def test_family_taken_away_is_gone(
    data_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A model fitted without a family has no finding of it."""
    run(capsys, "fit", data_file, "--out", tmp_path / "m", "--without", "title", "--without", "likeness")
    names = load(tmp_path / "m").findings
    assert names
    assert not [name for name in names if "title:" in name or "likeness:" in name]


def test_unreadable_rows_are_reported_with_their_lines(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What can't be read is named by file and line, and the rest is scored."""
    path = tmp_path / "rows.jsonl"
    good = json.dumps({"id": "a", "kind": "trackback", "title": "t"})
    path.write_text(f'{{\n{good}\n{{"kind": "carrier pigeon"}}\n[1]\n{{"label": "perhaps"}}\n')
    assert main(["score", str(path), "--model", str(SHIPPED), "--json"]) == 0
    captured = capsys.readouterr()
    assert [row["id"] for row in lines(captured.out)] == ["a"]
    for number in (1, 3, 4, 5):
        assert f"rows.jsonl:{number}: " in captured.err


def test_page_of_a_row_is_examined(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A row may bring its page, and the page then has a say."""
    row = {
        "kind": "pingback",
        "url": "http://a.example/x",
        "target_url": "https://b.example/p",
        "target_title": "P",
    }
    hidden = '<title>Bags</title><p>bags bags</p><div style="display:none"><a href="https://b.example/p">P</a></div>'
    path = tmp_path / "rows.jsonl"
    path.write_text(
        json.dumps({**row, "id": "bare"}) + "\n" + json.dumps({**row, "id": "page", "page_html": hidden})
    )
    bare, paged = lines(run(capsys, "score", path, "--model", SHIPPED, "--json"))
    assert any(clue["name"].startswith("page:") for clue in paged["clues"])  # type: ignore[attr-defined]
    assert paged["score"] > bare["score"]  # type: ignore[operator]


def test_evaluation_names_slices_and_errors(data_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An evaluation has the whole and its slices with intervals, and names the worst errors."""
    (found,) = json.loads(run(capsys, "evaluate", data_file, "--model", SHIPPED, "--json"))
    assert found["whole"]["spam"] == 60
    assert {"protocol: trackback", "language: en", "blog: blog0", "real"} <= set(found["slices"])
    hits, of, value, low, high = found["whole"]["recall"]["0.5 %"]
    assert value == pytest.approx(hits / of, abs=1e-4)
    assert low <= value <= high
    assert len(found["worst_ham"]) == 10
    assert "| slice |" in run(capsys, "evaluate", data_file, "--model", SHIPPED)


def test_comparison_counts_won_and_lost(
    data_file: Path, models: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A model that calls nothing spam loses most spam to the shipped one, and every row is counted once."""
    lame = models.parent / "lame"
    shutil.copytree(models, lame)
    record = json.loads((lame / MANIFEST).read_text())
    (lame / MANIFEST).write_text(json.dumps(record | {"cutoffs": {"ham": 1.0, "spam": 1.0}}))
    found = json.loads(run(capsys, "compare", lame, models, "--data", data_file, "--json"))
    assert found["all"]["won"] > 40
    assert found["spam: title is blog name"]["lost"] == 0
    assert sum(found["all"].values()) == 120


def test_retraining_promotion_and_rollback(
    data_file: Path, models: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A candidate is made and told of in JSON, promoted, listed, and taken back in one step."""
    before = read_manifest(models).name
    told = lines(
        run(capsys, "retrain", data_file, "--models", models, "--out", tmp_path / "new", "--promote")
    )
    assert [line["share"] for line in told[:-1]] == sorted(line["share"] for line in told[:-1])  # type: ignore[type-var]
    assert told[-1]["done"]
    assert told[-1]["safe"] is told[-1]["promoted"] is True
    assert read_manifest(models).name == told[-1]["model"] != before
    assert read_manifest(models).base == before
    load(models)
    listed = run(capsys, "list", "--models", models)
    assert f"* {told[-1]['model']}" in listed
    assert f"  {before}" in listed
    run(capsys, "rollback", "--models", models)
    assert read_manifest(models).name == before
    run(capsys, "promote", tmp_path / "new", "--models", models)
    assert read_manifest(models).previous == before


def test_failure_is_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A command that can't do its work says why in a sentence and fails."""
    assert main(["list", "--models", str(tmp_path)]) == 1
    assert "no readable manifest" in capsys.readouterr().err
    assert main(["rollback", "--models", str(SHIPPED)]) == 1
    assert "nothing to roll back to" in capsys.readouterr().err
