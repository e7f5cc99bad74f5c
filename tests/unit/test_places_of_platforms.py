"""Where a link stands in the templates of blog software, forums and hosts, old and new.

A row is the way from the page's body to the link as the template writes it, outermost first; the page
has another, long text beside it.
"""

# ruff: noqa: E501 - a row is a line

from __future__ import annotations

import re

import pytest

from proxy.examine import examine
from proxy.linkback import Place

LINK = '<a href="http://blog.example/post">the post</a>'
ELSEWHERE = "<div><h2>A title</h2><p>" + "Some words of the text that the page is about. " * 60 + "</p></div>"

MAIN = """
Ghost: article.gh-article.post > section.gh-content.gh-canvas > p
Ghost, Casper 2: article.post-full.post > section.post-full-content > div.post-content > p
Hugo: main > article.post-single > div.post-content > p
Hugo, Ananke: main.pb7 > article.flex-l > div.nested-copy-line-height.lh-copy > p
Jekyll, Minima: main.page-content > div.wrapper > article.post.h-entry > div.post-content.e-content > p
Octopress: div#main > div#content > article.hentry > div.entry-content > p
Hexo: div.content-inner > article.post-block > div.post-body > p
Pelican: section#content.body > article > div.entry-content > p
Astro: main > article > div.prose > div.markdown > p
Eleventy: main.tmpl-post > p
Bear: body.post > main > p
micro.blog: div.post-content.e-content > p
Movable Type 2: div#content > div.blog > div.blogbody > p
Movable Type 4: div.asset-content.entry-content > div.asset-body > p
TypePad: div#alpha-inner.pkg > div.entry > div.entry-content > div.entry-body > p
Blogger, old: div#main > div#main2 > div.Post > div.post-body > div
Blogger, new: div.post-outer > div.post.hentry > div.post-body.entry-content.float-container
Blogger, widget of posts: div#main.main.section > div#Blog1.widget.Blog > div.blog-posts.hfeed > div.post-body > p
LiveJournal, old: table > tr > td.caption > div.entry_text
LiveJournal, new: article.b-singlepost > div.b-singlepost-wrapper > article.b-singlepost-body.entry-content
LiveJournal, newest: div.aentry-post > div.aentry-post__content > div.aentry-post__text.aentry-post__text--view
Serendipity: div.serendipity_entry > div.serendipity_entry_body > p
Textpattern: main > article.h-entry > div.articleBody.e-content > p
DotClear: div#content > div#p12.post > div.post-content > p
Drupal 5: div#main > div.node > div.content > p
Drupal 7: article.node.node-blog > div.content > div.field.field-name-body > div.field-items > div.field-item.even > p
Drupal 8: article.node--view-mode-full > div.node__content > div.text-formatted.field--name-body > p
Joomla 1: table.blog > tr > td > table.contentpaneopen > tr > td > p
Joomla 3: div.item-page > div.articleBody > p
Joomla, K2: div.itemView > div.itemBody > div.itemFullText > p
Tumblr: div#content > article.post.text > div.copy > p
Tumblr, caption: div.post.photo > div.caption > p
Medium: article.postArticle > div.postArticle-content > section.section--body > div.section-content > p
Medium, new: article > div.meteredContent > section > div > p.pw-post-body-paragraph
Squarespace: article.hentry > div.body.entry-content > div.sqs-layout > div.sqs-block.html-block > div.sqs-block-content > p
Wix: article.blog-post-page-font > div.post-content__body > div.rich-content-viewer > p
Substack: div.single-post > article.newsletter-post.post > div.available-content > div.body.markup > p
Weebly: div.blog-post > div.blog-content > div.paragraph
Plone: div#content > div#content-core > div#parent-fieldname-text > p
phpBB 2: table.forumline > tr > td.row1 > span.postbody
phpBB 3: div#p12.post.bg1 > div.inner > div.postbody > div.content
vBulletin: table#post12.tborder > tr > td#td_post_12.alt1 > div#post_message_12
Discourse: div.topic-body > div.regular.contents > div.cooked > p
MediaWiki: div#content.mw-body > div#bodyContent > div#mw-content-text > div.mw-parser-output > p
DokuWiki: div.dokuwiki > div.page > div.level2 > p
AMP: article.amp-wp-article > div.amp-wp-article-content > p
Hatena: article.entry.hentry > div.entry-inner > div.entry-content.hatenablog-entry > p
Hatena diary: div.hatena-body > div.main > div.day > div.body > div.section > p
FC2: div#main_contents > div.content.entry > div.entry_body > div.entry_text
Ameblo: article.skin-entry > div.skin-entryInner > div.skin-entryBody > div#entryBody.articleText
livedoor: div.article-outer.hentry > div.article-inner > div.article-body.entry-content > div.article-body-inner
Sina: div#articlebody.artical > div#sina_keyword_ad_area2.articalContent.newfont_family > p
Cnblogs: div#mainContent > div.forFlow > div#post_detail > div.post > div.postBody > div#cnblogs_post_body.blogpost-body > p
CSDN: main > div.blog-content-box > article.baidu_pl > div#article_content.article_content > div#content_views.htmledit_views > p
Naver: div#post_1 > div.se-viewer > div.se-main-container > div.se-component.se-text > p
Tistory: div.area_view > div.tt_article_useless_p_margin.contents_style > p
Discuz: div#post_12 > table > tr > td.plc > div.pcb > div.t_fsz > table > tr > td#postmessage_12.t_f
WordPress, Kubrick: div#page > div#content.narrowcolumn > div#post-12.post > div.entry > p
WordPress, Twenty Ten: div#main > div#container > div#content > div#post-12.post-12.category-menu.tag-footer > div.entry-content > p
WordPress, blocks: main.wp-block-group > div.entry-content.wp-block-post-content > figure.wp-block-image > figcaption
WordPress, a link post's heading: article.post-12.format-link > header.entry-header > h1.entry-title
Divi: div.et_pb_module.et_pb_post_content > p
Elementor: div.elementor-widget.elementor-widget-text-editor > div.elementor-widget-container > p
footnotes: article > div.entry-content > div.footnotes > ol > li#fn-1 > p
footnotes of Jekyll: div.post-content > section.footnotes > ol > li > p
a caption: article > div.post-content > figure.wp-caption.alignright > figcaption.wp-caption-text
a table of the text: div.entry-content > table > tbody > tr > td
a quote: article > blockquote.twitter-tweet > p
CSS modules: main > div.ArticleLegacyHtml_root__oTAAd > section.Body_root__nZ4AR > div > p
styled components: div#root > div.sc-bdVaJa.cx1ohrUAq6ARaXTX2u8YN > div.sc-navAdx > p
tailwind: div#app > div.flex.flex-col.bottom-0.md:bottom-4 > div.mb-bottom.max-w-prose > p
a frame's page of 1999: center > table > tr > td > font > p > font > b
"""
BOILERPLATE = """
Ghost, read next: aside.read-more-wrap > div.read-more.inner > article.post-card.post > h2.post-card-title
Ghost, footer: footer.gh-foot > nav.gh-foot-menu > ul.nav > li
Hugo, PaperMod: footer.post-footer > nav.paginav
Jekyll, Minimal Mistakes: div.page__related > div.grid__wrapper > div.grid__item > article.archive__item > h2.archive__item-title
Jekyll, Minimal Mistakes, meta: footer.page__meta > p.page__taxonomy
Octopress, recent posts: aside.sidebar > section > ul#recent_posts > li.post
Hexo, NexT: div.post-nav > div.post-nav-item
Movable Type 2: div#links > div.side
Movable Type 4: div#beta > div#beta-inner > div.module-categories.module > div.module-content > ul.module-list > li.module-list-item
Movable Type 2, posted by: div#content > div.blog > div.posted
TypePad, footer of the entry: div.entry > div.entry-footer > p.entry-footer-info > span.post-footers
Blogger, old: div#sidebar > div#sidebar2 > ul.archive-list > li
Blogger, labels: div.post.hentry > div.post-footer > div.post-footer-line.post-footer-line-2 > span.post-labels
Blogger, links: div#sidebar-right-1.sidebar.section > div#LinkList1.widget.LinkList > div.widget-content > ul > li
LiveJournal, tags: div.entry_text > div.ljtags
Serendipity: div#serendipityRightSideBar > div.serendipitySideBarItem > div.serendipitySideBarContent
Serendipity, footer: div.serendipity_entry > div.serendipity_entryFooter
Textpattern: aside#navigation > ul.section_list
DotClear: div#sidebar > div#blogextra > div.links > ul > li
DotClear, tags: div.post > ul.post-tags > li
Drupal 5, links: div.node > div.links > ul.links.inline > li
Drupal 5, block: div#sidebar-left > div#block-menu-2.block.block-menu > div.content > ul.menu > li.leaf
Drupal 7, submitted: article.node > footer.submitted > span
Joomla 1, module: td#leftcolumn > div.moduletable_menu > ul.mainlevel > li
Joomla 3, tags: div.item-page > ul.tags.inline > li
Joomla 3, info: div.item-page > dl.article-info > dd.createdby
Tumblr, pages: div#sidebar > ul.pages > li
Squarespace: footer#siteFooter > div.sqs-layout > div.sqs-block-content > p
Squarespace, pagination: section.BlogItem-pagination > nav.BlogItem-pagination-link
Substack, more: div.portable-archive > div.post-preview.portable-archive-post.pagination > h3
Plone: div#portal-column-one > div.portletWrapper > dl.portlet.portletRecent > dd.portletItem
phpBB 3: div#page-footer.page-footer > div.navbar > div.inner > ul#nav-footer.nav-footer.linklist > li
vBulletin, navigation: div#breadcrumb.breadcrumb > ul.floatcontainer > li.navbit
MediaWiki, tools: div#mw-panel > div#p-tb.portal > div.body > ul > li
MediaWiki, categories: div#catlinks.catlinks > div#mw-normal-catlinks > ul > li
AMP: amp-sidebar#sidebar > ul > li
AMP, related: div.amp-wp-content.relatedpost > div.related_posts > ol.clearfix > li
Hatena: aside#box1 > div#box2-inner > div.hatena-module.hatena-module-links > div.hatena-module-body > ul > li
FC2: div#sub_contents > div.plugin_left > ul.side_menu > li
FC2, related: div.content.entry > ul.relation_entry.related > li
Ameblo: div.skin-contentsArea3 > div.subB > div.skin-widgetBookmark.skinWidget > ul > li
Sina: div#column_1.SG_colW21 > div.SG_conn.recentread > ul > li
Cnblogs: div#sideBar > div#sideBarMain > div.catListLink > ul > li
Cnblogs, previous: div.post > div#post_next_prev
CSDN: div.recommend-box.insert-baidu-box > div.recommend-item-box > h4
Naver: div#blog-menu > div.menu1 > ul > li
Tistory, related: div.area_related > ul.list_related > li
Tistory, category: div.another_category.another_category_color_gray > h4
Korean navigation: div#wrap > div#gnb.gnb_area > ul > li
Chinese friend links: div.youlian > ul.clearfix > li
Chinese, guess what you like: div.tuijian_list > ul > li
Chinese, breadcrumbs: div.mianbaoxie > span
WordPress, Kubrick: div#sidebar > ul > li#linkcat-2.linkcat > ul.xoxo.blogroll > li
WordPress, Kubrick, meta: div.post > p.postmetadata.alt
WordPress, Jetpack: div.entry-content > div#jp-relatedposts.jp-relatedposts > div.jp-relatedposts-items > p.jp-relatedposts-post > span
WordPress, YARPP: div.entry-content > div.yarpp-related > ol > li
WordPress, author box: article.post-12 > section.author-box > div.author-box-content > p
WordPress, tags: article.post-12 > footer.entry-footer > span.tags-links
WordPress, next post: nav.navigation.post-navigation > div.nav-links > div.nav-previous
Newspaper theme: article.post-12 > div.td_block_wrap.td_block_related_posts > div.td_module_related_posts > div.item-details > h3.entry-title
Newspaper theme, category: article.post-12 > ul.td-category > li.entry-category
a share bar: article.post > div.post-content > div.addtoany_share_save_container > div.a2a_kit
a share bar in German: article.post > div.shariff > ul.orientation-horizontal > li.shariff-button
a share bar in Spanish: div.noticia > div.compartir
a tag cloud: div.tag-cloud
recent comments: div#main > ul#recentcomments > li.recentcomments
a blogroll in the main part: main > div.entry-content > ul.blogroll > li
related posts in the main part: main > article > div.entry-content > div.you-may-also-like > ul > li
most read: main > div.most-read > ol > li > article.card > h3
a byline: article > div.article-byline > span.author.vcard
a column of 1999 by its side: div#frame > div#left > p
an old table: table > tr > td.leftnav > font > b
in Polish: div.stopka > p
in French: div.piedpage.pied > p
in Dutch: div.zijbalk > p
in Turkish: div.yan.benzer-haberler > p
in Hungarian: div.oldalsav > p
"""
COMMENT = """
Ghost: section.gh-comments > div.comment-list > div.comment > p
WordPress: ol.commentlist > li#comment-12.comment.even > div#div-comment-12.comment-body > p
WordPress, pingbacks: ol#pings > li.pingback
Movable Type: div#comments.comments > div.comments-content > div.comment > div.comment-content > p
TypePad: div.comments-content > div#comment-12.comment > div.comment-body > p
Blogger, old: div#comments > dl#comments-block > dd.comment-body > p
Blogger, new: div#comment-holder > div.comment-thread > ol > li.comment > div.comment-block > p.comment-content
LiveJournal, old: div#ljcmt12.ljcmt_full > div
LiveJournal, new: div.b-tree.b-tree-root > div.b-leaf > div.b-leaf-article
Serendipity: div.serendipity_comments > div#c12.serendipity_comment > div.serendipity_commentBody
Textpattern: section.comments > ol.comments_list > li.comment > p
DotClear: div#comments > dl > dd.comment-content > p
Drupal: div#comments > div.comment.comment-published > div.content > p
Joomla, JComments: div#jc > div#comments-list.comments-list > div.comment-body
Joomla, Komento: ul.kmt-list > li#kmt-12 > div.kmt-body
Plone: div.documentDiscussion > div.comment > div.commentBody > p
Squarespace: div.squarespace-comments > div.comment-list > div.comment-body > p
Weebly: div#commentArea > div.blogCommentWrap > div.blogCommentText > p
Hatena: div.comment-box > ul.comment > li.entry-comment > div.comment-content > p
FC2: div#comment_area > div.comment_body > p
Ameblo: div#commentArea > ul.commentList > li.commentItem > p.commentBody
Sina: div#comments.SG_revert > ul#article_comment_list > li.SG_revert_Cont > p
Cnblogs: div#blog-comments-placeholder > div.feedbackItem > div.feedbackCon > div.blog_comment_body > p
CSDN: div.comment-box > div.comment-list-box > ul.comment-list > li.comment-line-box > span.new-comment
Tistory: div.area_reply > ol.tt_comment_list > li > p
Disqus: div#disqus_thread > ul > li > p
Isso: div#isso-thread > div.isso-comment > div.isso-text > p
Valine: div#valine.v > div.vlist > div.vcontent > p
Twikoo: div#twikoo > div.tk-comments > div.tk-content > p
webmentions: div.webmentions > ol > li.h-cite > p.e-content
microformats: li.u-comment.h-cite > div.e-content > p
in German: div#kommentare > div.kommentar-text > p
in Swedish: div#kommentarer > div.kommentar > p
in Polish: div.komentarze > div.komentarz > p
in Spanish: div#comentarios > div.comentario > p
in Chinese: div.pinglun_list > div.neirong > p
"""


