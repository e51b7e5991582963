"""Letters: what was written, in the encoding that it says."""

from email.message import EmailMessage
from pathlib import Path

import pytest

from textgen_gui.engine.core.config import TextConfig

from ....awkward import french, russian
from . import read


def letter(text: str, charset: str = "utf-8", page: str = "") -> EmailMessage:
    message = EmailMessage()
    message["From"], message["Subject"], message["Date"] = "Ann <ann@example.com>", "Été à Lübeck", "Wed, 1 May 2024"
    message.set_content(text, charset=charset)
    if page:
        message.add_alternative(page, subtype="html")
    return message


def test_a_letter(tmp_path: Path) -> None:
    plain = french.replace("’", "'").replace("–", "-")
    message = letter(plain, "iso-8859-15", "<p>The same as a page</p>")
    message.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="a.pdf")
    (tmp_path / "a.eml").write_bytes(bytes(message))
    found = read(tmp_path / "a.eml")
    assert found.text == plain.strip("\n")
    assert "1 attachment" in found.warnings and "Not learnt: “from”, “date”, “subject”" in found.warnings
    assert read(tmp_path / "a.eml", TextConfig(columns=("subject",))).text == "Été à Lübeck"


def test_a_line_that_says_there_is_a_page_is_not_the_letter(tmp_path: Path) -> None:
    """Of a newsletter nothing was left but that one line."""
    said = "The boats went out before the sun was up. " * 5
    for stub, page, text in (
        ("Please view this e-mail in a program that can show HTML.", f"<p>{said}</p>", said.strip()),
        ("The boats went out.", "<p>The <b>boats</b> went out.</p>", "The boats went out."),
    ):
        (tmp_path / "a.eml").write_bytes(bytes(letter(stub, page=page)))
        assert read(tmp_path / "a.eml").text == text


def test_a_letter_that_is_a_page(tmp_path: Path) -> None:
    message = EmailMessage()
    message.set_content("<html><body><p>One &amp; two</p><p>Three</p></body></html>", subtype="html")
    (tmp_path / "a.eml").write_bytes(bytes(message))
    assert read(tmp_path / "a.eml").text == "One & two\n\nThree"


def test_a_box_of_letters(tmp_path: Path) -> None:
    letters = [letter(f"{russian}\nFrom here it goes on.\n\nFrom there too. {n}", "koi8-r") for n in range(3)]
    content = b"".join(
        b"From ann@example.com Wed May  1 10:00:00 2024\n" + bytes(each).replace(b"\nFrom ", b"\n>From ") + b"\n"
        for each in letters
    )
    (tmp_path / "a.mbox").write_bytes(content)
    found = read(tmp_path / "a.mbox").documents
    assert found == [f"{russian}\nFrom here it goes on.\n\nFrom there too. {n}" for n in range(3)]


def test_a_label_that_is_none_is_found_out(tmp_path: Path) -> None:
    content = b"Subject: a\nContent-Type: text/plain; charset=idna\n\n" + russian.encode("cp1251") * 4
    (tmp_path / "a.eml").write_bytes(content)
    assert russian.strip() in read(tmp_path / "a.eml").text


