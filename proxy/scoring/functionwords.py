"""Function words of the languages that linkbacks come in: the mortar of sentences.

Pure. A keyword list has next to none of them in any language, a sentence has them everywhere. The
lists are closed classes (articles, pronouns, prepositions, conjunctions, auxiliaries), not topics.
"""

from __future__ import annotations

ENGLISH = """
a about after all also an and any are as at be been but by can could did do does for from had has
have he her here his how i if in into is it it's its i'm i've just like me more my no not now of on
one only or our out over she so some than that the their them then there these they this to up us
was we were what when which who will with would you your don't can't i'll you're that's because
before being same such through very while
"""
FRENCH = """
le la les un une des du de et est en que qui dans pour pas sur au aux avec ce cette ces il elle ils
nous vous je ne se son sa ses mon par plus ou mais comme tout y à été être sont fait c'est j'ai
qu'il d'un d'une l'on
"""
GERMAN_DUTCH = """
der die das und ist nicht ein eine einen einem einer den dem des zu auf für mit sich von im auch es
an als wie aus bei nach noch nur oder aber wenn wird werden ich wir sie er hat haben war sind kann
man so über um vor het een van en niet te dat op voor zijn er ook maar om aan bij wat naar uit ik je
we ze heb is was
"""
SPANISH_PORTUGUESE_ITALIAN = """
el los las una unos del y que en por con para es se no lo su al como más pero sus le ya este sí
porque esta son entre está cuando muy sin sobre también me hasta hay donde quien desde todo nos e o
os uma um não da do das dos na no nas nos com mais mas foi ele ela são tem à seu sua ou quando muito
já eu isso pelo pela até sem mesmo aos il lo gli i di che è e un in non per con si come ma ho ha
sono nel della dei delle alla più anche questo questa ci mi ti al dal se io cui dove
"""
SWEDISH_POLISH_INDONESIAN_TURKISH_RUSSIAN = """
och att det som en på är av för med till den har de inte om ett han men var jag i w na z się nie do
to jest że o jak za od po co ale tak przez dla są był yang dan di ini itu dengan untuk dari pada
tidak ke dalam akan juga saya ada bisa adalah atau oleh karena sudah lebih anda kita kami apa jika
seperti telah nya saja lagi ve bir bu da için ile olarak çok daha gibi var ne ama ben и в не на я
что он с как это по но они мы а из у за то же вы так от для о бы все его к или
"""  # noqa: RUF001 (their own letters)
FINNISH_HUNGARIAN_CZECH_ROMANIAN_DANISH = """
ja on ei se että oli kun niin mutta myös ovat tai jos joka hän sen kuin vain minun
a az és hogy nem is egy meg de ha csak már volt mint még azt ezt vagy
a v na se že je s do jsem to si ale jako by pro za co tak jsou nebo podle
și în de la cu pe nu este care un o din pentru că mai sunt ca dar să
og i det at er en til på som med de ikke den har jeg for af var vi men kan
"""
GREEK_UKRAINIAN_VIETNAMESE_ARABIC_PERSIAN_HEBREW = """
και το να του η της με για που στο από την είναι τα δεν οι θα στην των
і в на не що з як це та до за є від але він про
và là của có không một những cho được với người trong này đã các thì mà khi ở
في من على أن إلى عن مع هذا هذه التي الذي كان ما لا هو أو
و در به از که این را با است برای آن تا
של את על לא זה הוא עם כי אני גם או אם
"""  # noqa: RUF001 (their own letters)
YOU = """
you your you're you've yours ur i i'm i've i'll me my thanks thank blog site post article website
here votre vous merci tu dein ihr ihre danke seu sua obrigado você tuo grazie gracias tus usted вы
ваш спасибо
"""

LANGUAGES = (
    ENGLISH,
    FRENCH,
    GERMAN_DUTCH,
    SPANISH_PORTUGUESE_ITALIAN,
    SWEDISH_POLISH_INDONESIAN_TURKISH_RUSSIAN,
    FINNISH_HUNGARIAN_CZECH_ROMANIAN_DANISH,
    GREEK_UKRAINIAN_VIETNAMESE_ARABIC_PERSIAN_HEBREW,
)
FUNCTION_WORDS = frozenset(word for language in LANGUAGES for word in language.split())
UNSPACED_FUNCTION_CHARACTERS = frozenset(
    "的了是在我有和不这也就他你们要到个上着一那得都会のにはをたがでとしれさいもなすかっ"
)
YOU_WORDS = frozenset(YOU.split())
