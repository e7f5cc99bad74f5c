"""What the classes and ids of an element say of it: main text, boilerplate, or readers' comments.

Pure: a table of the words that blog software and people use, in the languages they write in. It knows
platforms, and no single site. What is made of it is decided in `proxy.places`.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

MAX_REMEMBERED = 20_000  # tokens whose meaning is remembered

# Tokens (whole classes, ids) that hold a word without its meaning: the page's state, its layout, slugs of
# tags and authors, distances, and what build tools append to names.
_STATE = re.compile(
    r"^(?:[a-z]+:)*-?(?:has|no|with|without|is|not|hide|show|col|row|grid|size|align|fauxcolumn|format"
    r"|type|status|(?:page|post|view)-type|depth|level|d|print|visible)[-_]"
    r"|^(?:tag|category)[-_](?!cloud|links?\b|list|wrap|nav|box|menu)"
    r"|^author[-_](?!bio|box|info|name|meta|avatar|desc|profile|im|pic|photo|link|area|block|card|title|text|wrap|content|sect)"
    r"|^(?:post|page|node|entry|item)[-_]?\d|(?:^|[-_])(?:with|has|no|without)[-_]"
    r"|^(?:page|body|site|layout|main|content|container|wrapper|template|theme)[-_].*(?:sidebar|column)"
    r"|(?:^|[-_])(?:margin|padding|border|pad|pull|align|clear|mb|pb|mt|pt)[-_]"
    r"|^(?:js|sc)[-_]|^(?:js|has|no|is|hide|show)(?=[A-Z])",
)
_HASH = re.compile(
    r"(?<=[a-z])__(?=\w*[A-Z0-9+])[\w+-]{5,8}$|^_?(?=\w*\d[A-Za-z])(?=\w*[A-Z])(?=\w*[a-z])[\w-]{12,}$"
)
# What page builders put before their classes; their widgets and blocks are the page's own text as well.
_BUILDER = re.compile(
    r"^(?:elementor|et_pb|et|vc|fl|wpb|wp|td|tdb|tdi|tdc|kt|uagb|fusion|block|brxe|ct|sqs)[-_]"
)
_BUILDERS_WORDS = frozenset({"widget", "widgets", "block", "blocks", "gadget", "header"})
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[^\W\d_]{2,}")

_COMMENT = re.compile(
    r"^(?:[a-z0-9]+[-_]{1,2})*(?:comments?|komment[aei]\w*|koment[aá]\w*|commentaires?|coment[aá]ri\w*|commenti|commento"
    r"|reacties|reactie|reakcje|yorum(?:lar)?|pinglun|liuyan|huifu|hozz[aá]sz[oó]l\w*|guestbook|gaestebuch"
    r"|replies|responses|feedback(?:item|con)|trackbacks?|pingbacks?|pings|webmentions?|revert|u-comment|p-comment)"
    r"(?:$|[-_]|list|area|body|text|content|author|box|block|item|entry|wrap|thread|holder|data|s$)"
    r"|^(?:disqus|dsq-|ds-(?:thread|post|comment)|commento|isso-|utterances|giscus|gitalk|gitment|valine|waline|twikoo"
    r"|remark42|cusdis|hypercomments|mc-comment|cackle|livere|changyan|wpdiscuz|wpcomm|fb-comments|ljcmt|b-leaf"
    r"|cmt-|jcomments|jc-comment|kmt-|josc_|tt_comment|rp_general|post[-_]notes|responsesWrapper|js-comment)"
    r"|commentlist|commentarea|blog-?comments?|commentlinks|usercomment|postcomment|serendipity_comment"
    r"|SG_revert|blog_comment|documentDiscussion|entry\d+comment|comment_?(?:body|text|content)",
    re.IGNORECASE,
)
_NO_COMMENT = re.compile(
    r"comments?[-_]?(?:open|closed|count|counts|number|num|link|icon|off|on|meta[-_]link|form|reply)$"
    r"|^(?:has|no|with|hide|show|allow|add|leave|view|write)[-_]"
    r"|^(?:widget[-_])?(?:recent|latest|last|newest)[-_]?comments|respond$|respond[-_]",
    re.IGNORECASE,
)

# Tokens of the element that holds a post's text, in blog software and microformats.
_MAIN = re.compile(
    r"^(?:[a-z0-9]+[-_]{1,2})*(?:entry|post|article|artical|story|news|blog|blogpost|page|node|single|item|topic|message|asset"
    r"|artikel|beitrag|noticia|artigo|materia|articolo|artykul|clanek|cikk|haber)"
    r"[-_]{0,2}(?:content|contents|body|text|txt|entry|main|inner|copy|full|texto|testo|inhalt|metni|detay)s?$"
    r"|^(?:e-content|hentry|h-entry|articlebody|entry|post|article|blogbody|blogpost|postbody|posttext|storycontent"
    r"|mw-parser-output|mw-content-text|bodycontent|markdown-body|markdown|markdown_views|htmledit_views|prose|richtext"
    r"|content-body|gh-content|maincontent|main-content|main-text|maintext|bodytext|body-text|article__\w+|post__\w+"
    r"|t_f|t_msgfont|postmessage_\d+|post_message_\d+|usertext-body|field-name-body|field--name-body|text-formatted"
    r"|item-page|itemfulltext|contentpaneopen|content-core|documentbody|parent-fieldname-text|dokuwiki|wiki-content"
    r"|section-content|postarticle|pw-post-body-paragraph|available-content|page__content|post_content|entrytext|entry_body"
    r"|serendipity_entry_body|serendipity_entry_extended|b-singlepost-body|aentry-post__text|cooked|sqs-block-content"
    r"|blog-item-content|rich-content-viewer|amp-wp-article-content|the_content|skin-entrybody|articletext|article-body-inner"
    r"|cnblogs_post_body|blogpost-body|articalcontent|se-main-container|postviewarea|tt_article_useless_p_margin"
    r"|contents_style|trs_editor|cuerpo_noticia|reblog-content|post-?excerpt)$",
    re.IGNORECASE,
)

# The surroundings of the post, as words that a class or an id is made of.
_SURROUNDINGS = """
nav navi navs navigation navigator topnav subnav sidenav gnb lnb snb fnb menu menus submenu menue mlist
daohang caidan menyu sidebar sidebars sidecolumn sidecol side rightbar leftbar leftcolumn rightcolumn
leftcol rightcol rail aside asides
randspalte seitenleiste seitenspalte nebenspalte marginalspalte marginal lateral zijbalk sidopanel
postranni oldalsav cebianlan
footer foot footers fuss fusszeile rodape colophon bottombar piepagina piedepagina pied stopka paticka
zapati lablec subsol sidfot alatunniste altbilgi podval dibu voettekst
masthead topbar banner toolbar branding cabecera cabecalho entete testata kopf kopfzeile hlavicka fejlec
sidhuvud shapka
widget widgets gadget portlet portlets blogroll linklist bloglist breadcrumb breadcrumbs crumbs crumb miga
migas brotkrumen ariane briciole kruimelpad drobecky okruszki pankuzu mianbaoxie
copyright copyrights credit credits powered poweredby legal disclaimer imprint impressum attribution beian
banquan social socials sociallinks sns share sharing sharer shares sharekit sharebar sharethis addthis
addtoany shariff sociable ssba heateor ljtags posted createdby articleinfo jiathis bdshare bshare
compartir compartilhar condividi partager partage teilen delen udostepnij sdilet paylas megosztas fenxiang
redes follow followus
newsletter subscribe subscription signup login logo donate donation support paypal
pagination pager paging pagenav prevnext nextprev prev previous adjacent neighbours neighbors tagcloud
tags archives calendar category categories categoria categorias kategorie kategorien rubrik rubriken
rubrique rubriques etiquetas etiquettes marcadores schlagworte tagi biaoqian keywords catlinks metadata
postmeta meta byline bylines dateline author authors auteur autor autorin authorbox bio postinfo
postmetadata timestamp cookie cookies consent gdpr modal popup overlay offcanvas drawer megamenu skip
advert advertisement advertising adverts ad ads adsense adsbygoogle adv sponsor sponsors promo promotion
banners publicidad publicidade publicite pubblicita werbung anzeige reklama reklam hirdetes annons mainos
guanggao outbrain taboola zergnet revcontent
partners friends friendlinks friendlink flink youlian yqlj statcounter webring counter stats dropdown
hamburger languages langs wpml interwiki rss syndicate syndication ticker skyscraper leaderboard hotlinks
quicklinks
"""
# Lists of other pages, whose entries may be articles of their own: cards, teasers, pointers.
_OTHERS = """
related relatedposts relacionados relacionadas correlati verwandte aehnliche souvisejici podobne powiazane
kapcsolodo gerelateerd benzer kanren osusume xiangguan recommend recommended recommendation
recommendations recommends recommandations
tuijian offerer ajanlo similar trending popular ranking rankings rank paihang mostread hot remen readmore
readnext recent recents recentposts recententries latest toplist
"""
# Words that are part of a longer one: `pagenavi`, `siteMenus`.
_GLUED = re.compile(
    r"(?:sidebar|footer|menu|navi|nav|navbar|blogroll|breadcrumb|copyright|widget|banner|masthead)s?$"
    r"|^(?:sidebar|footer|navbar|nav(?:path|link|list|box|bar)|menu|copyright|blogroll|breadcrumb|social)"
)
# Whole tokens, without their hyphens: `left_column`, `more-articles`.
_WHOLE = re.compile(
    r"(?:left|right|side)(?:col(?:umn)?|bar|nav|menu|rail|links?|panel)\d?$"
    r"|^(?:link|blog|friend)(?:list|links?)\d*$"
    r"|^(?:fd)?(?:page|site|post|entry|article|content|main)?bottom(?!\d)"
    r"|^(?:links|mwhead|mwpanel|ppersonal|pcactions|plogo|psearch|ptb"
    r"|plang|columnone|siteinfo|sitenav|emailprint|printemail|nextprev|prevnext)$"
)
_WHOLE_OTHERS = re.compile(
    r"^related|^recent(?:read|post|entr|comment)|more(?:from|articles|posts|stories|news)"
    r"|(?:also|might|may)like|seealso|most(?:read|viewed|popular)"
    r"|whatsnext|upnext|readnext|hot(?:words|news|topics)"
)
_BOILERPLATE_WORDS = frozenset(_SURROUNDINGS.split())
_OTHERS_WORDS = frozenset(_OTHERS.split())
_ASIDE_WORDS = {"sidebar", "sidebars", "footer", "aside"}
_SIDES = re.compile(r"(?:part|col)?(?:left|right)(?:side|content)?")


class Meaning(NamedTuple):
    """What one token says of its element, and of what stands in it."""

    is_comment: bool  # a reader's comment, or the list of them
    is_main: bool  # holds the text of a post
    is_boilerplate: bool  # stands around a post
    is_aside: bool  # so much so that even an article in it is a mere pointer to another page
    is_header: bool  # of the page, or of a post
    is_side: bool  # a column, named by nothing but its side


@lru_cache(maxsize=MAX_REMEMBERED)
def meaning(token: str) -> Meaning:
    """Say what a class or an id means."""
    parts, whole = _words(token), _squashed(token)
    is_others = bool(_WHOLE_OTHERS.search(whole)) or not _OTHERS_WORDS.isdisjoint(parts)
    return Meaning(
        is_comment=bool(_COMMENT.search(token)) and not _NO_COMMENT.search(token),
        is_main=bool(_MAIN.search(_HASH.sub("", token))),
        is_boilerplate=is_others or _is_around(parts, whole),
        is_aside=is_others or not _ASIDE_WORDS.isdisjoint(parts),
        is_header="header" in parts,
        is_side=bool(_SIDES.fullmatch(whole)),
    )


def _is_around(parts: list[str], whole: str) -> bool:
    if whole in _BOILERPLATE_WORDS or _WHOLE.search(whole):
        return True
    return any(word in _BOILERPLATE_WORDS or _GLUED.search(word) for word in parts)


def _words(token: str) -> list[str]:
    """Part a class or an id into its words: `siteFooter-top` into site, footer, top."""
    bare = _HASH.sub("", token)
    if _STATE.search(bare):
        return []
    found = [word.lower() for word in _WORD.findall(bare)]
    if _BUILDER.search(bare):
        return [word for word in found if word not in _BUILDERS_WORDS]
    return found


def _squashed(token: str) -> str:
    return "" if _STATE.search(token) else token.lower().replace("-", "").replace("_", "")
