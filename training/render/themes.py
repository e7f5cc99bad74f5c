"""Themes of blogs' software, made: the same parts in different markup. Spammers use the same themes.

A theme's parts are markup: the title, the blog's name, the article, and what stands beside and after it.
"""

# As WordPress has since about 2011.
MODERN = (
    '<!DOCTYPE html><html lang="en"><head><title>{title} | {name}</title></head><body class="single"><header><h1>{name}</h1>'
    '<nav><a href="/">Home</a> <a href="/about">About</a></nav></header><main><article class="post"><h2 class="entry-title">{title}</h2><div class="entry-content">{article}</div></article>{after}</main>'
    '<aside class="sidebar">{beside}</aside><footer>Powered by <a href="https://wordpress.org/">WordPress</a></footer></body></html>'
)
# As WordPress did in 2006.
KUBRICK = (
    "<html><head><title>{name} &raquo; Blog Archive &raquo; {title}</title></head><body><div id=page><div id=header><a href='/'>{name}</a></div>"
    "<div id=content class=narrowcolumn><div class=post><h2>{title}</h2><div class=entry>{article}</div></div>{after}</div><div id=sidebar>{beside}</div></div></body></html>"
)
# As the IndieWeb does.
MICROFORMATS = "<!doctype html><html><head><title>{title}</title></head><body><main class=h-entry><h1 class=p-name>{title}</h1><div class=e-content>{article}</div><p class=p-author>{name}</p>{after}</main><footer>{beside}</footer></body></html>"
# As Blogger does.
BLOGGER = (
    '<html><head><title>{name}: {title}</title></head><body><div class="header section"><h1>{name}</h1></div><div class="main section"><div class="date-outer"><div class="post hentry"><h3 class="post-title entry-title">{title}</h3>'
    '<div class="post-body entry-content">{article}</div></div></div>{after}</div><div class="sidebar section"><div class="widget">{beside}</div></div></body></html>'
)
# As Movable Type and TypePad did.
MOVABLE_TYPE = (
    '<html><head><title>{name}: {title}</title></head><body><div id="container"><div id="banner"><h1><a href="/">{name}</a></h1></div><div id="center"><div class="content"><h2>{title}</h2>'
    '<div class="entry-body">{article}</div>{after}</div></div><div id="right"><div class="sidebar">{beside}</div></div></div></body></html>'
)
# As Jekyll and Octopress do.
STATIC = (
    '<!doctype html><html><head><title>{title} - {name}</title></head><body><header role="banner"><h1><a href="/">{name}</a></h1></header><div id="main"><div id="content"><article class="hentry"><h1 class="entry-title">{title}</h1>'
    '<div class="entry-content">{article}</div></article>{after}</div><aside class="sidebar">{beside}</aside></div><footer role="contentinfo"><p>Copyright</p></footer></body></html>'
)
# By hand, with tables.
BARE = '<html><head><title>{title}</title></head><body><table><tr><td width="70%"><h1>{title}</h1>{article}{after}</td><td>{beside}</td></tr></table></body></html>'
THEMES = (MODERN, MODERN, KUBRICK, MICROFORMATS, BLOGGER, MOVABLE_TYPE, STATIC, BARE)
