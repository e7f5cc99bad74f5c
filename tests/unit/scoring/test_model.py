"""The model that the project ships: it loads, scores, explains itself, and keeps to its promises."""

from __future__ import annotations

import json
import pickle
from dataclasses import replace
from pathlib import Path

import pytest

from proxy.linkback import Evidence, History, Linkback, Place, Post, Protocol, Sample, Verdict
from proxy.scoring import Cutoffs, Model, ModelError, load, verdict
from proxy.scoring.artefact import MANIFEST

MODELS = Path(__file__).parents[3] / "models"
POST = Post(
    url="https://blog.example/2019/05/sourdough",
    title="How I keep a sourdough starter alive",
    text="Flour, water and patience: a starter needs feeding once a day. Mine lives in the kitchen.",
)
SPAM = Sample(
    linkback=Linkback(
        protocol=Protocol.TRACKBACK,
        source="http://cheap-replica-handbags.example/",
        target=POST.url,
        title="cheap replica handbags",
        blog_name="cheap replica handbags",
        excerpt="[...]How I keep a sourdough starter alive[...]",
    ),
    post=POST,
)
HAM = Sample(
    linkback=Linkback(
        protocol=Protocol.TRACKBACK,
        source="https://notes.example/2019/05/12/baking-bread-at-the-weekend/",
        target=POST.url,
        title="Baking bread at the weekend",
        blog_name="Notes from the north",
        excerpt="Since I read about keeping a starter in the kitchen, ours gets its flour and water every "
        "morning. The first loaf was as flat as a plate, but the second one rose and ...",
    ),
    post=POST,
)


PILLS = Sample(
    linkback=Linkback(protocol=Protocol.PINGBACK, source="http://198.51.100.7/pills/17", target=POST.url),
    evidence=Evidence(
        found=True,
        place=Place.MAIN,
        title="Buy cheap viagra online without prescription",
        excerpt="[...] best price cialis and viagra How I keep a sourdough starter alive buy now [...]",
        anchor_text="How I keep a sourdough starter alive",
        text="Buy cheap viagra online. Generic cialis, levitra, tramadol without prescription. Online "
        "pharmacy, best price, free shipping. Order xanax, ambien and phentermine diet pills now.",
        text_share=0.8,
        links_out=14,
        links_to_target=1,
    ),
    post=POST,
)
TOOLS = (
    ("... [Trackback]", "[...] There you will find 85615 more Infos: blog.example/2019/05/sourdough [...]"),
    ("\u2026 [Trackback]", "[\u2026] Read More: https://blog.example/2019/05/sourdough [\u2026]"),
    ("\u2026 [Trackback]",
     "[\u2026] Here you can find 61912 more Information to that Topic: blog.example/2019/05/sourdough"),
)  # fmt: skip


@pytest.fixture(scope="module")
def model() -> Model:
    """Load the shipped model once."""
    return load(MODELS)


def test_shipped_model_tells_plain_cases_apart(model: Model) -> None:
    """A keyword trackback scores as spam, a sentence about the post from a blog as ham."""
    assert verdict(model.score(SPAM).spam, model.cutoffs) is Verdict.SPAM
    assert verdict(model.score(HAM).spam, model.cutoffs) is Verdict.HAM


def test_blatant_page_is_never_ham(model: Model) -> None:
    """A pingback whose page sells drugs from a bare address is not taken for ham."""
    assert verdict(model.score(PILLS).spam, model.cutoffs) is not Verdict.HAM


@pytest.mark.parametrize(("title", "excerpt"), TOOLS)
@pytest.mark.parametrize("source", ["https://amberwillow.example/", "http://notes.example/2021/03/x-y/"])
def test_templates_of_the_trackback_tool_are_spam(
    model: Model, title: str, excerpt: str, source: str
) -> None:
    """The tool's templates are spam from any host, whatever their number and their blog's name."""
    for name in (title, "", "Amber Willow"):
        claim = replace(SPAM.linkback, source=source, title=title, blog_name=name, excerpt=excerpt)
        assert verdict(model.score(Sample(linkback=claim, post=POST)).spam, model.cutoffs) is Verdict.SPAM


def test_one_and_many_agree(model: Model) -> None:
    """Scoring one by one and in a batch gives the same probabilities."""
    many = model.score_many([SPAM, HAM])
    assert [score.spam for score in many] == pytest.approx([model.score(SPAM).spam, model.score(HAM).spam])


