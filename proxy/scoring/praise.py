"""How comment spam flatters, in many languages: said of a post or a blog, and hardly in a post of one's own.

Pure. A trackback's excerpt is the start of its sender's post, which speaks of its subject; what speaks of
'your blog' and thanks for 'this great article' was written for a comment form. A reply may well praise:
how much praise says is learned for each protocol.
"""

from __future__ import annotations

import re

KIND_WORDS = """
great nice good awesome excellent wonderful amazing superb fantastic brilliant cool helpful useful
informative interesting impressive lovely perfect beautiful insightful marvelous valuable worthwhile
fabulous quality buen buena excelente gran interesante ótimo ótima otimo bom boa belo bon bonne
super joli bel belle intéressant toller tolle tolles guter gute gutes schöner schöne klasse
interessanter ottimo bello buon goed goede mooi mooie leuk leuke świetny świetna dobry ciekawy fajny
güzel harika süper bagus menarik bermanfaat keren mantap bra fin intressant отличная отличный
отличное интересная интересный полезная полезный хорошая хороший hay
"""
THING_WORDS = """
post posts posting article articles blog blogs weblog site website webpage page info information
informations read writeup content stuff tips layout theme job work share writing publish artículo
articulo articulos página pagina web trabajo aporte artigo texto trabalho billet travail beitrag
artikel seite text beiträge articolo sito lavoro stuk wpis artykuł tekst yazı paylaşım makale
postingan informasi blogg inlägg sida статья статью пост сайт блог работа viết
"""  # noqa: RUF001 (their own letters)
YOUR_WORDS = """
your ur you're tu votre ton vos dein deine deinen ihr ihre seu sua teu tuo tua vostro je uw twój
twoja din ditt ваш вашем вашего ваша ваше вашу
"""
THANKS_WORDS = """
thanks thank thx merci danke gracias obrigado obrigada grazie bedankt dzięki teşekkür teşekkürler
makasih kasih tack takk tak спасибо благодарю cảm cám
"""
OTHER_WORDS = """
bookmark bookmarked bookmarking favourited favorited stumbled stumbleupon digg subscribed subscribe
impressed webmaster blogging blogger bloggers rss feeds recommend grateful kudos parabéns parabens
complimenti bravo pozdrawiam emeğine sağlık salam gan glückwunsch weiterempfehlen felicidades
felicitaciones saludos
"""  # noqa: RUF001 (their own letters)
KINDS, THINGS, YOURS, THANKS, OTHERS = (
    frozenset(words.split()) for words in (KIND_WORDS, THING_WORDS, YOUR_WORDS, THANKS_WORDS, OTHER_WORDS)
)
KNOWN = KINDS | THINGS | YOURS | THANKS | OTHERS
UNSPACED = re.compile(
    "不错|很好|支持|谢谢|感谢|分享|学习了|受教|顶一个|路过|好文|博主|楼主|有道理|很受启发|写得|写的|收藏了"
    "|拜读|赞一个|留名|参考になり|勉強になり|ありがとう"
    "|素晴らしい|素敵な|また来ます|応援|좋은 글|잘 보고|감사합니다"
    "|유용한|잘 읽|ขอบคุณ|บทความดี"
)
READ, NEAR = 60, 3  # words of a text that are read; words between what is praised and the praise
MOST = 3


def praised(words: tuple[str, ...], plain: str) -> int:
    """Count the ways in which a text flatters, given its words and itself in lower case; three at most."""
    words = words[:READ]
    known = KNOWN.intersection(words)
    ways = bool(known) and (
        _are_near(words, THINGS & known, KINDS & known)
        + _are_near(words, THINGS & known, YOURS & known)
        + (not THANKS.isdisjoint(known))
        + (not OTHERS.isdisjoint(known))
    )
    unspaced = 0 if plain.isascii() else len(set(UNSPACED.findall(plain[: 4 * READ])))
    return min(MOST, ways + unspaced)


def _are_near(words: tuple[str, ...], some: frozenset[str], others: frozenset[str]) -> bool:
    places = [place for place, word in enumerate(words) if word in some] if some and others else []
    return any(not others.isdisjoint(words[max(0, place - NEAR) : place + NEAR + 1]) for place in places)
