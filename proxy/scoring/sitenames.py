"""Words that names of sites made for money are put together from: 'bestmobilenews', 'dailyprofittips'.

Pure. Most of them are what anybody may call a site; so what is told is only how much of a host's own name
they make up, and how many stand in a blog's name. A person's blog is mostly called otherwise.
"""

from __future__ import annotations

import re

from proxy.scoring.trades import STEMS

GENERAL = """
24 247 365 4u about access action active ads adult adventure advertise advertising advice advisor affiliate
agency alert alerts all amazing america american amusing android animal animals apk app apple apps archive
article articles asia asian auto automatic automotive awesome baby band bargain beauty best bet better big
bike biz bloggers blogging body boost box brand brands breaking bride bright business buy buyer buzz cafe
call camera campus canada capital car card care career careers cars cash celeb celebrities celebrity center
central centre channel cheap chic china city class classic click clinic cloud club college company computer
computers connect consult consultant consulting content cool corner corp country course courses creative
credit crypto currency cyber daily data dating day deal deals debt decor deluxe dental depot diet digital
direct directory discover dish distract dog dogs dollar dollars domain domains download downloads dream
dreams drive earn easy ebook economy education electronic electronics elite energy engine english enterprise
enterprises entertainment entrepreneur estate euro europe event events ever everyday everything exclusive
expert experts explore express extra extreme face facebook facts family fan fans fashion fast feed feeds
film films finance financial find finder fine fit fitness fix flash flight flights food football for forex
forum forums free fresh fun fund funny furniture future gadget gadgets game games gaming garden gear gift
gifts girl girls global gold golf good google gossip great green group guide guides guru hair happy hardware
head headline headlines health healthcare healthy help here hiphop holiday holidays home homes hosting hot
hotel hotels house how hub image images income india indian industry info information insider inspiration
instant insurance insure interior international internet invest investing investment investor ipad iphone
job jobs journal kids kitchen knowledge ladies laptop latest law lawyer leads learn legal lifestyle link
links list lists live loan loans local luxury lyrics mag magazine mail mall man market marketing markets
master masters match matters media medical meds men mobile mobiles mode modern money mortgage most motor
motors movie movies music nation national natural nature network networks new news newswire next now
nutrition offer offers office official online organic outlet page pages paper parenting party pay perfect
pet pets phone phones photo photography photos pics picture pictures places planet planner play plus point
points poker popular portal post posts power premier premium press price prices prime pro product products
professional professionals profit profits promo promotion property quick quotes radio rank ranking rate
rates read reader real realty recipe recipes recommended rent report reporter reports resource resources
retirement review reviews rich ride safe sale sales save savings school schools score search secret secrets
security sell sense seo server service services sexy shop shopping shops show shows simple site sites skin
sleep smart smartphone social society software solar solution solutions song songs source sources space
special sport sports spot spy star stars start station stock stocks store stores stories story strategy
stream street stuff style styles success super supply support surf sweet system systems tax team tech techno
technology theme themes times tip tips today tool tools top total tour tours toy toys track trade trader
trading traffic training travel traveler treatment trend trending trends trendy tribune trick tricks trip
trust tube tune tutorial tutorials tweet twitter ultimate ultra universe university update updated updates
upgrade usa vacation vacations value video videos view views viral vital voice vote wallpaper wallpapers
watch wealth weather web website websites wedding weddings weight wellness what wholesale win windows wire
wireless wise woman women wonder work working works world worldwide xpress yoga youtube zone
"""
NAMES = frozenset(GENERAL.split()) | {stem for stem in STEMS if len(stem) > 3}  # noqa: PLR2004 (else it stands in any name)
STARTS: dict[str, tuple[str, ...]] = {
    start: tuple(name for name in NAMES if name.startswith(start))
    for start in {name[:3] for name in NAMES if len(name) > 2}  # noqa: PLR2004 (a shorter one stands in anything)
}
HOST_LIMIT = 60  # characters of a label that are read
PART = re.compile(r"[a-z]+|\d+")
LETTER = 1_000  # what one counts beside a word less: there are fewer words than that
ALL, MUCH = 0.85, 0.5  # share of a name's letters


def made_of(label: str) -> tuple[int, float]:
    """Give how many such words a host's label is made of, and their share of its letters."""
    parts = PART.findall(label[:HOST_LIMIT])
    read = [_best(part) for part in parts]
    letters = sum([letters for letters, _ in read])
    return sum([words for _, words in read]), letters / max(1, sum(map(len, parts)))


def _best(part: str) -> tuple[int, int]:
    """Give letters and words of the reading with most letters and fewest words."""
    if part.isdigit():
        return (len(part), 1) if part in NAMES else (0, 0)
    best = [0] * (len(part) + 1)  # of the readings that end at each place
    for start in range(len(part)):
        for name in STARTS.get(part[start : start + 3], ()):
            if part.startswith(name, start):
                end = start + len(name)
                best[end] = max(best[end], max(best[: start + 1]) + LETTER * len(name) - 1)
    words = -max(best) % LETTER
    return (max(best) + words) // LETTER, words


def named(words: frozenset[str]) -> int:
    """Count such words among the different ones of a name."""
    return len(words & NAMES)
