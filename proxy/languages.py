"""Guess the language of a text by its script and its commonest words.

Pure, and modest: a page's own declaration comes first (see `proxy.examine`); this serves pages without
one, for languages in which many blogs are written. No answer is better than a wrong one.
"""

from __future__ import annotations

import re
from collections import Counter

MIN_WORDS = 4  # stop words that must be there before a language is named

# Ranges of characters that one language, or mostly one, is written in; the first that is common enough wins.
_SCRIPTS = (
    ("ja", re.compile(r"[\u3041-\u30ff]")),
    ("ko", re.compile(r"[\uac00-\ud7a3]")),
    ("zh", re.compile(r"[\u4e00-\u9fff]")),
    ("th", re.compile(r"[\u0e01-\u0e5b]")),
    ("he", re.compile(r"[\u05d0-\u05ea]")),
    ("el", re.compile(r"[\u0386-\u03ce]")),
    ("hi", re.compile(r"[\u0904-\u0939]")),
    ("fa", re.compile(r"[\u067e\u0686\u06af\u06cc]")),
    ("ar", re.compile(r"[\u0621-\u064a]")),
    ("uk", re.compile(r"[іїєґ]")),
    ("ru", re.compile(r"[\u0430-\u044f\u0451]")),
)
_SHARE = {"ja": 0.08, "fa": 0.02, "uk": 0.02}  # of the letters; 0.3 for all others

_STOP_WORDS = {
    "en": "the and of to in is that for it was with on this are you not have be at by",
    "de": "der die und das ist nicht ein eine mit den von zu auf für sich auch dem im wird sind",
    "fr": "le la les et des est une pour dans que qui pas sur avec ce plus au du par sont",
    "es": "el la los y de que en las una por con para es del se lo como más pero su",
    "pt": "o a os e de que em uma para com não do da por mais dos das se como ao",
    "it": "il di che è la per un una non sono con del della le dei si anche nel da più",
    "nl": "de het een en van is dat niet op te zijn voor met die aan er ook als bij maar",
    "pl": "nie się jest na do że to w z jak o co po ale za od tak przez dla są",
    "sv": "och att det som en på är av för med inte den till har om ett jag men var de",
    "da": "og at det en den til er som på de med af for ikke der var et jeg har han",
    "no": "og i det er på som en til av for med at ikke har de om et fra men jeg",
    "fi": "ja on ei että se oli hän mutta ovat myös kun niin kuin mitä tai joka sen olen ole nyt",
    "tr": "ve bir bu için ile de da çok olarak daha gibi kadar olan en ne var sonra ama her mi",
    "id": "yang dan di untuk dengan ini dari itu pada adalah tidak dalam akan ke juga bisa atau ada oleh",
    "ro": "și de la în nu este cu pe care să o din mai un pentru sau ce fi au că",
    "cs": "a se na je že v to s z do i jako o po ale za by pro jsou k",
    "hu": "a az és hogy nem is egy ez de meg van csak volt ki már még mint azt ha el",
    "vi": "và của là có cho không được một trong các với người này đã để khi những như đến ra",
}
_WORD = re.compile(r"[^\W\d_]+")


def language_of(text: str) -> str:
    """Name the language of a text by its BCP 47 primary tag; '' if it can't be told."""
    sample = text[:5_000].lower()
    letters = sum(map(str.isalpha, sample))
    for tag, script in _SCRIPTS:
        if letters and len(script.findall(sample)) / letters > _SHARE.get(tag, 0.3):
            return tag
    counts = Counter(_WORD.findall(sample))
    scores = {tag: sum(counts[word] for word in words.split()) for tag, words in _STOP_WORDS.items()}
    best, second = sorted(scores, key=lambda tag: -scores[tag])[:2]
    return best if scores[best] >= MIN_WORDS and scores[best] > 1.1 * scores[second] else ""
