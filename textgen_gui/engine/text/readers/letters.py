"""Which letters beyond ASCII a language uses, the most frequent first, and which encodings were made for it."""

import math
from collections.abc import Callable

languages = {
    "French": "éèàêçâîôùûëïœ",
    "German": "üäöß",
    "Spanish": "óíáéñúü",
    "Portuguese": "ãçéáóíêõâúàô",
    "Italian": "èàòùìé",
    "Swedish": "äåöé",
    "Danish": "øåæé",
    "Icelandic": "íáðéöóúýþæ",
    "Dutch": "ëéïèö",
    "Polish": "łąężśóćźń",
    "Czech": "íáéěýřžčšůúťďňó",
    "Slovak": "áíéčýúžšľťňôóďäĺŕ",
    "Hungarian": "áéöóőíúüű",
    "Romanian": "ăîâșțşţ",
    "Croatian": "čšžćđ",
    "Turkish": "ıüşğçöâî",
    "Lithuanian": "ėšąžųįčūę",
    "Latvian": "āīēšņļūžčģķ",
    "Russian": "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё",
    "Ukrainian": "оанивіетрсклдупямзьбгйчхжцюєшїфщґ",
    "Bulgarian": "аеионтсврлкдпмуязъбгчйжщхцюшфь",
    "Greek": "ατοιεσνηυρπκςλμόίωάδέήγύχθφβώξζψϊΐϋΰ",
    "Hebrew": "יוהלאתרבמשנםחדקעטספכגזןצךץף",
    "Arabic": "املينتربةدعهسفوأقكحجىشصطذخضغزثإءئؤظآًّ،؟؛",
    "Thai": "านรกอเ่้งมยลัวีดทิสุตะปบ์คหแืใไำ็ูพขจชโึผซถธศณฟษญภฐๆ๋๊ฎฏฆฬฤฯ",
    "Japanese": ""
    "のにいたはをてるとがしでっないれもかうすらさなこりきくけつまよあおみそせめだどちわえじ"
    "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワンーッャュョ"
    "ぎぐげござずぜぞぢづばびぶべぼぱぴぷぺぽ"
    "ァィゥェォガギグゲゴザジズゼゾダデドバビブベボパピプペポ"
    "人一日大年出本中子見国言上分生手自行者間事思時気前後今家私彼女何度方場目道山水川車来心長話高小学校木"
    "机上下口右左男立入足白黒父母先名物古新",
    "Simplified": "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过"
    "发后作里用道行所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实"
    "日军者意无力它与长把机十民第公此已工使情明性知全三又关点正业外将两高间由问很最重并物手应战向头文体政美相见被利"
    "什二等产或新己制身果加西斯月话合回特代内信表化老给世位次度门任常先海通教儿原东声提立及比员解水名真论处走义各入",
    "Traditional": "的一是不了在人有我他這個們中來上大為和國地到以說時要就出會可也你對生能而子那得於著下自之年過"
    "發後作裡用道行所然家種事成方多經麼去法學如都同現當沒動面起看定天分還進好小部其些主樣理心她本前開但因只從想實"
    "日軍者意無力它與長把機十民第公此已工使情明性知全三又關點正業外將兩高間由問很最重並物手應戰向頭文體政美相見被利"
    "什二等產或新己製身果加西斯月話合回特代內信表化老給世位次度門任常先海通教兒原東聲提立及比員解水名真論處走義各入",
    "Korean": "이다는을에의가고하지로한를도은어기사나서자있그아리시정부들인라대전보수것장해일만게여스으제과오유지원"
    "구안동"
    "관주성공신국비상경무면조위계교니까했었였며없않습던될되말때내생각집물길바람문우두세모든같저소미치진요",
}

western = ("French", "German", "Spanish", "Portuguese", "Italian", "Swedish", "Danish", "Dutch", "Icelandic")
central = ("Polish", "Czech", "Slovak", "Hungarian", "Romanian", "Croatian", "German")
cyrillic = ("Russian", "Ukrainian", "Bulgarian")

# The usual encoding of each script first: where two read the same text, it wins.
families: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("cp1252", western),
    ("iso-8859-15", western),
    ("cp1250", central),
    ("iso-8859-2", central),
    ("cp1251", cyrillic),
    ("koi8-u", cyrillic),
    ("koi8-r", cyrillic),
    ("cp866", cyrillic),
    ("iso-8859-5", cyrillic),
    ("mac-cyrillic", cyrillic),
    ("cp1253", ("Greek",)),
    ("iso-8859-7", ("Greek",)),
    ("cp1254", ("Turkish",)),
    ("cp1255", ("Hebrew",)),
    ("iso-8859-8", ("Hebrew",)),
    ("cp1256", ("Arabic",)),
    ("iso-8859-6", ("Arabic",)),
    ("cp1257", ("Lithuanian", "Latvian")),
    ("cp874", ("Thai",)),
    ("cp932", ("Japanese",)),
    ("euc-jp", ("Japanese",)),
    ("gb18030", ("Simplified",)),
    ("big5", ("Traditional",)),
    ("big5hkscs", ("Traditional",)),
    ("cp949", ("Korean",)),
    ("mac-roman", western),
    ("cp850", western),
    ("cp852", central),
)

marks_of_prose = frozenset("“”‘’„‚«»‹›–—…·•°§€£¿¡№\u00a0©、。「」『』，！？：；（）《》〈〉・\u3000ªº")
# Often the only signs beyond ASCII in a western text, above all in English: as usual as its letters are elsewhere.
western_marks = (marks_of_prose | frozenset("½¼¾®™")) - frozenset("„‚")


def _rare(language: str) -> Callable[[str], float]:
    """How usual a letter is that is not in the list: other Chinese characters come often, other letters hardly ever."""
    low, high = (0x3400, 0x9FFF) if language in ("Japanese", "Simplified", "Traditional") else (0xAC00, 0xD7A3)
    if language in ("Japanese", "Simplified", "Traditional", "Korean"):
        return lambda letter: math.log(0.0008 if low <= ord(letter) <= high else 0.00003)
    return lambda letter: math.log(0.001 if letter.isalpha() else 0.0001)


def _usual(letters: str) -> dict[str, float]:
    """The logarithm of each letter's share, which falls with its rank (Zipf)."""
    unique = list(dict.fromkeys(letters))
    total = sum(1 / (rank + 3) for rank in range(len(unique)))
    return {letter: math.log(0.9 / (rank + 3) / total) for rank, letter in enumerate(unique)}


usual = {language: (_usual(letters), _rare(language)) for language, letters in languages.items()}
