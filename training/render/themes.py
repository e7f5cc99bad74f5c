"""Themes of blogs' software, made: the same parts in different markup. Spammers use the same themes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What stands in a page, as markup."""

    title: str
    name: str
    article: str
    beside: str
    after: str = ""


Theme = Callable[[Parts], str]


def modern(page: Parts) -> str:
    """Mark up as WordPress has since about 2011."""
    return (
        f'<!DOCTYPE html><html lang="en"><head><title>{page.title} | {page.name}</title></head><body class="single"><header><h1>{page.name}</h1>'
        f'<nav><a href="/">Home</a> <a href="/about">About</a></nav></header><main><article class="post"><h2 class="entry-title">{page.title}</h2><div class="entry-content">{page.article}</div></article>{page.after}</main>'
        f'<aside class="sidebar">{page.beside}</aside><footer>Powered by <a href="https://wordpress.org/">WordPress</a></footer></body></html>'
    )


def kubrick(page: Parts) -> str:
    """Mark up as WordPress did in 2006."""
    return (
        f"<html><head><title>{page.name} &raquo; Blog Archive &raquo; {page.title}</title></head><body><div id=page><div id=header><a href='/'>{page.name}</a></div>"
        f"<div id=content class=narrowcolumn><div class=post><h2>{page.title}</h2><div class=entry>{page.article}</div></div>{page.after}</div><div id=sidebar>{page.beside}</div></div></body></html>"
    )


def microformats(page: Parts) -> str:
    """Mark up as the IndieWeb does."""
    return f"<!doctype html><html><head><title>{page.title}</title></head><body><main class=h-entry><h1 class=p-name>{page.title}</h1><div class=e-content>{page.article}</div><p class=p-author>{page.name}</p>{page.after}</main><footer>{page.beside}</footer></body></html>"


def blogger(page: Parts) -> str:
    """Mark up as Blogger does."""
    return (
        f'<html><head><title>{page.name}: {page.title}</title></head><body><div class="header section"><h1>{page.name}</h1></div><div class="main section"><div class="date-outer"><div class="post hentry"><h3 class="post-title entry-title">{page.title}</h3>'
        f'<div class="post-body entry-content">{page.article}</div></div></div>{page.after}</div><div class="sidebar section"><div class="widget">{page.beside}</div></div></body></html>'
    )


def movable_type(page: Parts) -> str:
    """Mark up as Movable Type and TypePad did."""
    return (
        f'<html><head><title>{page.name}: {page.title}</title></head><body><div id="container"><div id="banner"><h1><a href="/">{page.name}</a></h1></div><div id="center"><div class="content"><h2>{page.title}</h2>'
        f'<div class="entry-body">{page.article}</div>{page.after}</div></div><div id="right"><div class="sidebar">{page.beside}</div></div></div></body></html>'
    )


def static(page: Parts) -> str:
    """Mark up as Jekyll and Octopress do."""
    return (
        f'<!doctype html><html><head><title>{page.title} - {page.name}</title></head><body><header role="banner"><h1><a href="/">{page.name}</a></h1></header><div id="main"><div id="content"><article class="hentry"><h1 class="entry-title">{page.title}</h1>'
        f'<div class="entry-content">{page.article}</div></article>{page.after}</div><aside class="sidebar">{page.beside}</aside></div><footer role="contentinfo"><p>Copyright</p></footer></body></html>'
    )


def bare(page: Parts) -> str:
    """Mark up by hand, with tables."""
    return f'<html><head><title>{page.title}</title></head><body><table><tr><td width="70%"><h1>{page.title}</h1>{page.article}{page.after}</td><td>{page.beside}</td></tr></table></body></html>'


THEMES: tuple[Theme, ...] = (modern, modern, kubrick, microformats, blogger, movable_type, static, bare)