def rows(text: str) -> list[str]:
    """List the rows of a table."""
    return text.strip().splitlines()


def markup(way: str) -> str:
    """Write the elements of a way from the body to the link, the link within the last."""
    opened, closed = "", ""
    for step in way.split(" > "):
        tag, *names = re.findall(r"[.#]?[^.#]+", step)
        ids = " ".join(name[1:] for name in names if name.startswith("#"))
        classes = " ".join(name[1:] for name in names if name.startswith("."))
        opened += f'<{tag} id="{ids}" class="{classes}">'
        closed = f"</{tag}>{closed}"
    return opened + LINK + closed


@pytest.mark.parametrize(
    ("row", "place"),
    [(row, Place.MAIN) for row in rows(MAIN)]
    + [(row, Place.BOILERPLATE) for row in rows(BOILERPLATE)]
    + [(row, Place.COMMENT) for row in rows(COMMENT)],
)
def test_place_in_a_template(row: str, place: Place) -> None:
    """A link stands in the text, around it, or in a comment, as the template's authors meant it."""
    body = f"<body>{markup(row.partition(': ')[2])}{ELSEWHERE}</body>"
    evidence = examine(
        body.encode(),
        content_type="text/html",
        source="http://source.example/",
        target="http://blog.example/post",
        with_text=False,
    )
    assert evidence.place is place