def test_what_the_owner_decided_about_the_domain_counts(model: Model) -> None:
    """Each decision moves the next score of the domain, several move it further, and the clue says so."""
    told = [History(ham=3), History(ham=1), History(), History(spam=1), History(spam=3)]
    found = [model.score(replace(HAM, history=history)) for history in told]
    assert [one.spam for one in found] == sorted({one.spam for one in found})
    assert "you marked a linkback of this domain as spam before" in {clue.text for clue in found[3].clues}
    assert verdict(found[3].spam, model.cutoffs) is not Verdict.SPAM


def test_clues_are_heaviest_first_and_in_words(model: Model) -> None:
    """Each score brings clues in words, the heaviest first, with the sign of what they say."""
    clues = model.score(SPAM).clues
    weights = [abs(clue.weight) for clue in clues]
    assert weights == sorted(weights, reverse=True)
    assert any(clue.weight > 0 and clue.text == "title and blog name are the same" for clue in clues)


def test_score_is_a_probability_for_any_fields(model: Model) -> None:
    """Empty, enormous and nonsensical fields give a probability, never an error."""
    odd = ("", " ", "\x00", "\ud800", "a" * 100_000, "<" * 5_000, "[...]" * 900, "&#" * 900, "🐝\u200d" * 500)
    for protocol in Protocol:
        for text in odd:
            claim = Linkback(
                protocol=protocol, source=text, target=text, title=text, blog_name=text, excerpt=text
            )
            sample = Sample(linkback=claim, post=Post(url=text, title=text, text=text))
            assert 0 <= model.score(sample).spam <= 1
            found = replace(sample, evidence=Evidence(found=True, title=text, excerpt=text, text=text))
            assert 0 <= model.score(found).spam <= 1


def test_model_survives_a_process_boundary(model: Model) -> None:
    """A model pickled to another process scores as before."""
    again = pickle.loads(pickle.dumps(model))
    assert again.score(SPAM) == model.score(SPAM)


@pytest.mark.parametrize(
    ("score", "said"),
    [
        (0.0, Verdict.HAM),
        (0.1999, Verdict.HAM),
        (0.2, Verdict.UNSURE),
        (0.8999, Verdict.UNSURE),
        (0.9, Verdict.SPAM),
        (1.0, Verdict.SPAM),
    ],
)
def test_cutoffs_are_slices(score: float, said: Verdict) -> None:
    """Below ham's cut-off is ham, at and above spam's is spam, between is unsure."""
    assert verdict(score, Cutoffs(ham=0.2, spam=0.9)) is said


def _altered(folder: Path) -> None:
    path = folder / json.loads((folder / MANIFEST).read_text())["artefact"]
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 1
    path.write_bytes(raw)


def _truncated(folder: Path) -> None:
    path = folder / json.loads((folder / MANIFEST).read_text())["artefact"]
    path.write_bytes(path.read_bytes()[:-100])


def _missing(folder: Path) -> None:
    (folder / json.loads((folder / MANIFEST).read_text())["artefact"]).unlink()


def _changed(folder: Path, **changes: object) -> None:
    path = folder / MANIFEST
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


FAULTS = {
    "altered": (_altered, "SHA-256"),
    "truncated": (_truncated, "SHA-256"),
    "missing": (_missing, "can't be read"),
    "other scikit-learn": (lambda folder: _changed(folder, scikit_learn="0.1"), "scikit-learn 0.1"),
    "other features": (lambda folder: _changed(folder, feature_version=99), "feature version 99"),
    "another folder": (lambda folder: _changed(folder, artefact="../evil.joblib"), "damaged"),
    "no cut-offs": (lambda folder: _changed(folder, cutoffs={}), "damaged"),
    "crossed cut-offs": (lambda folder: _changed(folder, cutoffs={"ham": 0.9, "spam": 0.1}), "damaged"),
    "no JSON": (lambda folder: (folder / MANIFEST).write_text("{"), "damaged"),
    "no manifest": (lambda folder: (folder / MANIFEST).unlink(), "no readable manifest"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_untrustworthy_artefact_is_refused_with_a_sentence(fault: str, tmp_path: Path) -> None:
    """Whatever is wrong with a model folder, loading says so in a sentence and loads nothing."""
    manifest = json.loads((MODELS / MANIFEST).read_text())
    for name in (MANIFEST, manifest["artefact"]):
        (tmp_path / name).write_bytes((MODELS / name).read_bytes())
    load(tmp_path)
    spoil, words = FAULTS[fault]
    spoil(tmp_path)
    with pytest.raises(ModelError, match=words):
        load(tmp_path)
