"""Text files with an order of their own: chats, clippings, and documents between tokens."""

from pathlib import Path

import pytest

from textgen_gui.engine.core.config import DocumentEnd, TextConfig

from . import REPORTS, Read, read


def text(folder: Path, content: str, options: TextConfig | None = None) -> Read:
    (folder / "a.txt").write_text(content, encoding="utf-8")
    return read(folder / "a.txt", options)


def test_documents_between_tokens() -> None:
    found = read(REPORTS / "startoftext.txt")
    assert len(found.documents) == 30 and not any("<|" in document for document in found.documents)
    assert found.documents[0] == "The kettle sings,\nthe window clears,\nand nobody is there. (0)"
    assert "<|startoftext|>" in found.warnings


@pytest.mark.parametrize("between", ["<|endoftext|>\n", "<|endoftext|>", "\n<|endoftext|>\n\n<|startoftext|>\n"])
def test_documents_of_any_length_between_tokens(tmp_path: Path, between: str) -> None:
    documents = [f"{n} begins.\n\n" + "word " * (n * 3001) + "\nends" for n in range(12)]
    content = "<|startoftext|>" + between.join(documents) + "<|endoftext|>"
    assert text(tmp_path, content).documents == documents


def test_a_text_that_speaks_of_the_token_stays_whole(tmp_path: Path) -> None:
    content = "The token <|endoftext|> stands between documents.\nIt is one number.\n"
    assert text(tmp_path, content).documents == [content]


CHATS = {
    "iPhone": ["\u200e[5/1/24, 1:00:33\u202fPM] ", "[5/1/24, 1:01:33\u202fPM] ", "[5/2/24, 2:00:00\u202fAM] "],
    "Android": ["5/1/24, 13:00 - ", "5/1/24, 13:01 - ", "5/2/24, 02:00 - "],
    "Android, am and pm": ["5/1/24, 1:00 pm - ", "5/1/24, 1:01 PM - ", "5/2/24, 2:00 am - "],
    "German": ["01.05.24, 13:00 - ", "01.05.24, 13:01 - ", "02.05.24, 02:00 - "],
    "German iPhone": ["[01.05.24, 13:00:33] ", "[01.05.24, 13:01:33] ", "[02.05.24, 02:00:00] "],
    "Spanish": ["1/5/2024, 1:00 p. m. - ", "1/5/2024, 1:01 p. m. - ", "2/5/2024, 2:00 a. m. - "],
    "Hungarian": ["2024. 05. 01. 13:00 - ", "2024. 05. 01. 13:01 - ", "2024. 05. 02. 02:00 - "],
    "Finnish": ["1.5.2024 klo 13.00 - ", "1.5.2024 klo 13.01 - ", "2.5.2024 klo 2.00 - "],
    "Bulgarian": ["1.05.24 г., 13:00 ч. - ", "1.05.24 г., 13:01 ч. - ", "2.05.24 г., 2:00 ч. - "],
    "Brazilian": ["01/05/2024 às 13:00 - ", "01/05/2024 às 13:01 - ", "02/05/2024 às 02:00 - "],
    "French iPhone": ["[01/05/2024 à 13:00:33] ", "[01/05/2024 à 13:01:33] ", "[02/05/2024 à 02:00:00] "],
    "Greek": ["1/5/24, 1:00 μ.μ. - ", "1/5/24, 1:01 μ.μ. - ", "2/5/24, 2:00 π.μ. - "],
    "Turkish": ["1.05.2024 ÖS 1:00 - ", "1.05.2024 ÖS 1:01 - ", "2.05.2024 ÖÖ 2:00 - "],
    "Arabic": [
        "\u200f١\u200f/٥\u200f/٢٠٢٤، ١:٠٠ م - ",
        "\u200f١\u200f/٥\u200f/٢٠٢٤، ١:٠١ م - ",
        "\u200f٢\u200f/٥\u200f/٢٠٢٤، ٢:٠٠ ص - ",
    ],
    "Persian": ["۲۰۲۴/۵/۱،\u200f ۱۳:۰۰ - ", "۲۰۲۴/۵/۱،\u200f ۱۳:۰۱ - ", "۲۰۲۴/۵/۲،\u200f ۲:۰۰ - "],
    "Chinese": ["2024/5/1 下午1:00 - ", "2024/5/1 下午1:01 - ", "2024/5/2 上午2:00 - "],
    "Korean iPhone": ["[2024. 5. 1. 오후 1:00:33] ", "[2024. 5. 1. 오후 1:01:33] ", "[2024. 5. 2. 오전 2:00:00] "],
    "Vietnamese": ["13:00, 01/05/2024 - ", "13:01, 01/05/2024 - ", "02:00, 02/05/2024 - "],
    "ISO": ["[2024-05-01, 13:00:33] ", "[2024-05-01, 13:01:33] ", "[2024-05-02, 02:00:00] "],
}


