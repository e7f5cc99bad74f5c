"""The wording of known spam campaigns and of blogs' software: templates that rows are made from.

Written from how such templates are known to look; each campaign is a group of its own, so that a
whole one can be left out of training and used for evaluation. No row of anybody's data is here.
"""

from __future__ import annotations

# Since about 2012, by one tool: '[...] PHRASE: TARGET [...]', title '... [Trackback]'.
TRACKBACK_TOOL = (
    "Read More", "Read More here", "Read More Infos here", "Read More Information here on that Topic",
    "Info on that Topic", "Info to that Topic", "Information on that Topic", "Information to that Topic",
    "Informations on that Topic", "Informations to that Topic", "Infos on that Topic", "Find More on that Topic",
    "Find More to that Topic", "Find More here", "Find More Info here to that Topic", "Find More Information here on that Topic",
    "More here", "More on that Topic", "More on on that Topic", "More on to that Topic", "More Info here on that Topic",
    "More Information here to that Topic", "More Infos here", "More Infos on that Topic", "Here you can find {n} more Information to that Topic",
    "Here you can find {n} additional Information on that Topic", "Here you will find {n} more Info to that Topic", "Here you will find {n} more Infos",
    "There you can find {n} more Information on that Topic", "There you can find {n} additional Info to that Topic",
    "There you will find {n} more Infos", "There you will find {n} additional Info to that Topic", "Read More on on that Topic",
    "Read More to that Topic", "Here you can find {n} more Info on that Topic", "There you can find {n} more Infos on that Topic",
)  # fmt: skip

# The same tools' grammar: each word of it was seen with many others.
TOOL_STARTS = ("Read", "Find", "See", "", "", "Here you can find", "Here you will find", "There you can find", "There you will find", "You can find", "Get", "Here is", "You will find")  # fmt: skip
TOOL_COUNTS = ("More", "more", "{n} more", "{n} more", "{n} additional", "{n}", "additional", "further")
TOOL_THINGS = ("Info", "Infos", "Information", "Informations", "info", "Details", "", "")
TOOL_ENDS = ("here", "here on that Topic", "here to that Topic", "on that Topic", "to that Topic", "on on that Topic", "on to that Topic", "to this Topic", "about that Topic", "")  # fmt: skip
TOOL_ELSEWHERE = (
    "Mehr Infos hier", "Mehr Informationen zu diesem Thema", "Weitere {n} Infos zum Thema", "Lire la suite", "Plus d'infos ici", "{n} autres informations sur ce sujet",
    "Leer más", "Más información sobre este tema", "Aquí encontrarás {n} informaciones más", "Leia mais", "Mais informações sobre este tema", "Altre informazioni qui", "Leggi di più",
    "Lees meer", "Meer informatie over dit onderwerp", "Więcej informacji na ten temat", "Czytaj więcej", "Подробнее", "Ещё {n} статей по теме", "更多信息", "这里有{n}条更多信息", "詳しくはこちら", "더 보기", "Daha fazla bilgi", "Läs mer här", "Selengkapnya",
)  # fmt: skip

# 2011 to 2018, by link exchange tools: a sentence about 'sites', with a keyword as title.
SITES_TOOL = (
    "Here are some of the sites we recommend for our visitors",
    "Here is a superb Blog You might Obtain Interesting that we Encourage You",
    "below you'll find the link to some sites that we think you should visit",
    "Although websites we backlink to below are considerably not related to ours, we feel they are actually worth a go through, so have a look",
    "Wonderful story, reckoned we could combine a few unrelated data, nevertheless really worth taking a look, whoa did one learn about Mid East has got more problerms as well",
    "Every once in a while we choose blogs that we read. Listed below are the latest sites that we choose",
    "The information mentioned in the article are some of the best available",
    "one of our visitors recently recommended the following website",
    "we came across a cool site that you might enjoy. Take a look if you want",
    "that is the end of this article. Here you'll find some sites that we think you'll appreciate, just click the links over",
    "please visit the sites we follow, including this one, as it represents our picks from the web",
    "usually posts some very interesting stuff like this. If you're new to this site",
    "Sites of interest we have a link to",
    "just beneath, are numerous totally not related sites to ours, however, they are surely worth going over",
    "always a big fan of linking to bloggers that I love but don't get a lot of link love from",
    "The time to read or visit the content or sites we have linked to below the",
    "check below, are some totally unrelated websites to ours, however, they are most trustworthy sources that we use",
    "we like to honor many other internet sites on the web, even if they aren't linked to us, by linking to them. Under are some webpages worth checking out",
    "Very few websites that happen to be detailed below, from our point of view are undoubtedly well worth checking out",
    "very couple of internet websites that take place to be in depth below, from our point of view are undoubtedly very well worth checking out",
    "the time to read or stop by the material or web pages we have linked to beneath the",
    "Here is a good Weblog You might Discover Exciting that we Encourage You",
    "we prefer to honor numerous other world wide web internet sites on the net, even though they aren't linked to us, by linking to them",
    "Recommeneded websites: Here you'll find some sites that we think you'll enjoy",
    "which are listed below are our picks from the web, take a look when you want",
    "Read was interesting, stay in touch",
    "This was a great read, thanks. See this too",
    "Check this out, a link worth the visit",
)  # fmt: skip

