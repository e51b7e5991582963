"""Letters: what was written, in the encoding that it says."""

from email.message import EmailMessage
from pathlib import Path

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
