"""What the judge is compared with, on the same folds: a rule, naive Bayes, and TF-IDF with regression."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import make_pipeline, make_union

from training.rows import Row

Baseline = Callable[[Sequence[Row], Sequence[Row]], np.ndarray]  # rows to learn from, rows to score


def text_of(row: Row) -> str:
    """Give everything that a row claims, as one text."""
    claim = row.sample.linkback
    return f"{claim.title} {claim.blog_name} {claim.source} {claim.excerpt}"


def title_rule(_: Sequence[Row], rows: Sequence[Row]) -> np.ndarray:
    """Call spam what has a title that equals its blog name."""
    claims = [row.sample.linkback for row in rows]
    return np.array([float(bool(claim.title) and claim.title == claim.blog_name) for claim in claims])


def naive_bayes(learn: Sequence[Row], rows: Sequence[Row]) -> np.ndarray:
    """Score with naive Bayes on words."""
    model = make_pipeline(CountVectorizer(min_df=2, binary=True), MultinomialNB())
    return _scores(model, learn, rows)


def tfidf(learn: Sequence[Row], rows: Sequence[Row]) -> np.ndarray:
    """Score with logistic regression on TF-IDF of words and characters."""
    both = make_union(
        TfidfVectorizer(min_df=2, sublinear_tf=True),
        TfidfVectorizer(
            analyzer="char_wb", ngram_range=(3, 4), min_df=3, sublinear_tf=True, max_features=60_000
        ),
    )
    return _scores(make_pipeline(both, LogisticRegression(C=10, max_iter=500)), learn, rows)


def _scores(model: object, learn: Sequence[Row], rows: Sequence[Row]) -> np.ndarray:
    model.fit([text_of(row) for row in learn], [bool(row.spam) for row in learn])  # type: ignore[attr-defined]
    return np.asarray(model.predict_proba([text_of(row) for row in rows])[:, 1])  # type: ignore[attr-defined]


BASELINES: dict[str, Baseline] = {
    "title equals blog name": title_rule,
    "naive Bayes on words": naive_bayes,
    "TF-IDF, logistic regression": tfidf,
}
