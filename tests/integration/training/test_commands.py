"""The commands of `linkback-train`, run as an owner runs them, on a small world of our own."""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
from pathlib import Path

import pytest

from proxy.__main__ import main as examine
from proxy.scoring import load
from proxy.scoring.artefact import MANIFEST, read_manifest
from training import changes, corpus, evaluate, fit, tables
from training.cli import main
from training.rows import read_data

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
    data_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What can't be read is named by file and line, and the rest is evaluated."""
    path = tmp_path / "rows.jsonl"
    good = data_file.read_text()
    path.write_text(f'{{\n{good}{{"kind": "carrier pigeon"}}\n[1]\n{{"label": ["x"]}}\n{"[" * 100_000}\n')
    after = good.count("\n") + 1
    assert main(["evaluate", str(path), "--model", str(SHIPPED), "--json"]) == 0
    captured = capsys.readouterr()
    assert json.loads(captured.out)[0]["whole"]["spam"] == 60
    for number in (1, after + 1, after + 2, after + 3, after + 4):
        assert f"rows.jsonl:{number}: " in captured.err


ODD_ROWS = (
    {},
    {"id": 7, "kind": "carrier pigeon", "label": "perhaps"},
    {"id": "list", "title": ["a"], "excerpt": {"b": 1}, "url": 3, "target_url": False, "kind": None},
    {"id": "odd", "evidence": {"found": "yes", "links_out": "many", "rel": "nofollow ugc", "place": []}},
    {
        "id": "huge",
        "evidence": {"found": True, "links_out": 10**400, "text_share": float("nan"), "where": "x"},
    },
    {"id": "history", "history": {"ham": "x", "spam": float("inf"), "seen": -1}},
    {"id": "surrogate\ud800", "title": "\udfff\x00", "url": "http://[::1", "excerpt": "x" * 3_000_000},
    {"id": "page", "page": {"html": "<a href='https://b.example/p'>"}, "target_url": "https://b.example/p"},
    {"id": "no page", "page_html": 5, "html": None, "page": []},
)


def test_every_row_has_a_score(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever a row's keys hold, it is scored, in its place; lines that are no rows are told of."""
    path = tmp_path / "rows.jsonl.gz"
    rows = "\n".join(json.dumps(row) for row in ODD_ROWS)
    path.write_bytes(gzip.compress(f"\ufeff{rows}\n\n{{\n[1]\n".encode()))
    assert main(["score", str(path), "--model", str(SHIPPED), "--json"]) == 0
    captured = capsys.readouterr()
    scored = lines(captured.out)
    assert [row["id"] for row in scored] == [row.get("id", "1") for row in ODD_ROWS]
    assert all(0 < row["score"] < 1 for row in scored)  # type: ignore[operator]
    assert captured.err.count("skipped") == 2
    assert "rows.jsonl.gz:11: no JSON" in captured.err
    run(capsys, "score", path, "--model", SHIPPED)
    path.write_bytes(path.read_bytes()[:-2_000])
    assert main(["score", str(path), "--model", str(SHIPPED)]) == 1
    assert "can't be unzipped to its end" in capsys.readouterr().err


PINGBACK = {
    "kind": "pingback",
    "url": "http://a.example/x",
    "target_url": "https://b.example/p",
    "target_title": "P",
}
HIDDEN = (
    '<title>Bags</title><p>bags bags</p><div style="display:none"><a href="https://b.example/p">P</a></div>'
)


def test_page_of_a_row_is_examined(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A row may bring its page, as HTML or as `examine --json` tells it; hiding its link is no help."""
    (tmp_path / "page.html").write_text(HIDDEN)
    asked = [str(tmp_path / "page.html"), "--target", PINGBACK["target_url"], "--source", PINGBACK["url"]]
    assert examine(["examine", *asked, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    brought = [{}, {"page_html": HIDDEN}, {"page": HIDDEN}, {"page": {"html": HIDDEN}}, {"html": HIDDEN}]
    brought += [{"evidence": found}, {"page": found}]
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(json.dumps(PINGBACK | one) + "\n" for one in brought))
    bare, *paged = lines(run(capsys, "score", path, "--model", SHIPPED, "--json"))
    assert any(clue["name"].startswith("page:") for clue in paged[0]["clues"])  # type: ignore[attr-defined]
    assert paged[0]["score"] > bare["score"]
    assert {row["score"] for row in paged} == {paged[0]["score"]}


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


@pytest.mark.usefixtures("small")
def test_recipe_is_evaluated_on_folds(
    data_file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Folds in two processes judge every real row once, beside three baselines, and show how far they are."""
    monkeypatch.setattr(evaluate, "Recipe", lambda: SMALL)
    assert main(["evaluate", str(data_file), "--folds", "--json", "--processes", "2"]) == 0
    captured = capsys.readouterr()
    judge, *others = json.loads(captured.out)
    assert [judge["name"], len(others)] == ["the judge", 3]
    assert judge["slices"]["real"]["spam"] == judge["slices"]["real"]["ham"] == 60
    changed = {name: share[:2] for name, share in judge["changed"].items()}
    assert changed.pop("as it came") == judge["whole"]["recall"]["0.5 %"][:2]
    assert changed.keys() | {"as it came"} == changes.changes().keys()
    assert {of for _, of in changed.values()} == {60}
    assert "100%     " in captured.err
    found = tables.confusion(evaluate.evaluate_model(load(SHIPPED), read_data([data_file]).rows))
    spam, unsure, ham = (int(cell.split(":")[0]) for cell in _cells(found, "all")[:3])
    assert spam + unsure + ham == 60


def _cells(table: str, name: str) -> list[str]:
    (line,) = (line for line in table.splitlines() if line.startswith(f"| {name} |"))
    return line.strip("| ").split(" | ")[1:]


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


UNLABELLED = ("fit {} --out {}/m", "evaluate {}", "retrain {} --out {}/c")


@pytest.mark.parametrize("command", UNLABELLED)
def test_data_without_labels_are_a_sentence(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing to learn from or to measure by is said in a sentence, and nothing is written."""
    path = tmp_path / "rows.jsonl"
    path.write_text('{"kind": "pingback", "title": "t"}\n')
    assert main([word.format(path if word == "{}" else tmp_path) for word in command.split()]) == 1
    assert capsys.readouterr().err.startswith("linkback-train: ")
    assert list(tmp_path.iterdir()) == [path]


def test_failure_is_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A command that can't do its work says why in a sentence and fails."""
    assert main(["list", "--models", str(tmp_path)]) == 1
    assert "no readable manifest" in capsys.readouterr().err
    assert main(["rollback", "--models", str(SHIPPED)]) == 1
    assert "nothing to roll back to" in capsys.readouterr().err
