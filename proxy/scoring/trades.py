"""Words of what linkback spam sells, in many languages: one finding where words alone would each be learned.

Pure. A closed list of stems, not a block list: a genuine blog may well use any of them once, so only
how many stand together is told. Latin stems are looked for at the start of a word, or anywhere in a
host's name; others anywhere.
"""

from __future__ import annotations

import re

LATIN = """
1win 1xbet aanbieding abnehm abnehmen acaiberry achat acheter acne adelgazar adsense affiliat affordable agen
airmax aliexpress anabolic angebote antiaging anwalt apostas apotheke apuesta apuestas asics assicurazion
assurance asuransi attorney autokredit autoversicherung baccarat backlink bahis balenciaga bandar baratas
barato baratos barbour bargain belstaff bestell bet365 betting betway betwinner billig billiga billige
binaryoption bingo birkin bitcoin blackjack bolsos bonuscode bonuses bookmaker borsa borse botox bottega
boutique breitling brides burberry buy buyer buying buys camiseta camisetas canlı cartier cashadvance casino
cassino cbd celine cerrajero chanel chaussure chaussures cheap cheaper cheapest chiropract choo cialis
cigarette clickbank comprar comprare cosmetic cougar coupon credit credito cruises cryptocoin cvv cược dating
deals debt dentist depilat desconto descuento descuentos detox devis diet dieta dietas dimagrire dinheiro dior
discount divorce doudoune dresses drug ecig ejacul emagrec emagrecer empresta empréstimos enlargement
entrümpelung ephedrin erectile erotic erotik escort essay facelift farmacia fatburn fendi ferragamo
finanzierung fioricet fitflop fiyat follower foreclos forex franchise freebies fun88 furniture gabbana gacor
gafas gagner gambl ganhar garcinia gewinnspiel givenchy goedkoop goedkope goose guadagnare gucci gunstig
gutschein günstig haarausfall handbag handtasche handtaschen hardcore harga hcg hermes hgh homeloan hookup
huarache hublot hydrocodone iddaa incontri indirim instaforex insuranc insurance invisalign iptv jackpot
jersey jewellery jewelry jordans jual judi judionline kamagra kaufen kayano keratin ketogenic kiralık kopen
kors korting kostenlos kratom krediet kredit kredyt köp laptopbatter lawyer lawyers lenen lening levitra
limousine lingerie loan loans locksmith loja longchamp loseweight lossweight lottery louboutin louisvuitton
lunette lunettes lån maillot maillots makemoney marketing massage mattress melbet merchant milf minceur
moncler moneylender moneyonline mortgage moschino mostbet mulberry murah mutuelle neverfull nike nudes oakley
obchod occhiali odchudz oferta ofertas offerte onlinecasino onlineshop onlyfans opiate outlet oxycodone
pandora panerai parajumpers parimatch pascher payday paydayloan pelangsing peninggi penis peptide percocet
perfume peuterey pharmac pharmacie phentermin piercing pills pinjaman plombier plumber poids poker porn porno
potenzmittel powerlevel pożyczk pożyczki prada preisvergleich prestamo prestiti prezzi preço price prices
promocod promocode promotion promoção promoções préstamo psychic půjčka quotes rabatt rachat rayban realestate
realtor refinanc relojes remortgage remédio rencontre rental rentals replica replique resell reviews ringtone
robux rolex roofing roulette runescape sacs sale sales sandals satın sbobet scarpe schlüsseldienst schmuck
schuhe sconti scooter seguros seo serrurier sewa sexcam sexe sexo sexy shoes shop shopping shops silagra
singles situs skincare sklep slimming slots smm sneakers solde soldes sonnenbrille sonnenbrillen sportsbook
sportwetten spyware steroid steroids sunglasses supplement swarovski sweepstake tadalafil tani tanie taruhan
taschen testbericht tienda tiffany timberland timeshare togel torrent tramadol trikot trikots tshirt ubezpiecz
ucuz ufabet ugg uggs ultram vaginal valium vape vegas vendita verkauf versace versand versicherung verzekering
viagra vicodin vigrx villas voyance vpn vuitton w88 warez watches webcam weddingdress wedges weightloss
wettbonus wholesale woolrich wrinkle xanax yeezy zapatillas zapatos zoloft zolpidem
"""  # noqa: RUF001 (Turkish letters)
OTHERS = """
купить казино кредит займ порно секс виагр сиалис скидк недорог заказать букмекер похуд продвижен
реклам магазин доставк диплом 伟哥 娱乐城 博彩 百家乐 彩票 贷款 代写 代购 高仿 包邮 优惠 减肥 丰胸
成人 色情 批发 手表 假发 网赚 刷单 信用卡 推广 整形 价格 厂家 招商 加盟 激安 通販 スーパーコピー
出会い アダルト ダイエット 送料無料 財布 時計 カジノ 育毛 バイアグラ 格安 카지노 바카라 토토 대출
성인 다이어트 쇼핑 할인 출장 พนัน บาคาร่า คาสิโน สล็อต แทงบอล كازينو شراء خصم رخيص تخفيضات قمار خرید
قیمت کازینو проститут знакомств раскрут заработ недвижим эвакуатор
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
    long = [word for word in words if len(word) >= LONG and word[:LONG] in BY_START]
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