# Comment tools' praise, sent as the excerpt of a trackback since 2007.
PRAISE = (
    "I was very pleased to find this web-site. I wanted to thank you for your time for this wonderful read!! I definitely enjoying every little bit of it and I have you bookmarked to check out new stuff you blog post.",
    "When I originally commented I clicked the Notify me when new comments are added checkbox and now each time a comment is added I get four emails with the same comment.",
    "Hi there, You've done a great job. I will definitely digg it and personally suggest to my friends. I am confident they will be benefited from this site.",
    "I've been surfing online more than three hours today, yet I never found any interesting article like yours. It is pretty worth enough for me.",
    "Wow, wonderful blog layout! How long have you been blogging for? you make blogging look easy. The overall look of your website is great, as well as the content!",
    "Excellent goods from you, man. I have understand your stuff previous to and you are just extremely excellent.",
    "Heya i'm for the first time here. I came across this board and I find It truly useful & it helped me out much.",
    "I do believe all the ideas you have presented for your post. They're very convincing and will certainly work. Still, the posts are too brief for beginners.",
    "Hello! I just wanted to ask if you ever have any trouble with hackers? My last blog was hacked and I ended up losing months of hard work due to no backup.",
    "My brother recommended I might like this blog. He was entirely right. This post truly made my day.",
    "Thanks for sharing superb informations. Your site is so cool. I'm impressed by the details that you have on this website.",
    "Somebody essentially help to make seriously posts I would state. This is the first time I frequented your web page and thus far?",
    "Awesome site! I am loving it!! Will come back again. I am taking your feeds also",
    "I am really impressed with your writing skills and also with the layout on your blog. Is this a paid theme or did you customize it yourself?",
    "Great post. I was checking constantly this blog and I'm impressed! Very useful information specially the last part.",
    "Very nice article. I certainly appreciate this site. Keep it up!",
    "It's appropriate time to make some plans for the future and it's time to be happy. I have read this post and if I could I want to suggest you few interesting things.",
    "Your way of explaining everything in this post is genuinely good, all can simply be aware of it, thanks a lot.",
    "Good day! This is kind of off topic but I need some advice from an established blog. Is it tough to set up your own blog?",
    "Merci pour cet article, votre site est super, je reviendrai. Bonne continuation et visitez aussi mon site",
    "Danke für den tollen Beitrag! Ihre Seite ist wirklich sehr informativ, ich werde sie weiterempfehlen. Besuchen Sie auch meine Seite",
    "Gracias por la información, muy buen blog, sigue así. Te invito a visitar mi página para más ofertas",
    "Ótimo artigo, parabéns pelo blog! Visite também o meu site e confira as nossas ofertas",
    "Ottimo articolo, complimenti per il sito! Venite a visitare anche il mio per le migliori offerte",
    "Спасибо за интересную статью! Очень полезный сайт, заходите и к нам, лучшие цены и быстрая доставка",
    "很棒的文章，谢谢分享！欢迎访问我们的网站，优惠多多，价格便宜，正品保证",
    "素晴らしい記事をありがとうございます。激安通販、送料無料、正規品、ぜひご覧ください",
    "Artikel yang sangat bagus, terima kasih. Kunjungi juga situs kami untuk bonus terbesar dan terpercaya",
)  # fmt: skip