@pytest.mark.parametrize("name", CHATS)
def test_whatsapp(tmp_path: Path, name: str) -> None:
    one, two, three = CHATS[name]
    content = (
        f"{one}Ada: Are you at the lake?\nI see: nobody.\n{two}+49 170 1234567: Not yet.\n"
        f"{three}Ada: <Media omitted>\n{three}Ada: \u200eimage omitted\n{three}Ada added Ben\n"
        f"{three}Ben: Bring bread \u200e<This message was edited>\n"
    )
    found = text(tmp_path, content)
    assert found.documents == ["Are you at the lake?\nI see: nobody.", "Not yet.", "Bring bread"]
    assert "WhatsApp" in found.warnings and "2 picture or deleted messages, 1 notice" in found.warnings
    named = text(tmp_path, content, TextConfig(columns=("name", "text"), documents=DocumentEnd.FILE))
    assert named.text == "Ada: Are you at the lake?\nI see: nobody.\n+49 170 1234567: Not yet.\nBen: Bring bread"


def test_whatsapp_writes_for_pictures_and_deleted_messages_in_the_language_of_the_telephone(tmp_path: Path) -> None:
    said = [
        "Diese Nachricht wurde gelöscht.",
        "Se eliminó este mensaje",
        "Вы удалили данное сообщение",
        "此消息已删除",
        "IMG-20240501-WA0001.jpg (bestand bijgevoegd)",
        "PTT-20240501-WA0001.opus (файл добавлен)",
        "STK-1.webp (file attached)\nLook at this",
        "Bring bread <Se editó este mensaje.>",
        "I love you <3",
        "It is (as they say) late.",
    ]
    content = "".join(f"01.05.24, 13:{n:02} - Ada: {each}\n" for n, each in enumerate(said))
    found = text(tmp_path, content)
    assert found.documents == ["Look at this", "Bring bread", "I love you <3", "It is (as they say) late."]
    assert "7 picture or deleted messages" in found.warnings


def test_calls_that_nobody_took_are_no_words(tmp_path: Path) -> None:
    said = ("Are you there?", "Missed voice call", "Verpasster Videoanruf", "I missed voice call after voice call.")
    lines = (f"12/03/2024, 09:0{n} - Ann: {words}\n" for n, words in enumerate(said))
    (tmp_path / "a.txt").write_text("".join(lines))
    found = read(tmp_path / "a.txt")
    assert found.documents == [said[0], said[3]] and "2 notices" in found.warnings


def test_the_report_of_whatsapp() -> None:
    found = read(REPORTS / "whatsapp" / "_chat.txt")
    assert set(found.documents) == {"Are you at the lake?", "Not yet, the bus is late.", "Bring bread"}
    assert len(found.documents) == 30 and "10 picture" in found.warnings


def test_a_column_that_was_chosen_for_a_folder_stops_no_chat() -> None:
    path = REPORTS / "whatsapp" / "_chat.txt"
    assert read(path, TextConfig(columns=("body",))).documents == read(path).documents


@pytest.mark.parametrize(
    "content",
    [
        "2024-05-01 13:00:33 - INFO: It started.\n2024-05-01 13:00:34 - INFO: It ended.\n",
        "1.5.24 A day at the lake.\nWe saw: nothing.\n",
        "A letter.\n[5/1/24, 1:00 PM] Ada: so it said.\n",
    ],
)
def test_what_is_no_chat_stays_whole(tmp_path: Path, content: str) -> None:
    assert text(tmp_path, content).documents == [content]


