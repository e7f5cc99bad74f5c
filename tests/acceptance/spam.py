"""Twenty spam trackbacks, written for these tests in the manner of the campaigns that blogs see most."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Spam:
    """What a spammer's trackback says."""

    title: str
    blog_name: str
    excerpt: str  # TARGET becomes the post's address


_ROWS = (
    ("cheap replica shoes", "cheap replica shoes", "replica nike air max, cheap jordan shoes outlet sale"),
    ("replica watches", "replica watches uk", "Best replica rolex watches for sale, swiss replica watches"),
    ("louis vuitton outlet", "louis vuitton outlet online", "cheap louis vuitton handbags, authentic bags"),
    ("ugg boots sale", "ugg boots clearance", "cheap ugg boots on sale, discount ugg boots outlet store"),
    ("buy viagra online", "viagra without prescription", "cheap viagra online, no rx, generic viagra"),
    ("generic cialis", "cialis 20mg", "order generic cialis online, cialis pharmacy, overnight delivery"),
    ("tramadol online", "buy tramadol cod", "buy tramadol 50mg online cheap, no prescription needed, cod"),
    ("xanax", "cheap xanax pills", "buy xanax online without prescription, alprazolam overnight shipping"),
    ("phentermine 37.5", "phentermine diet pills", "phentermine 37.5 mg online, cheap diet pills"),
    ("online casino", "best online casino", "play online casino for real money, no deposit bonus, slots"),
    ("texas holdem poker", "free online poker", "texas holdem poker free online, poker bonus codes"),
    ("payday loans", "payday loans online", "instant payday loans no credit check, cash advance online"),
    ("seo services", "buy backlinks", "buy cheap backlinks, seo link building, rank first on google"),
    ("... [Trackback]", "Website", "[...] There you will find 85615 more Infos: TARGET [...]"),
    ("... [Trackback]", "Read More", "[...] There you will find 41207 more Infos: TARGET [...]"),
    ("... [Trackback]", "Find out more", "[...] Informations on that Topic: TARGET [...]"),
    ("... [Trackback]", "Source", "[...] Read More here on that Topic: TARGET [...]"),
    ("porn videos", "free porn videos", "free xxx porn videos, hot sex movies, porn tube, live sex cams"),
    ("cheap nfl jerseys", "jerseys wholesale", "cheap nfl jerseys from china, wholesale, free shipping"),
    ("michael kors outlet", "michael kors handbags", "michael kors handbags outlet online, cheap bags sale"),
)
SPAM = tuple(Spam(title=title, blog_name=name, excerpt=text) for title, name, text in _ROWS)
