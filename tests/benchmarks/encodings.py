"""How often the encoding of a text is found without help: python -m tests.benchmarks.encodings

The texts are sentences written for this purpose in the languages named below, shuffled with a seed and joined until a
length is reached; 20 texts for each encoding, language and length. Right means that the decoded text is the original.
"""

import random
import tempfile
from collections.abc import Iterator
from pathlib import Path

import charset_normalizer

from textgen_gui.engine.core.errors import TextError
from textgen_gui.engine.text.readers import encoding as encodings
from textgen_gui.engine.text.readers.reading import Input

from .common import machine

LENGTHS = (500, 1000, 4000)
TEXTS = 20

sentences = {
    "English": "We met at the café near the harbour – it was “closed”, of course. | Her naïve reply cost him £40 and a friend. | The façade had been painted twice since the war. | Nobody’s résumé mentioned the fire. | He said he’d come back before the snow, and he did.",
    "French": "Après la pluie, les trottoirs brillaient comme des miroirs. | Mon frère aîné préférait rester à la maison pour réparer ses vieux vélos. | Où allez-vous si tôt, mademoiselle ? | Les élèves avaient oublié leurs cahiers près de la fenêtre. | Il fallait bien que ça s’arrête un jour. | La forêt sentait la résine et la fumée des cheminées lointaines. | Nous avons dîné très tard, à côté du théâtre.",
    "German": "Im Frühling blühen die Bäume vor unserem Häuschen. | Die Straße war naß, und überall lagen Blätter. | Können Sie mir sagen, wo der nächste Bäcker ist? | Er hörte die Glocken läuten und schloß müde die Tür. | Später erzählte die Großmutter von früher. | Das Mädchen trug einen grünen Hut und weiße Handschuhe.",
    "Spanish": "Mañana saldremos temprano hacia el pueblo. | La niña cogió el pájaro con mucho cuidado. | ¿Quién sabe cuándo volverá el señor Muñoz? | Aquí nadie recordaba la última canción. | El jardín olía a jazmín después de la lluvia. | Según él, el tren llegó con media hora de retraso.",
    "Portuguese": "A estação ficava longe da praça. | Não sei se o avô já leu a carta. | As crianças brincavam à beira do rio até o pôr do sol. | Amanhã haverá uma reunião às três horas. | O coração da cidade era também o lugar mais silencioso. | Ninguém contou à irmã o que aconteceu.",
    "Italian": "La città era più bella di notte. | Perché non mi hai detto la verità? | Lunedì andrò all’università con mia sorella. | C’è ancora un po’ di caffè in cucina. | Così finì la giornata, e nessuno parlò più. | Già allora si sapeva che il ponte non avrebbe resistito.",
    "Swedish": "På våren kom båtarna tillbaka från skärgården. | Hon åkte hem för att hälsa på sin äldre bror. | Det är långt till närmaste affär. | Vädret blev sämre, och fönstren började skallra. | Några gäss flög över sjön.",
    "Polish": "Wczoraj wieczorem poszliśmy nad rzekę, żeby zobaczyć zachód słońca. | Moja siostra mieszka w małym mieście pod Łodzią. | Czy możesz mi powiedzieć, która jest godzina? | Dzieci bawiły się w ogrodzie aż do późna. | Książka leżała na półce między słownikami. | Nikt nie wiedział, skąd przyszedł ten człowiek.",
    "Czech": "Včera večer jsme šli k řece, abychom viděli západ slunce. | Moje sestra bydlí v malém městě u Plzně. | Můžete mi říci, kolik je hodin? | Děti si hrály na zahradě až do tmy. | Kniha ležela na stole vedle lampy. | Nikdo nevěděl, odkud ten člověk přišel.",
    "Hungarian": "Tegnap este lementünk a folyóhoz, hogy megnézzük a naplementét. | A nővérem egy kis városban él a hegyek között. | Meg tudná mondani, hány óra van? | A gyerekek sötétedésig játszottak a kertben. | A könyv az asztalon feküdt, a lámpa mellett. | Senki sem tudta, honnan jött ez az ember, és miért őrzi a régi levelet.",
    "Russian": "Вчера вечером мы ходили к реке смотреть на закат. | Моя сестра живёт в маленьком городе недалеко от моря. | Скажите, пожалуйста, который час? | Дети играли в саду до самой темноты. | Книга лежала на столе рядом с лампой. | Никто не знал, откуда пришёл этот человек.",
    "Ukrainian": "Учора ввечері ми ходили до річки дивитися на захід сонця. | Моя сестра живе в невеликому місті біля моря. | Скажіть, будь ласка, котра година? | Діти гралися в саду, поки не стемніло. | Книжка лежала на столі поруч із лампою. | Ніхто не знав, звідки прийшла ця людина.",
    "Greek": "Χθες το βράδυ πήγαμε στο ποτάμι για να δούμε το ηλιοβασίλεμα. | Η αδελφή μου μένει σε μια μικρή πόλη κοντά στη θάλασσα. | Μπορείτε να μου πείτε τι ώρα είναι; | Τα παιδιά έπαιζαν στον κήπο ως αργά. | Το βιβλίο ήταν πάνω στο τραπέζι. | Κανείς δεν ήξερε από πού ήρθε αυτός ο άνθρωπος.",
    "Turkish": "Dün akşam güneşin batışını görmek için nehre gittik. | Kız kardeşim denize yakın küçük bir şehirde yaşıyor. | Saatin kaç olduğunu söyler misiniz? | Çocuklar hava kararıncaya kadar bahçede oynadılar. | Kitap masanın üstünde, lambanın yanındaydı. | İnsanların hiçbiri bu adamın nereden geldiğini bilmiyordu.",
    "Hebrew": "אתמול בערב הלכנו אל הנהר לראות את השקיעה. | אחותי גרה בעיר קטנה ליד הים. | אפשר לשאול מה השעה? | הילדים שיחקו בגינה עד שהחשיך. | הספר היה מונח על השולחן ליד המנורה. | איש לא ידע מאין בא האדם הזה.",
    "Arabic": "ذهبنا مساء أمس إلى النهر لنشاهد غروب الشمس. | تسكن أختي في مدينة صغيرة قرب البحر. | هل يمكنك أن تقول لي كم الساعة؟ | لعب الأطفال في الحديقة حتى حل الظلام. | كان الكتاب على الطاولة بجانب المصباح. | لم يعرف أحد من أين جاء هذا الرجل.",
    "Japanese": "昨日の夕方、私たちは夕日を見るために川へ行きました。 | 姉は海の近くの小さな町に住んでいます。 | すみませんが、今何時でしょうか。 | 子どもたちは暗くなるまで庭で遊んでいた。 | 本はランプのそばの机の上に置いてあった。 | その人がどこから来たのか、だれも知らなかった。",
    "Simplified": "昨天傍晚，我们去河边看日落。 | 我的姐姐住在海边的一个小城市里。 | 请问现在几点了？ | 孩子们在花园里一直玩到天黑。 | 那本书放在桌子上，就在灯的旁边。 | 没有人知道这个人是从哪里来的。",
    "Traditional": "昨天傍晚，我們去河邊看日落。 | 我的姐姐住在海邊的一個小城市裡。 | 請問現在幾點了？ | 孩子們在花園裡一直玩到天黑。 | 那本書放在桌子上，就在燈的旁邊。 | 沒有人知道這個人是從哪裡來的。",
    "Korean": "어제 저녁에 우리는 해가 지는 것을 보려고 강으로 갔다. | 우리 누나는 바다 근처의 작은 도시에 산다. | 지금 몇 시인지 말씀해 주시겠어요? | 아이들은 어두워질 때까지 마당에서 놀았다. | 책은 등잔 옆 책상 위에 놓여 있었다. | 그 사람이 어디에서 왔는지 아무도 몰랐다.",
}
everything = tuple(sentences)
western = ("French", "German", "Spanish", "Portuguese", "Italian", "Swedish")
tried = {
    **dict.fromkeys(("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"), everything),
    **dict.fromkeys(("cp1252", "iso-8859-15", "mac-roman", "cp850"), western),
    **dict.fromkeys(("cp1250", "iso-8859-2"), ("Polish", "Czech", "Hungarian")),
    **dict.fromkeys(("cp1251", "koi8-u", "cp866"), ("Russian",)),
    "cp1253": ("Greek",),
    "cp1254": ("Turkish",),
    "cp1255": ("Hebrew",),
    "cp1256": ("Arabic",),
    **dict.fromkeys(("shift_jis", "euc-jp"), ("Japanese",)),
    "gb18030": ("Simplified",),
    "big5": ("Traditional",),
    "euc-kr": ("Korean",),
}
tried["cp1251"] = ("Russian", "Ukrainian")