def test_the_footer_of_a_list_hides_no_page(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_text(
        "Content-Type: multipart/mixed; boundary=X\n\n"
        "--X\nContent-Type: multipart/alternative; boundary=Y\n\n"
        "--Y\nContent-Type: text/plain\n\n\n--Y\nContent-Type: text/html\n\n<p>The letter.</p>\n--Y--\n"
        "--X\nContent-Type: text/plain\n\nOf the list.\n--X--\n"
    )
    assert read(tmp_path / "a.eml").text == "The letter.\nOf the list."


HEAD = "From: a@example.com\nContent-Type: text/plain"


def box(*letters: str) -> str:
    return "".join(f"From a@example.com Wed May  1 10:00:00 2024\n{letter}\n\n" for letter in letters)


def test_a_sentence_that_begins_with_from_parts_no_letters(tmp_path: Path) -> None:
    said = "Dear Ben,\n\nFrom the beginning it was clear.\nAnd so on."
    (tmp_path / "a.mbox").write_text(box(f"{HEAD}\n\n{said}", f"{HEAD}\n\nTwo."))
    assert read(tmp_path / "a.mbox").documents == [said, "Two."]


@pytest.mark.parametrize("begins", ["From a@b.c Mon Jan  1 2001", "From MAILER DAEMON", "From Ann Lee\r"])
def test_letters_begin_without_a_time_too(tmp_path: Path, begins: str) -> None:
    """What follows is a header, so that a sentence in a letter parts none, nor a line of one word."""
    said = "Dear Ben,\n\nFrom the lake came a voice.\nAnn: who is there?\n\nFrom afar\nFrom near\n\nFrom 9:30 on: me."
    content = f"{begins}\n{HEAD}\n\n{said}\n\n{begins}\nX-Flag: 1\n{HEAD}\n\nTwo.\n"
    (tmp_path / "a.mbox").write_bytes(content.encode())
    assert read(tmp_path / "a.mbox").documents == [said, "Two."]


@pytest.mark.parametrize(
    "said",
    [
        "From John's desk:\nSubject: this is a quotation of a letter.",
        "From now on\nReferences: see below",
        "From ann@example.com I have this:\nSubject: the lake",
        "From afar\nAnn: who?",
        "From 1997 to 2001 it was 12:30 on the clock of 1999",
    ],
)
def test_a_quotation_parts_no_letters(tmp_path: Path, said: str) -> None:
    (tmp_path / "a.mbox").write_text(box(f"{HEAD}\n\nOne.\n\n{said}", f"{HEAD}\n\nTwo."))
    assert read(tmp_path / "a.mbox").documents == [f"One.\n\n{said}", "Two."]


@pytest.mark.parametrize("name", ["Ann", "ann@example.com", "-"])
def test_a_memo_in_a_letter_parts_none_where_letters_begin_more_surely(tmp_path: Path, name: str) -> None:
    said = f"One.\n\nFrom {name}\nTo: Ben\nSubject: the lake\n\nIt is deep."
    (tmp_path / "a.mbox").write_text(box(f"{HEAD}\n\n{said}", f"{HEAD}\n\nTwo."))
    assert read(tmp_path / "a.mbox").documents == [said, "Two."]
    addressed = f"From a@b.c\n{HEAD}\n\n"
    said = said.replace(name, "Ann")
    (tmp_path / "a.mbox").write_text(f"{addressed}{said}\n\n{addressed}Two.\n")
    assert read(tmp_path / "a.mbox").documents == [said, "Two."]


@pytest.mark.parametrize(
    "begins",
    [
        *(f"From {name}\n{header}: 1" for name in ("- ", "MAILER-DAEMON", "a@b.c") for header in ("User-Agent", "Odd")),
        "From ann\nThread-Topic: 1",
        "From ann\nImportance: 1",
        *(f"From a b {time}" for time in ("Wed May  1 10:00 2024", "Wed May 01 10:00:00 +0000 2024")),
        *(f"From - {time}" for time in ("Wed May 1 10:00:00 MET DST 2024", "Wed, 01 May 2024 10:00:00 +0000")),
    ],
)
def test_how_letters_begin_in_the_boxes_of_programs(tmp_path: Path, begins: str) -> None:
    (tmp_path / "a.mbox").write_text(f"{begins}\n{HEAD}\n\nOne.\n\n{begins}\n{HEAD}\n\nTwo.\n")
    assert read(tmp_path / "a.mbox").documents == ["One.", "Two."]


def test_one_bad_letter_does_not_take_the_others_with_it(tmp_path: Path) -> None:
    bad = (f"{HEAD}\n\n" + "\0\1\2\3" * 99, f"{HEAD}\nContent-Transfer-Encoding: base64\n\nUEsDBBQAAAAIAAAA")
    named = f"{HEAD}\nSubject: =?utf-8?B?abc?=\n\nTwo."
    (tmp_path / "a.mbox").write_text(box(f"{HEAD}\n\nOne.", *bad, named))
    found = read(tmp_path / "a.mbox")
    assert found.documents == ["One.", "Two."] and "2 unreadable letters" in found.warnings


def test_lines_that_flow_are_one_paragraph(tmp_path: Path) -> None:
    said = "One paragraph \nthat goes \non.\n\n> quoted \n> too \nWell.\n-- \nAnn"
    (tmp_path / "a.eml").write_text(f"{HEAD}; format=flowed\n\n{said}\n")
    assert read(tmp_path / "a.eml").text == "One paragraph that goes on.\n\n> quoted \n> too \nWell.\n-- \nAnn"
    (tmp_path / "a.eml").write_text(f"{HEAD}; format=flowed; delsp=yes\n\nmorn \ning\n")
    assert read(tmp_path / "a.eml").text == "morning"
    said = " From here \n we saw it.\n\n > no quotation\n  a verse"
    (tmp_path / "a.eml").write_text(f"{HEAD}; format=flowed\n\n{said}\n")
    assert read(tmp_path / "a.eml").text == "From here we saw it.\n\n> no quotation\n a verse"


def parts(kind: str, *inside: str) -> str:
    return f"Content-Type: multipart/{kind}; boundary=X\n\n" + "".join(f"--X\n{part}\n" for part in inside) + "--X--\n"


def test_parts_that_are_no_words_are_counted(tmp_path: Path) -> None:
    calendar = "Content-Type: text/calendar\n\nBEGIN:VCALENDAR"
    (tmp_path / "a.eml").write_text(parts("mixed", "Content-Type: text/plain\n\nHello", calendar))
    found = read(tmp_path / "a.eml")
    assert found.text == "Hello" and "1 attachment" in found.warnings
    page = "Content-Type: text/html\n\n<p hidden>no</p><nav>no</nav><p>Page</p>"
    (tmp_path / "a.eml").write_text(parts("alternative", page, "Content-Type: text/x-amp-html\n\n<p>no</p>"))
    found = read(tmp_path / "a.eml")
    assert found.text == "Page" and "1 hidden passage, 1 part of a page" in found.warnings


def test_a_letter_without_the_parts_that_it_names_and_with_a_mark(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_text("\ufeffContent-Type: multipart/mixed; boundary=X\n\nNothing but words.\n")
    assert read(tmp_path / "a.eml").text == "Nothing but words."


def test_a_page_that_a_browser_saved_with_its_pictures(tmp_path: Path) -> None:
    (tmp_path / "a.mhtml").write_text(
        "From: <Saved by Blink>\nSubject: A page\nMIME-Version: 1.0\n"
        'Content-Type: multipart/related; type="text/html"; boundary="--B"\n\n'
        "----B\nContent-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n"
        "<html><head><title>No</title></head><body><p>The garden is =\nquiet, caf=C3=A9 and all.</p></body></html>\n"
        "----B\nContent-Type: image/png\nContent-Transfer-Encoding: base64\n\niVBORw0KGgo=\n----B--\n",
        encoding="utf-8",
    )
    found = read(tmp_path / "a.mhtml")
    assert found.text == "The garden is quiet, café and all."
    assert "a saved page" in found.warnings and "1 attachment" in found.warnings


@pytest.mark.parametrize(
    ("head", "body"),
    [
        ("Content-Type: text/plain; name=letter.txt", "Grüße, Ann"),
        ("Content-Type: text/enriched", "<bold>Grüße</bold>, <color><param>red</param>Ann</color>"),
        ("\r\n\r\nSubject: Boat", "Grüße, Ann"),
    ],
)
def test_what_programs_write_that_few_use(tmp_path: Path, head: str, body: str) -> None:
    """A letter of one part that has a name is no attachment, and blank lines above it are not its end."""
    top = head.replace("Content-Type: ", "Subject: Boat\r\nContent-Type: ")
    (tmp_path / "a.eml").write_bytes(f"{top}\r\n\r\n{body}\r\n".encode())
    found = read(tmp_path / "a.eml")
    assert found.text == "Grüße, Ann" and "attachment" not in found.warnings


def test_below_blank_lines_may_stand_the_words_of_a_letter_without_headers(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(b"\r\nNote: bring the oars.\r\n\r\nAnn\r\n")
    assert read(tmp_path / "a.eml").text == "Note: bring the oars.\n\nAnn"


def test_letters_in_utf_7(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(b"Content-Type: text/plain; charset=utf-7\r\n\r\nGr+APwA3w-e aus Z+APw-rich\r\n")
    assert read(tmp_path / "a.eml").text == "Grüße aus Zürich"


SIGNED = """-----BEGIN PGP SIGNED MESSAGE-----
Hash: SHA256

The rain did not stop.
- --
Bob
-----BEGIN PGP SIGNATURE-----

iQIzBAEBCAAdFiEEabcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKL
=abcd
-----END PGP SIGNATURE-----
"""


def test_what_was_thrown_away_is_no_letter(tmp_path: Path) -> None:
    """Gmail gives out spam and bin with the rest; Thunderbird keeps what was deleted in its file for a while."""
    heads = (
        "X-Gmail-Labels: Inbox,Opened",
        "X-Gmail-Labels: Spam,Unread",
        "X-Gmail-Labels: =?UTF-8?Q?Papierkorb,Ge=C3=B6ffnet?=",
        "X-Mozilla-Status: 0009",
        "X-Mozilla-Status: 0001",
    )
    box = "".join(
        f"From - Sun Jan  1 10:00:00 2023\n{head}\nFrom: bob@x.de\nSubject: s\n\nLetter {number}.\n\n"
        for number, head in enumerate(heads)
    )
    (tmp_path / "a.mbox").write_text(box)
    found = read(tmp_path / "a.mbox")
    assert found.documents == ["Letter 0.", "Letter 4."]
    assert "2 deleted letters" in found.warnings and "1 spam letter" in found.warnings
    (tmp_path / "a.eml").write_text(f"{heads[1]}\nSubject: s\n\nOne that somebody saved.\n")
    assert read(tmp_path / "a.eml").text == "One that somebody saved."


def test_a_signature_of_numbers_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_text(f"From: a@x.de\nSubject: s\n\n{SIGNED}")
    assert read(tmp_path / "a.eml").text == "The rain did not stop.\n--\nBob"
