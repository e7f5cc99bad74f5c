"""Clues in words: what each feature's name means to the blog's owner.

Pure. Findings are looked up in one table; a token names itself; a pair is told as both its parts.
"""

from __future__ import annotations

TOKENS = {
    "w": "the word '{}'",
    "b": "the words '{}'",
    "t": "'{}' in the title or blog name",
    "u": "'{}' in the source's address",
    "h": "'{}' in the source's host name",
}
MARKS = {"^": "(start)", "\u2023": "(word of the post's title)"}

FINDINGS = {
    "title:words": "words in the title: {}",
    "title:none": "there is no title",
    "title:letters": "capitals in the title: {}",
    "title:short-lower": "the title is a short phrase in lower case",
    "title:short-each-capital": "the title is a short phrase, each word capitalised",
    "title:short-ascii-lower": "the title is a short English phrase in lower case",
    "title:is-address": "the title is a web address",
    "title:long-number": "the title holds a long number",
    "title:in-host": "the title is the host's name",
    "title:ends-loud": "the title ends in ! or ?",
    "title:in-path": "title's words in the source's address: {}",
    "title:no-name": "no blog name is known",
    "title:is-blog-name": "title and blog name are the same",
    "title:holds-name": "the title holds the blog's name",
    "title:in-name": "the blog's name holds the title",
    "title:shares-word-with-name": "title and blog name share a word",
    "title:name-words": "words in the blog's name: {}",
    "title:name-letters": "capitals in the blog's name: {}",
    "title:name-is-address": "the blog's name is a web address",
    "title:name-in-host": "the host is named as the blog is",
    "title:name-word-in-host": "the host's name holds a word of the blog's name",
    "title:name-not-in-host": "the host's name has nothing of the blog's name",
    "title:says-trackback": "the title says '[Trackback]'",
    "title:is-target-title": "the title is your post's title",
    "address:none": "no source address",
    "address:same-site": "the source is on your own site",
    "address:same-service": "the source is on the blog service that you use",
    "address:ending": "the host's ending is {}",
    "address:hosted-blog": "the source is on a blog service",
    "address:social": "the source is on a social network",
    "address:blog-in-host": "the host's name says 'blog'",
    "address:labels": "parts of the host's name: {}",
    "address:hyphens": "hyphens in the host's name: {}",
    "address:digits-in-host": "there are digits in the host's name",
    "address:long-host": "the host's name is long",
    "address:bare": "the source is a site's front page",
    "address:dated": "the source's address has a date, as blog posts have",
    "address:numbered": "the source's address has a post's number",
    "address:scripted": "the source's address is a script's",
    "address:filed": "the source's address is a single file",
    "address:folder": "the source stands in a folder that is not for pages",
    "address:community": "the source is a forum, guest book or profile",
    "address:random": "the source's address has random letters",
    "address:depth": "folders in the source's address: {}",
    "address:query": "the source's address has a query",
    "address:path-words": "words in the source's path: {}",
    "form:words": "words in the excerpt: {}",
    "form:hides": "words are hidden by {}",
    "form:wrapped": "the trackback imitates a pingback's '[...]'",
    "form:wrapped-once": "the trackback has '[...]' at one end",
    "form:natural": "share of everyday words in the excerpt: {}",
    "form:repeats": "the excerpt repeats itself",
    "form:starts-lower": "the excerpt starts in lower case",
    "form:sentences": "sentences in the excerpt: {}",
    "form:speaks-to-you": "the excerpt speaks to you, as a comment would",
    "form:you-once": "the excerpt speaks to you once",
    "form:nonsense": "the excerpt holds unpronounceable words",
    "form:spun": "the excerpt shows a spinning tool's braces",
    "form:number-alone": "the excerpt holds a number of four to six digits",
    "form:cut": "the excerpt is cut at its end",
    "form:is-address": "the excerpt is a web address",
    "form:lost-letters": "letters of the excerpt were lost",
    "form:links": "there is a link in the excerpt",
    "form:many-links": "there are links in the excerpt",
    "form:foreign-address": "an address that is not yours stands in the excerpt",
    "form:foreign-addresses": "addresses that are not yours stand in the excerpt",
    "form:target-address": "your post's address stands in the excerpt",
    "form:little-but-target-address": "there is little in the excerpt but your post's address",
    "form:ends-with-target-address": "the excerpt ends with your post's address",
    "form:is-target-title": "the excerpt is your post's title and nothing else",
    "form:is-title": "the excerpt only repeats the title",
    "likeness:unknown": "your post's text is not known",
    "likeness:empty": "the excerpt has no telling words",
    "likeness:none": "the excerpt shares no telling words with your post",
    "likeness:slight": "the excerpt shares a few telling words with your post",
    "likeness:high": "the excerpt is about what your post is about",
    "likeness:copied": "the excerpt repeats your post",
    "likeness:title-empty": "the title has no telling words",
    "likeness:title-none": "the title shares no telling words with your post",
    "likeness:title-slight": "the title shares a few telling words with your post",
    "likeness:title-high": "the title is about what your post is about",
    "likeness:title-copied": "the title is made of your post's words",
    "likeness:title-holds-target-title": "the title holds your post's title",
    "likeness:excerpt-holds-target-title": "the excerpt names your post's title",
    "likeness:same-script": "excerpt and post are in the same script",
    "likeness:other-script": "excerpt and post are in different scripts",
    "page:no-link": "the page does not link to your post",
    "page:place": "the link stands in the page's {} part",
    "page:rel": "the link is marked {}",
    "page:sign": "the page's link: {}",
    "page:target-linked-often": "the page links to your post more than once",
    "page:links": "links out of the page: {}",
    "page:text-share": "share of real text in the page: {}",
    "page:text": "length of the page's text: {}",
    "page:link-dense": "the page is crowded with links",
    "page:redirected": "the source's address redirects",
    "page:title-agrees": "the page has the title that was claimed",
    "page:title-differs": "the page has another title than was claimed",
    "page:subject": "the page's subject beside your post's: {}",
    "history:ham": "you approved a linkback of this domain before",
    "history:ham-often": "you approved several linkbacks of this domain",
    "history:spam": "you marked a linkback of this domain as spam before",
    "history:spam-often": "you marked several linkbacks of this domain as spam",
    "history:busy": "the domain sent more than 20 linkbacks in a month",
}


def in_words(name: str) -> str:
    """Say in words what a feature stands for."""
    return " and ".join(_one(part) for part in name.split(" & ")) if " & " in name else _one(name)


def _one(name: str) -> str:
    family, _, rest = name.partition(":")
    if family in TOKENS:
        shown = " ".join(MARKS.get(word, word) for word in rest.split(" "))
        return TOKENS[family].format(shown)
    finding, _, value = name.partition("=")
    return FINDINGS.get(finding, finding).format(value)
