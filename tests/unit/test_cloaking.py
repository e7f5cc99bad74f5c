"""Two looks at one page: which differences count."""

import pytest

from proxy.cloaking import differs
from proxy.linkback import Evidence, Place

ARTICLE = " ".join(f"word{n} of an honest article" for n in range(60))
PHARMACY = " ".join(f"pill{n} cheap online" for n in range(60))
CHINESE = (
    "今天我们来谈谈如何在家里烤面包以及为什么耐心比配方更加重要"
    "因为面粉和水会告诉你什么时候准备好了请不要着急慢慢来就会成功的"
)


@pytest.mark.parametrize(
    ("first", "second", "is_cloaked"),
    [
        ({}, {}, False),
        ({}, {"title": "another title"}, False),
        ({"text": ARTICLE}, {"text": ARTICLE + " three readers online now"}, False),
        ({"text": CHINESE}, {"text": CHINESE[:-5] + "三位读者"}, False),
        ({"text": "short"}, {"text": PHARMACY}, False),  # too little to compare
        ({"text": ARTICLE}, {"text": PHARMACY}, True),
        ({}, {"found": False, "place": None}, True),
        ({}, {"place": Place.HIDDEN}, True),
        ({}, {"place": Place.COMMENT}, False),
    ],
)
def test_what_counts_as_cloaking(first, second, is_cloaked):
    """A link that comes and goes, or another text altogether, counts; small changes do not."""
    base = {"found": True, "place": Place.MAIN}
    assert differs(Evidence(**base | first), Evidence(**base | second)) is is_cloaked