# The same in a few words.
SHORT_PRAISE = (
    "Great post, saw it on Digg", "Nice one, added to my favourites", "Awesome blog! Keep it coming", "Really good read, thanks for this",
    "I can't wait to read more of your blog", "Useful info, bookmarked", "Just what I was looking for, thanks", "Cool site, I will tell my friends",
    "Found this on Google and I'm glad I did", "You have a very nice blog here", "Thanks for the useful post", "Wow, this was really helpful",
    "Interesting point of view, I agree", "I'm not sure about this, but nice try", "Good points all around, truly appreciated", "my friend told me about this page",
    "Merci pour ce super article", "Toller Beitrag, weiter so", "Muy buen post, saludos", "Ótimo post, parabéns", "Bell'articolo, complimenti", "Отличный пост, спасибо",
    "写得不错，支持一下", "路过，顶一个", "勉強になりました", "좋은 글 잘 보고 갑니다", "Mooie site, ga zo door", "Świetny wpis, pozdrawiam", "Harika bir yazı, teşekkürler", "Artikel bagus, terima kasih gan",
    "This has been submitted to our directory", "This post was voted up by our readers", "Your article was featured on our page", "Somebody shared this link with our members",
    "Get 10,000 backlinks for only $5, check it out", "Want your site on the first page of Google? Contact us", "We loved your website so much that we linked to it",
)  # fmt: skip

# Autoblogs (splogs) around a piece of the scraped post.
AUTOBLOG = (
    "{blog} wrote an interesting post today on {title} Here's a quick excerpt {quote}",
    "{quote} Continued here: {title}",
    "{quote} Original post: {title} | {blog}",
    "{quote} See the original post here: {title}",
    "{quote} Read more here: {title} | {blog}",
    "Here is the original: {title} {quote}",
    "{quote} Visit link: {title}",
    "{quote} Excerpt from: {title} - {blog}",
    "[Source: {blog}] quoted: {quote}",
    "{blog} added an interesting post on {title}. Here's a small excerpt: {quote}",
    "{quote} Go here to see the original: {title}",
    "{quote} Read the rest of this great post here",
    "{quote} View post: {title} Related Posts: {kw}, {kw2}",
    "{kw} {quote} {kw2} {title}",
    "{title} {blog} {kw} {kw2} {kw3}",
    "Download: {title} {quote}",
)
SPLOG_NAMES = (
    "{Kw} News", "{Kw} Blog", "{Kw} Reviews", "Best {Kw}", "{Kw} Guide", "Breaking News Today", "View Live News", "Daily News Magazine",
    "All in one for social", "Most Popular Videos", "{Kw} Directory", "Latest {Kw}", "{Kw} Tips", "My Blog", "Blog", "Online {Kw}", "Free {Kw}", "{Kw} Info", "{Kw} Articles",
    "World Media Information", "Trending Stories", "Viral Posts", "{Kw} Hub", "Top {Kw} Deals", "Article Directory", "{Kw} 24", "Money {Kw}",
)  # fmt: skip
# What a seller's page is called, where it is more than the keyword.
PITCHES = (
    "Come see these amazing {kw}", "Check out these great {kw}", "The best {kw} online", "Learn everything about {kw}", "{kw}: reviews, tips and prices", "How to choose {kw}",
    "Your free guide to {kw}", "{kw} - order now", "Top 10 {kw} of the year", "{kw} | {other}", "Looking for {kw}?", "Get {kw} fast!", "{kw}, {other} and more", "Why {kw} work",
    "Die besten {kw}", "{kw} günstig online", "Tout sur {kw}", "Los mejores {kw}", "Tudo sobre {kw}", "Tutto su {kw}", "Все про {kw}", "Лучшие {kw} онлайн", "{kw} hakkında her şey",
    "Semua tentang {kw}", "最好的{kw}", "{kw}专业网站", "Alles over {kw}", "Allt om {kw}", "Wszystko o {kw}", "Tất cả về {kw}", "{kw}のすべて",
)  # fmt: skip
TRACKBACK_TITLES = ("... [Trackback]", "… [Trackback]", "[Trackback]", "...[Trackback]", "… [Trackback]", "… [Pingback]", "Trackback", "... [TrackBack]")  # fmt: skip
PLAIN_NAMES = ("My Homepage", "useful resource", "Homepage", "More hints", "Read More Here", "visit this site", "click here", "Website", "here", "Trackback", "Recommended Reading", "Great website", "Titel", "Sites we Like", "Links", "Related Homepage", "Additional Info", "Check this out", "Visitor recommendations", "Websites worth visiting", "Title", "Home", "Null", "Recommended Websites", "Dreary Day", "Online Article", "Tumblr article", "Blogs you should be reading", "The absent game", "News info", "Awesome website", "Great information", "Gems form the internet", "You should check this out", "Digg this")  # fmt: skip
TOPICS = (
    "Keep up the great job!",
    "Awesome blog",
    "Related posts",
    "I like this",
    "Very nice",
    "Cool sites",
    "Some interesting links",
    "Superb website",
)