def test_discord_as_plain_text(tmp_path: Path) -> None:
    border = "=" * 62
    content = (
        f"{border}\nGuild: Boat club\nChannel: general\n{border}\n\n"
        "[01-May-24 10:00 AM] ada\nAre you coming?\n\nSay so.\n\n"
        "[01-May-24 10:01 AM] ben (pinned)\n\n{Attachments}\nhttps://cdn.example.com/a.png\n\n"
        f"[5/1/2024 10:02 AM] ben\nOnly if.\n\n{{Reactions}}\n👍 (2)\n\n{border}\nExported 3 message(s)\n{border}\n"
    )
    found = text(tmp_path, content)
    assert found.documents == ["Are you coming?\n\nSay so.", "Only if."]
    assert "Discord" in found.warnings and "1 message without words" in found.warnings


def test_clippings_of_a_kindle(tmp_path: Path) -> None:
    head = "\ufeffThe Old Mill (Hale, Ann)\r\n- Your Highlight on page 5 | Added on Monday, 1 May 2024\r\n"
    clipping = head + "\r\n{}\r\n==========\r\n"
    content = clipping.format("It burned down.") + clipping.format("") + clipping.format("And was\r\nrebuilt.")
    found = text(tmp_path, content)
    assert found.documents == ["It burned down.", "And was\nrebuilt."]
    assert "Kindle" in found.warnings and "1 bookmark" in found.warnings
    titles = text(tmp_path, content, TextConfig(columns=("title",))).documents
    assert titles == ["The Old Mill (Hale, Ann)"] * 2


def test_of_a_clipping_that_was_changed_the_longer_one_is_learnt(tmp_path: Path) -> None:
    """A Kindle writes it down again, whole."""
    clipping = "{}\r\n- Your Highlight on page 5 | Added on Monday, 1 May 2024\r\n\r\n{}\r\n==========\r\n"
    said = ["It burned", "It burned down at night", "burned down", "Then it rained", "Then it rained"]
    content = "".join(clipping.format("Mill (Hale)", each) for each in said) + clipping.format("Rain", "Then it rained")
    found = text(tmp_path, content)
    assert found.documents == ["It burned down at night", "Then it rained", "Then it rained"]
    assert "3 older forms of a clipping" in found.warnings


def test_a_note_of_ones_own_and_the_same_words_elsewhere_are_no_older_form(tmp_path: Path) -> None:
    clipping = "Mill (Hale)\r\n- {}\r\n\r\n{}\r\n==========\r\n"
    said = [
        ("Your Highlight on page 5 | Location 70-72 | Added on Monday", "It burned down, and I cannot believe it"),
        ("Your Note on page 5 | Location 72 | Added on Monday", "I cannot believe it"),
        ("Your Highlight on page 5 | Location 71-72 | Added on Tuesday", "It burned down, and I cannot believe it all"),
        ("Your Highlight on page 90 | Location 1070-72 | Added on Tuesday", "It burned down"),
        ("Your Highlight on page 90 | Location 1072-74 | Added on Tuesday", "It burned down at last"),
    ]
    found = text(tmp_path, "".join(clipping.format(*one) for one in said))
    assert found.documents == [said[0][1], said[1][1], said[2][1], said[4][1]]
    assert "1 older form of a clipping" in found.warnings


def test_clippings_that_the_publisher_does_not_give_away_and_long_dashes(tmp_path: Path) -> None:
    clipping = "Книга (Автор)\r\n– Ваш выделенный отрывок на странице 5 | Добавлено: 1 мая\r\n\r\n{}\r\n==========\r\n"
    content = clipping.format("It burned.") + clipping.format(" <You have reached the clipping limit for this item>")
    found = text(tmp_path, content)
    assert found.documents == ["It burned."] and "1 clipping beyond the limit of its book" in found.warnings


def test_a_group_begins_with_notices(tmp_path: Path) -> None:
    notices = [f"Ada added +49 170 {n}" for n in range(9)] + ['Ada created group "Boat: a club"', "Missed voice call"]
    said = ["Ada: Hi: there", 'Ben "B" Bee: You', "Ada: So", "Ada: Well"]
    content = "".join(f"5/1/24, 1:00 PM - {each}\n" for each in [*notices, *said])
    found = text(tmp_path, content)
    assert found.documents == ["Hi: there", "You", "So", "Well"] and "11 notices" in found.warnings


def test_whatsapp_in_hindi(tmp_path: Path) -> None:
    content = "".join(f"01/05/24, 1:0{n} अपराह्न - Ada: {each}\n" for n, each in enumerate(["नमस्ते", "हाँ"]))
    assert text(tmp_path, content).documents == ["नमस्ते", "हाँ"]