def texts(encoding: str, language: str, length: int) -> Iterator[str]:
    """Texts of at least ``length`` bytes that the encoding can hold."""
    kept = [sentence.strip() for sentence in sentences[language].split("|")]
    for number in range(TEXTS):
        order, text = random.Random(f"{encoding} {language} {length} {number}"), ""
        while len(text.encode(encoding, "ignore")) < length:
            text += order.choice(kept) + order.choice((" ", " ", "\n"))
        yield text.encode(encoding, "ignore").decode(encoding)


def found_right(path: Path, text: str, encoding: str) -> tuple[bool, bool]:
    """Whether ours and charset-normalizer alone find the text again."""
    content = text.encode(encoding)
    path.write_bytes(content)
    try:
        ours = content.decode(encodings.find(Input(path)).encoding, "replace").lstrip("\ufeff") == text
    except TextError:
        ours = False
    best = charset_normalizer.from_bytes(content).best()
    return ours, best is not None and str(best).lstrip("\ufeff") == text


def main() -> None:
    print(machine())
    print("\n| encoding | languages | " + " | ".join(f"{n} bytes" for n in LENGTHS) + " | charset-normalizer alone |")
    print("|---|---|" + "---|" * (len(LENGTHS) + 1))
    whole: list[tuple[bool, bool]] = []
    with tempfile.TemporaryDirectory() as folder:
        for encoding, languages in tried.items():
            shares, both = [], []
            for length in LENGTHS:
                some = [
                    found_right(Path(folder) / "a.txt", text, encoding)
                    for language in languages
                    for text in texts(encoding, language, length)
                ]
                shares.append(sum(ours for ours, _ in some) / len(some))
                both += some
            whole += both
            theirs = sum(other for _, other in both) / len(both)
            names = ", ".join(languages) if len(languages) < 7 else f"all {len(languages)}"
            print(
                f"| {encoding} | {names} | " + " | ".join(f"{s:.0%}" for s in shares) + f" | {theirs:.0%} |", flush=True
            )
    print(
        f"\n{len(tried)} encodings, {len(whole):,} texts: {sum(a for a, _ in whole) / len(whole):.2%} right; "
        f"charset-normalizer alone {sum(b for _, b in whole) / len(whole):.2%}."
    )


if __name__ == "__main__":
    main()
