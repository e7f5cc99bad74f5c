"""The grammar of trackbacks: forms in every dress that PHP reads, at every address that WordPress takes."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus, unquote_plus

from hypothesis import strategies as st

from tests.differential.drawing import mostly, rarely
from tests.differential.wire import Shape, Site

if TYPE_CHECKING:
    from tests.rig import BlogPost

Fields = list[tuple[str, bytes]]
LONG = "A" * 5_000  # more than anybody looks at of a name

NAMES = {
    "url": ("%75rl", "+url", "url%00x", "url[]", "URL", "url[a]", "u.rl", "url%5B%5D", f"url%00{LONG}"),
    "title": ("%20title", "t%69tle", "title%00", "title[]", "title%5b", "ti+tle", f"title%00{LONG}"),
    "excerpt": ("excerpt[]", "excerpt%00"),
    "blog_name": ("blog+name", "blog.name", "blog%5bname", "blog%20name"),
    "charset": ("%63harset", "charset[]"),
    "tb": ("tb[]", "+tb", "%74b", "tb%00x", "tb%5B0%5D", "t.b", "tb%5b", f"tb[{LONG}]", f"tb%00{LONG}"),
}
TEXTS = (
    *(
        "A plain title",
        "Ünïcödé — 冬の庭",
        "Bread & butter <b>bold</b>",
        "1 < 2 and 3 > 2",
        "a <!-- hidden --> b",
    ),
    *("&amp; &#8230; &lt;b&gt;", "x" * 300, "word " * 90, "<script>alert(1)</script>Seen", "a<br/>b", "<b"),
    *(
        "<a href='http://spam.example/'>buy</a> now",
        "a\r\nb\tc  d",
        "quote \" ' \\ back",
        "0",
        " ",
        "",
        "é" * 251,
    ),
    *(
        "&hellip" + "y" * 245,
        "\u202eright to left",
        "<a title='>'>x</a>y",
        "<?php echo 1 ?>z",
        "Signs + and % %41",
    ),
)
CHARSETS = (
    *(
        "UTF-8",
        "utf-8",
        "iso-8859-1",
        "ISO-8859-15",
        "windows-1252",
        "Windows-1251",
        "koi8-r",
        "EUC-JP",
        "SJIS",
    ),
    *(
        "UTF-16",
        "UTF-16LE",
        "UCS-2",
        "big5",
        "gb18030",
        "euc-kr",
        "JIS",
        "US-ASCII",
        "BASE64",
        "HTML-ENTITIES",
    ),
    *(
        "quoted-printable",
        "UTF-7",
        "utf7-imap",
        "no-such",
        "auto",
        "pass",
        "UTF-8, ISO-8859-1",
        " utf-8 ",
        "7bit",
    ),
)
FORM = "application/x-www-form-urlencoded"
TYPES = (
    f"{FORM}; charset=UTF-8",
    FORM.upper(),
    f" {FORM}",
    f"{FORM},x",
    "text/plain",
    "",
    "application/json",
)
BOUNDARIES = ("b", "----WebKitFormBoundaryX", "'q'", "a b", "b+c", "x" * 70)
DISPOSITION = 'Content-Disposition: form-data; name="{}"'
DISPOSITIONS = (  # '|' stands for a line's end
    "Content-Disposition: form-data; name={}",
    "Content-Disposition: form-data; name='{}'",
    'content-disposition: form-data; NAME="{}"',
    'Content-Disposition: form-data;|  name="{}"',
    'Content-Disposition: form-data; name="{}"; filename="f"',
    'Content-Disposition: form-data; name="{}"; filename=""',
    'Content-Disposition: form-data; name="x"; name="{}"',
    'Content-Type: text/plain|Content-Disposition: form-data; name="{}"',
    'Content-Disposition: form-data; name="x"|Content-Disposition: form-data; name="{}"',
    'Content-Disposition: attachment; name="{}"',
    'Content-Disposition: name="{}"',
    'Content-Disposition:form-data;name="{}"',
    'Content-Disposition: form-data; name = "{}"',
    'X: y|Content-Disposition: form-data; name=" {}"|Content-Transfer-Encoding: base64',
    'Content-Disposition : form-data; name="{}"',
    'Content-Disposition: form-data; name="{}"; filename*="f"',
    'Content-Disposition: form-data; name="{}"; filename="f"; filename*="f"',
    'Content-Disposition: form-data; na|me="{}"',
    'Content-Disposition: form-data; name="|{}"',
    'Content-Disposition: form-data; name="\0junk|{}"',
    'Content-Disposition: form-data; name="{}\0"; filename="f"',
    f'X: {LONG}{LONG[:120]}Content-Disposition: form-data; name="{{}}"',
    'Content-Disposition: form-data; name="{}"|X: \0|Y: z',
)


@st.composite
def trackbacks(draw: st.DrawFn, site: Site) -> Shape:
    """Draw a form at an address that takes trackbacks, more or less."""
    post = draw(st.sampled_from(site.posts()))
    target, more = draw(_paths(post) | _paths(post) | _variables(site, post))
    fields = [*draw(_fields(site)), *more]
    if rarely(draw, 3):
        fields = draw(st.permutations(fields))
    if rarely(draw, 4):
        content_type, body = draw(_multiparts(fields))
    else:
        content_type = draw(mostly(FORM, TYPES, 8))
        body = b"&".join(f"{name}={quote_plus(value)}".encode() for name, value in fields)
    headers = (("Content-Type", content_type),) if content_type else ()
    method = draw(mostly("POST", ("GET", "PUT", "post", "POSTX"), 16))
    return Shape(kind="trackback", method=method, target=target, headers=headers, body=body)


@st.composite
def _paths(draw: st.DrawFn, post: BlogPost) -> tuple[str, Fields]:
    """Draw an address that says by its path that it takes trackbacks."""
    path, number = post.path.split("?")[0].rstrip("/"), post.id
    odd = (
        *(f"{path}/trackback", f"{path}//trackback//", f"{path}/%74rackback/", f"{path}/x/../trackback/"),
        *(
            f"/index.php{path}/trackback/",
            f"{path}/trackback/%0a",
            f"{path}%2ftrackback",
            f"{path}/Trackback/",
        ),
        *(
            f"{path}/trackback/?x=1",
            f"/.{path}/trackback/",
            f"{path}/trackback/1",
            f"{path}/trackback?x=/{number}",
        ),
        *(f"/wp-trackback.php/{number}", f"//wp-trackback.php/{number}", f"/wp-trackback.php/x/{number}"),
        *(
            f"/wp-trackback.php{path}/",
            f"/wp-trackback.php{path}/{number}",
            f"/wp-trackback.php/{number}.5",
            "/wp-trackback.php/1e1",
            f"/wp-trackback.php/.{number}e1",
            f"/wp-trackback.php/+{number}",
            f"/wp-trackback.php/0{number}%20",
            f"/wp-trackback.php#/{number}",
        ),
        *(
            f"/wp-trackback.php/{number}?p={number}",
            f"/wp-trackback.php?/{number}",
            f"/wp%2dtrackback.php/{number}",
        ),
        *(
            f"/wp-activate.php{path}/trackback/",
            f"/wp-blog-header.php{path}/trackback/",
            f"/index.php{path}/trackback/%3fx",
            f"/index.php{path}/trackback%3f",
            f"/wp-signup.php{path}/trackback/%3f/{number}",
            f"{path}/trackback/%23x",
            f"{path}/trackback/#x",
            f"{path}/%2574rackback/",
            f"/index.php{path}/%2574rackback/",
            f"{path};x/trackback/",
            f"{path}/trackback;x/",
            f"{path}/embed/trackback/",
            f"{path}/feed/trackback/",
            f"/WP-TRACKBACK.PHP/{number}",
            f"http://127.0.0.1{path}/trackback/",
            f"/nothing/trackback?/{number}",
        ),
    )
    return draw(mostly(f"{path}/trackback/", odd, 2)), []


@st.composite
def _variables(draw: st.DrawFn, site: Site, post: BlogPost) -> tuple[str, Fields]:
    """Draw an address with variables in the query, in the form, or in both."""
    path, number = post.path.split("?")[0].rstrip("/"), str(post.id)
    tb = draw(mostly("tb", NAMES["tb"], 3))
    by = draw(mostly("p", ("page_id", "attachment_id", "name", "pagename", "%70", "p%00"), 3))
    value = quote(post.slug) if by in ("name", "pagename") else number
    in_form: Fields = [(tb, b"1"), (by, value.encode())]
    addresses: tuple[tuple[str, Fields], ...] = (
        *(
            (f"/?{tb}=1&{by}={value}", []),
            (f"/?{by}={value}", in_form[:1]),
            ("/", in_form),
            (f"{path}/", in_form[:1]),
        ),
        *(
            (f"/wp-trackback.php?{by}={value}", []),
            ("/wp-trackback.php", in_form[1:]),
            (f"{path}/?{tb}=1", []),
        ),
        *((f"/index.php?{tb}=1&{by}={value}", []), (f"/?{tb}=0&p={number}", []), (f"/?{tb}=&p={number}", [])),
        *((f"/wp-trackback.php?tb_id=1&p={number}", []), (f"/wp-signup.php?{tb}=1&p={number}", [])),
        *(
            (f"/nothing/{number}?{tb}=1", []),
            (f"/2024/{number}/?{tb}=1", []),
            (f"{path}/?p={number}", in_form[:1]),
        ),
        *((f"/wp-login.php?{tb}=1&p={number}", []), (f"/wp-admin/admin-ajax.php?{tb}=1&p={number}", [])),
        *(
            (f"/wp-comments-post.php?{tb}=1&p={number}", []),
            (f"/wp-admin/async-upload.php?{by}={value}", in_form),
        ),
        *(
            (f"/wp-admin/nothing.php?p={number}", in_form[:1]),
            (f"/nothing/wp-admin/admin-ajax.php?p={number}", in_form),
        ),
        *(
            (f"/feed/?{tb}=1&p={number}", []),
            (f"/wp-json/?{tb}=1&p={number}", []),
            (f"/wp-json/x?p={number}", in_form),
        ),
        *((f"/xmlrpc.php?{tb}=1&p={number}", []), (f"/nothing/xmlrpc.php?p={number}", in_form)),
        *(
            (f"{path}/embed/?{tb}=1", []),
            (f"{path}/comment-page-1/?{tb}=1", []),
            (f"{path}/feed/?{tb}=1", []),
            (f"{path}/2/?{tb}=1", []),
        ),
        *(
            (f"/search/x/{number}?{tb}=1", []),
            (f"/author/admin/?{tb}=1&{by}={value}", []),
            (f"/category/baking/?x=/{number}", in_form[:1]),
            (f"/2024/?{tb}=1&{by}={value}", []),
        ),
        *(
            (f"/page/2/?{tb}=1&{by}={value}", []),
            (f"/?s=x&{tb}=1&{by}={value}", []),
            (f"/?feed=rss2&{tb}=1&{by}={value}", []),
            (f"/?{tb}=1&p={number}&page=2", []),
        ),
        *(
            (f"/?x=1;{tb}=1&{by}={value}", []),
            (f"/?{by}={value}#&{tb}=1", []),
            (f"/#?{tb}=1&{by}={value}", []),
            (f"/wp-blog-header.php?{by}={value}", in_form[:1]),
        ),
        *(
            (f"/?{tb}=1&post_type=any&name={quote(post.slug)}", []),
            (f"/?{tb}=1&p%00{LONG}={number}", []),
            (f"/?{tb}=1&subpost_id={number}", []),
            (f"/?{tb}=1&{by}={value}&rest_route=/", []),
        ),
    )
    return draw(st.sampled_from(addresses))


@st.composite
def _fields(draw: st.DrawFn, site: Site) -> Fields:
    charset = draw(mostly("", CHARSETS, 3))
    source = site.new_source() + draw(mostly("", ("?a=1&b=2", " ", "<b>", "'\"", "ü", "\t", "#x")))
    number = source.split("/")[4]
    values = {"url": source.encode()}
    for name in ("title", "excerpt", "blog_name"):
        text = draw(st.sampled_from(TEXTS))
        values[name] = _encoded(text if text.strip() in ("", "0") else f"{number} {text}", charset)
    if charset:
        values["charset"] = charset.encode()
    for name in draw(st.lists(st.sampled_from(("excerpt", "blog_name")), max_size=2)):
        values.pop(name, None)
    fields = [(draw(mostly(name, NAMES[name], 5)), value) for name, value in values.items()]
    if rarely(draw):
        fields.append((draw(st.sampled_from(("url", "title"))), b"http://other.example/"))
    return fields


def _encoded(text: str, charset: str) -> bytes:
    if charset == "BASE64":
        return base64.b64encode(text.encode())
    try:
        return text.encode(charset.strip() or "utf-8", "replace")
    except LookupError:
        return text.encode()


@st.composite
def _multiparts(draw: st.DrawFn, fields: Fields) -> tuple[str, bytes]:
    """Draw a multipart form, written as browsers do or as nobody should."""
    boundary = draw(st.sampled_from(BOUNDARIES))
    shown = draw(
        mostly(
            boundary,
            (
                *(f'"{boundary}"', f"{boundary}; charset=utf-8", f"{boundary},x", f"x; boundary={boundary}"),
                *(f" {boundary}", f"{boundary} ", f"{boundary}; Boundary=x", f"{boundary}; xboundary=y"),
            ),
        )
    )
    end = draw(mostly("\r\n", ("\n",)))
    wild = rarely(draw, 3)
    parts = [draw(_parts(f"--{boundary}", end, wild, field)) for field in fields]
    closing = draw(mostly(f"--{boundary}--{end}", (f"--{boundary}--", "", f"--{boundary}{end}")))
    prefix = draw(st.sampled_from(("", "", "preamble" + end, end))) if wild else ""
    if wild and rarely(draw, 4):
        parts.insert(draw(st.integers(0, len(parts))), f"--{boundary}--{end}".encode())
    kind = draw(mostly("multipart/form-data", ("Multipart/Form-Data", "multipart/mixed")))
    before = draw(mostly("", ("boundaryx=y; ", "BOUNDARY=y; ", "x=y;"))) if wild else ""
    return f"{kind}; {before}boundary={shown}", prefix.encode() + b"".join(parts) + closing.encode()


@st.composite
def _parts(draw: st.DrawFn, delimiter: str, end: str, wild: bool, field: tuple[str, bytes]) -> bytes:
    name, value = unquote_plus(field[0]), field[1]
    headers = draw(mostly(DISPOSITION, DISPOSITIONS, 2)) if wild else DISPOSITION
    begun = draw(mostly(end, ("\n", f"x{end}{delimiter}{end}", f" {end}{delimiter}\n"))) if wild else end
    ended = draw(mostly(end, ("\n",))) if wild else end
    head = f"{delimiter}{begun}{headers.format(name).replace('|', end)}{end}{end}"
    return head.encode() + value + ended.encode()
