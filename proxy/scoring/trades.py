"""Words of what linkback spam sells, in many languages: one finding where words alone would each be learned.

Pure. A closed list of stems, not a block list: a genuine blog may well use any of them once, so only
how many stand together is told. Latin stems are looked for at the start of a word, or anywhere in a
host's name; others anywhere.
"""

from __future__ import annotations

import re

LATIN = """
1win 1xbet aanbieding abnehm abnehmen acaiberry achat acheter acne adelgazar adsense affiliat affordable
agen airdrop airmax aliexpress altcoin amoxicil anabolic angebote antiaging anwalt apartments apk
apostar apostas apotheke apuesta apuestas asics assicurazion assurance asuransi attorney autokredit
autoversicherung baccarat backlink bahis balenciaga bandar bankruptcy baratas barato baratos barbour
bargain baufinanz belstaff bestell bet365 betting betway betwinner billig billiga billige binaryoption
bingo birkin bitcoin blackjack bokep bolsos bonus bonuscode bonuses bookie bookies bookmaker borsa borse
botox bottega boutique breitling brides brokers bukmacher burberry buy buyer buying buys bônus callgirl
callgirls camgirl camiseta camisetas canlı cannabidiol cartier cashadvance cashback casino cassino
cazino cazinou cbd celine cerrajero chanel chaussure chaussures cheap cheaper cheapest chiropract choo
chwilówk chwilówki cialis cigarette clickbank clomid comprar comprare condos cosmetic cougar coupon
couponcode coursework cracked credit credito cruises cryptocoin cryptocurrenc cupom cupón cvv cược
dating deals debt dentist depilat desconto descuento descuentos detox devis diet dieta dietas dimagrire
dinheiro dior discount divorce dominoqq doudoune doxycyclin dresses dropship drug ecig ejacul
electrician emagrec emagrecer emlak empresta empréstimos enlargement entrümpelung ephedrin erectile
erotic erotik escort escorte essay exterminator facelift farmacia fatburn fendi ferragamo fetish
finanzierung finasterid fioricet fitflop fiyat fogadás follower forbrukslån foreclos forex franchise
freebet freebies freespin freispiele fun88 furniture gabbana gacor gafas gagner gambl ganhar garcinia
gewinnspiel givenchy glücksspiel goedkoop goedkope gokkast gokken goose guadagnare gucci guestpost
gummies gunstig gutschein günstig haarausfall hairloss hairtransplant handbag handtasche handtaschen
hardcore harga hcg hentai hermes hgh homeloan homework hookup huarache hublot hvac hydrocodone iddaa
iherb immobilien immobilier incontri indirim inmobiliaria instaforex insuranc insurance invisalign iptv
jackpot jersey jewellery jewelry jordans jual judi judionline kamagra kasino kasyn kasyno kaszinó kaufen
kayano keratin ketogenic keygen kiralık kolikkopeli kopen kors korting kostenlos kratom krediet kredit
kreditkarte kredyt kulutusluotto kumarhane kupon kölcsön köp lainat laptopbatter lawyer lawyers lenen
lening levitra limousine lingerie liposuc lirik loan loans locksmith loja longchamp loseweight
lossweight lottery louboutin louisvuitton lunette lunettes lån maillot maillots makemoney marketing
massage mattress maxwin melbet memecoin merchant microcredit microloan mieszkania milf minceur
minikredit modafinil moncler moneylender moneyonline mortgage moschino mostbet movers mulberry murah
mutuelle nettcasino neverfull nike nootropic nudes nulled níqueis oakley obchod occhiali odchudz oferta
ofertas offerte onlinecasino onlineshop onlyfans opiate outlet oxycodone ozempic pandora panerai
parajumpers parimatch pariuri parlay pascher paving pawnshop payday paydayloan pbn pelangsing peninggi
penis peptide percocet perfume peuterey pharmac pharmacie phentermin piercing pills pinjaman plombier
plumber plumbing poids poker porn porno potenzmittel powerlevel pożyczk pożyczki prada prednison
preisvergleich prestamo prestiti prezzi preço price prices promo promocj promocod promocode promosyon
promotion promoção promoções propecia préstamo psilocyb psychic půjčka půjčky quotes rabatt rabattcode
rachat rayban realestate realtor refinanc relojes remodel remortgage removals remédio rencontre rental
rentals replica replique resell reviews rhinoplast ringtone robux rolex roofing roulette rulet runescape
sabung sacs sale sales sandals satın sbobet scarpe schlüsseldienst schmuck schuhe scommess scommesse
sconti scooter seguros semaglutid seo serials serrurier sewa sexcam sexe sexo sexy shoes shop shopping
shops silagra sildenafil singles situs skincare sklep slimming slots smm sneakers sofortkredit solde
soldes sonnenbrille sonnenbrillen spelautomat spielautomat spielothek sportsbook sportwetten spyware
steroid steroids sunglasses supplement swarovski sweepstake swinger sázení sázky tadalafil tani tanie
taruhan taschen testbericht testosteron tienda tiffany timberland timeshare togel torrent towing trading
tragamonedas tragaperras tramadol trikot trikots tshirt ubezpiecz ucuz ufabet ugg uggs ultram unduh
vaginal valium vape vedonlyönti vegas vendita verkauf versace versand versicherung verzekering viagra
vicodin vigrx villas voucher vouchers voyance vpn vuitton w88 wager warez watches webcam weddingdress
wedges weightloss wettanbieter wettbonus whitening wholesale woolrich wrinkle xanax xxx yeezy zapatillas
zapatos zithromax zoloft zolpidem împrumut
"""  # noqa: RUF001 (Turkish letters)
OTHERS = """
купить казино кредит займ порно секс виагр сиалис скидк
недорог заказать букмекер похуд продвижен реклам магазин
доставк диплом 伟哥 娱乐城 博彩 百家乐 彩票 贷款 代写 代购 高仿 包邮 优惠 减肥 丰胸 成人
色情 批发 手表 假发 网赚 刷单 信用卡 推广 整形 价格 厂家 招商 加盟 激安 通販 スーパーコピー 出会い
アダルト ダイエット 送料無料 財布 時計 カジノ 育毛 バイアグラ 格安 카지노 바카라 토토 대출 성인 다이어트
쇼핑 할인 출장 พนัน บาคาร่า คาสิโน สล็อต แทงบอล كازينو شراء خصم
رخيص تخفيضات قمار خرید قیمت کازینو проститут знакомств
раскрут заработ недвижим эвакуатор слоты слотов рулетк
зеркал хбет мостбет бонус азартн фриспин промокод ломбард
ипотек страхов банкротств залог сантехник натяжн юрист
адвокат грузоперевоз эвакуац автосервис аренд прокат продаж
дешев оптом новострой застройщик позик казіно بونوس مراهن
رهان قروض تخفيض كوبون تنظيف مكافحة عفش تسربات κουπόνι έκπτωσ
εκπτωσ εκπτώσ προσφορ στοίχημα στοιχημ καζίνο δάνει φθην
קזינו הלוואות הנחה קופון משכנתא 먹튀 슬롯 릴게임 파워볼 임플란트 출장마사지 보험
棋牌 时时彩 赌 投注 借贷 迷药 包养 按摩 办证 发票 代孕 私服 外挂 优惠券 返利 团购 套现 キャッシング
カードローン 消費者金融 脱毛 サプリ 偽物 スロット パチンコ アフィリエイト 副業 稼げる 情報商材 精力剤
デリヘル 風俗 買取 หวย เครดิตฟรี ไฮโล สินเชื่อ ราคาถูก लोन कैसीनो
"""
STEMS = frozenset(LATIN.split())
HOST_LIMIT = 100  # characters of a host's name that are read
IN_NAME = 4  # characters: a shorter stem stands in any host's name
LONG = 6  # characters: a stem of so many stands for every word that begins with it
SOLD = STEMS | {stem + "s" for stem in STEMS}
BY_START = {
    start: tuple(stem for stem in STEMS if stem.startswith(start))
    for start in {stem[:LONG] for stem in STEMS if len(stem) >= LONG}
}
OTHER = re.compile("|".join(map(re.escape, OTHERS.split())))
IN_HOST: dict[str, tuple[str, ...]] = {
    start: tuple(sorted((stem for stem in STEMS if stem.startswith(start)), key=len, reverse=True))
    for start in {stem[:IN_NAME] for stem in STEMS if len(stem) >= IN_NAME}
}


def traded(words: frozenset[str], plain: str = "") -> int:
    """Count the words of trades among words, and in a text whose script has no blanks."""
    found = len(words_of_trades(words))
    return found if plain.isascii() else found + len(set(OTHER.findall(plain)))


def words_of_trades(words: frozenset[str]) -> frozenset[str]:
    """Give those of the words that are words of trades, in the Latin script."""
    long = [word for word in words if word[:LONG] in BY_START]
    return (SOLD & words).union([word for word in long if word.startswith(BY_START[word[:LONG]])])


def traded_in_host(host: str) -> int:
    """Count the words of trades in a host's name, where words stand without blanks."""
    found, end, host = set(), 0, host[:HOST_LIMIT]
    for start in [at for at in range(len(host)) if host[at : at + IN_NAME] in IN_HOST]:
        stems = IN_HOST[host[start : start + IN_NAME]] if start >= end else ()
        longest = next((stem for stem in stems if host.startswith(stem, start)), "")
        if longest:
            found.add(longest)
            end = start + len(longest)
    return len(found)