# How people introduce a link to somebody's post.
MENTIONS = {
    "en": ("{blog} has a post about this: {title}.", "I just read {title} over at {blog}.", "(via {blog})", "See also {title}.", "As {blog} wrote in {title}, this matters.", "{title} is worth reading.", "More on this at {blog}.", "I followed the instructions in {title} and it worked.", "This is a reply to {title}.", "Thanks to {blog} for the pointer.", "Update: {blog} explains it in {title}", "Related: {title}", "In a previous post, {title}, I described this.", "{address}"),
    "fr": ("J'ai lu {title} sur {blog}.", "(via {blog})", "Voir aussi : {title}", "Comme l'écrit {blog} dans {title}.", "Lire : {title}"),
    "de": ("Bei {blog} gibt es dazu einen Artikel: {title}.", "(via {blog})", "Siehe auch {title}.", "Wie {blog} schreibt: {title}"),
    "es": ("En {blog} lo explican: {title}.", "Vía {blog}", "Ver también {title}.", "He leído {title} en {blog}."),
    "pt": ("Li em {blog}: {title}.", "Via {blog}", "Veja também {title}."),
    "it": ("Ho letto {title} su {blog}.", "Via {blog}", "Vedi anche {title}.", "Ne parla anche {blog}: {title}"),
    "nl": ("Op {blog} staat een stuk hierover: {title}.", "Zie ook {title}.", "(via {blog})"),
    "zh": ("参考：{title}", "转自 {blog}：{title}", "我在 {blog} 上看到 {title} 这篇文章。", "详见 {title}", "原文：{address}", "上一篇文章 {title} 中提到", "本文链接：{address}"),
    "und": ("{title}", "{blog}: {title}", "via {blog}", "{address}", "({title})"),
}  # fmt: skip
NAVIGATION = (
    "{title}",
    "← {title}",
    "{title} →",
    "Previous: {title}",
    "Next: {title}",
    "Related: {title}",
    "« {title}",
    "{title} »",
    "Recent Posts {title}",
    "{title} by {blog}",
)
ANCHORS = ("here", "this post", "this", "link", "source", "via", "hier", "diesen Artikel", "ici", "cet article", "aquí", "aqui", "qui", "quelle", "здесь", "тут", "這裡", "这里", "原文", "こちら", "元記事", "여기", "burada", "tutaj", "här", "#", "1", "[1]", "»", "→")  # fmt: skip
WEBMENTION_NOTES = ("This article was mentioned on {host}", "{title} {address}", "liked a post", "Reposted: {title}", "{title} – {blog} {address}", "Bookmarked {title} {address}", "In reply to {address}", 'Just read: "{title}" {address}', "mentioned {title}")  # fmt: skip
PEOPLE = (
    "Anna",
    "Ben Miller",
    "Carla",
    "David",
    "Eva K.",
    "Frank",
    "Jun",
    "Maria Silva",
    "Pierre",
    "Sam",
    "Tom Becker",
    "Yuki",
    "李明",
    "小王",
    "Luca Rossi",
    "Ines",
    "Olga",
    "Nils 🐝",
    "Priya",
    "Jacob",
    "Spencer",
    "Christine",
    "佐藤花子",
    "Иван Петров",
    "김민수",
    "Ayşe",
    "Jürgen Weiß",
    "Łukasz",
    "admin",
    "jtk",
    "Sofía G.",
    "محمد",
    "nokia_fan",
    "Dr. R. Meier",
    "Żaneta",
)
