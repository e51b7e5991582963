"""Files as people really have them: every format, many encodings, every fault. Written by hand, not by the readers'
own libraries, so that a reader is never checked against itself."""

import gzip
import json
import os
import unicodedata
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from textgen_gui.engine.core.config import TextConfig

french = (
    "Le vieil homme marchait lentement le long de la rivière et regardait l’eau qui brillait sous les étoiles. "
    "Elle ouvrit la fenêtre, et le vent entra, chargé de l’odeur des forêts mouillées. Où étaient passés les élèves ? "
    "« Ça ira », répéta-t-il, déjà prêt à partir vers le château – mais l’âge l’empêchait de courir.\n"
)
russian = (
    "Старик медленно шёл вдоль реки и смотрел на воду, которая блестела под звёздами. Она открыла окно, и в комнату "
    "вошёл ветер с запахом мокрого леса. Никто не знал, почему часы остановились в семь минут пятого.\n"
)
japanese = (
    "老人は川に沿ってゆっくり歩き、星の下で光る水を見ていた。彼女が窓を開けると、濡れた森の匂いのする風が入ってきた。"
    "時計がなぜ四時七分で止まったのか、だれも知らなかった。机の上には古い手紙が一通あった。\n"
)
chinese = (
    "老人沿着河慢慢地走，看着在星光下闪烁的水面。她打开窗户，带着潮湿森林气味的风吹了进来。"
    "没有人知道钟为什么停在四点零七分。桌子上放着一封很久以前写的信。\n"
)
english = "The old man walked along the river and looked at the water.\nShe opened the window, and the wind came in.\n"


@dataclass(frozen=True)
class Awkward:
    """A file and what is to be read of it; ``text`` None: refused with a sentence that has ``words`` in it.

    ``warned``: words that one of the warnings must have, empty for none at all. ``documents`` 0: any number.
    """

    path: Path
    text: str | None
    words: str = ""
    warned: str | None = None
    documents: int = 0
    options: TextConfig = field(default_factory=TextConfig)


# of a tokenizer: as long as no memory is
ENDLESS_PADDING = {
    "strategy": {"Fixed": 10**12},
    "direction": "Right",
    "pad_to_multiple_of": None,
    "pad_id": 0,
    "pad_type_id": 0,
    "pad_token": "a",
}


def encoded() -> Iterator[tuple[str, bytes, str]]:
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"):
        for language, text in (("french", french), ("russian", russian), ("japanese", japanese)):
            yield f"{encoding}-{language}.txt", (text * 8).encode(encoding), text * 8
    yield "mark-be.txt", b"\xfe\xff" + (french * 8).encode("utf-16-be"), french * 8
    yield "mark-32-be.txt", b"\x00\x00\xfe\xff" + (french * 8).encode("utf-32-be"), french * 8
    for encoding, text in (
        ("cp1252", french),
        ("cp1251", russian),
        ("koi8-r", russian),
        ("shift_jis", japanese),
        ("euc-jp", japanese),
        ("gb18030", chinese),
    ):
        yield f"{encoding}.txt", (text * 8).encode(encoding), text * 8


def archive(path: Path, parts: dict[str, str | bytes], packed: bool = True) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED) as file:
        for name, content in parts.items():
            file.writestr(name, content)
    return path


def docx(body: str) -> dict[str, str | bytes]:
    space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    return {
        "[Content_Types].xml": "<Types xmlns='http://schemas.openxmlformats.org/package/2006/content-types'/>",
        "word/document.xml": f"<w:document xmlns:w='{space}'><w:body>{body}</w:body></w:document>",
    }


def odt(body: str) -> dict[str, str | bytes]:
    spaces = " ".join(f"xmlns:{n}='urn:oasis:names:tc:opendocument:xmlns:{n}:1.0'" for n in ("office", "text", "table"))
    content = f"<office:document-content {spaces}><office:body><office:text>{body}</office:text></office:body>"
    return {
        "mimetype": "application/vnd.oasis.opendocument.text",
        "content.xml": content + "</office:document-content>",
    }


def epub(
    chapters: dict[str, str], spine: list[str], more: dict[str, str | bytes] | None = None
) -> dict[str, str | bytes]:
    items = "".join(
        f"<item id='i{n}' href='{name}' media-type='application/xhtml+xml'/>" for n, name in enumerate(chapters)
    )
    names = list(chapters)
    order = "".join(f"<itemref idref='i{names.index(name)}'/>" for name in spine)
    container = "<container xmlns='urn:oasis:names:tc:opendocument:xmlns:container'><rootfiles>"
    container += (
        "<rootfile full-path='OEBPS/book.opf' media-type='application/oebps-package+xml'/></rootfiles></container>"
    )
    package = (
        f"<package xmlns='http://www.idpf.org/2007/opf'><manifest>{items}</manifest><spine>{order}</spine></package>"
    )
    parts: dict[str, str | bytes] = {"mimetype": "application/epub+zip", "META-INF/container.xml": container}
    parts |= {"OEBPS/book.opf": package, **{f"OEBPS/{name}": text for name, text in chapters.items() if text}}
    return parts | (more or {})


def page(body: str) -> str:
    return f"<html xmlns='http://www.w3.org/1999/xhtml'><head><title>No</title></head><body>{body}</body></html>"


PICTURE = "q 99 0 0 99 99 99 cm BI /W 1 /H 1 /CS /G /BPC 8 ID x EI Q"


def pdf(pages: list[str], trailer: str = "") -> bytes:
    """A PDF with a line of Helvetica for each line of each page, or with a PICTURE on it."""
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", "", "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]
    kids = []
    for text in pages:
        lines = "".join(f"({line}) Tj 0 -16 Td " for line in text.split("\n"))
        stream = text if text in ("", PICTURE) else f"BT /F1 12 Tf 72 720 Td {lines}ET"
        objects.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
        kids.append(f"{len(objects) + 1} 0 R")
        resources = "<< /Font << /F1 3 0 R >> >>"
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents {len(objects)} 0 R /Resources {resources} >>"
        )
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(kids)} >>"
    out, places = bytearray(b"%PDF-1.4\n"), []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{content}\nendobj\n".encode()
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    start = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}".encode()
    out += f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R {trailer}>>\nstartxref\n{start}\n%%EOF\n".encode()
    return bytes(out)


def plain(folder: Path) -> Iterator[Awkward]:
    """Plain text in every state it can be in."""

    def file(name: str, content: bytes) -> Path:
        path = folder / name
        path.write_bytes(content)
        return path

    for name, content, text in encoded():
        yield Awkward(file(name, content), text)
    yield Awkward(file("lines-cr.txt", b"one\rtwo\rthree"), "one\ntwo\nthree")
    yield Awkward(file("lines-mixed.md", b"one\r\ntwo\nthree\r\rfour"), "one\ntwo\nthree\n\nfour")
    yield Awkward(file("lines-ls.txt", "one\u2028two\u2029three\n".encode()), "one\u2028two\u2029three\n")
    yield Awkward(file("no-spaces.txt", b"x" * 300_000), "x" * 300_000)
    yield Awkward(
        file("one-line.txt", (english * 4000).replace("\n", " ").encode()), (english * 4000).replace("\n", " ")
    )
    good = (french * 40).encode()
    bad = good[:2001].rstrip(b"\xc3\xe2\x80") + b"\xff" + good[2001:]
    yield Awkward(file("one-bad-byte.txt", bad), bad.decode("utf-8", "replace"), warned="1 ")
    yield Awkward(
        file("own-replacement.txt", "It says \ufffd here.\n".encode() * 9), "It says \ufffd here.\n" * 9, warned=""
    )
    yield Awkward(
        file("few-nuls.txt", b"A letter\0 with two\0 strange signs.\n" + english.encode() * 99),
        "A letter\0 with two\0 strange signs.\n" + english * 99,
    )
    yield Awkward(file("ascii.txt", english.encode()), english, warned="")
    yield Awkward(file("short.txt", b"Hi."), "Hi.")
    yield Awkward(file("emoji.txt", "👩‍👩‍👧 שלום العربية हिन्दी\n".encode()), "👩‍👩‍👧 שלום العربية हिन्दी\n")
    yield Awkward(file("rtl \u202e name.txt", english.encode()), english)
    yield Awkward(file("line\nend.txt", english.encode()), english)
    yield Awkward(file("🙂👩‍👩‍👧.txt", english.encode()), english)
    yield Awkward(file("n" * 251 + ".txt", english.encode()), english)
    yield Awkward(file(unicodedata.normalize("NFC", "é twin.txt"), english.encode()), english)
    yield Awkward(file(unicodedata.normalize("NFD", "é twin.txt"), english.encode()), english)
    yield Awkward(file("CON.txt", english.encode()), english)
    yield Awkward(file("..trailing. .txt", english.encode()), english)
    yield Awkward(file("packed.txt.gz", gzip.compress(french.encode())), french)
    for name, content, words in (
        ("picture.txt", b"\x89PNG\r\n\x1a\n" + os.urandom(900), "a picture"),
        ("program.txt", b"\x7fELF\x02\x01" + os.urandom(900), "a program"),
        ("archive.txt", b"PK\x03\x04" + os.urandom(900), "office document"),
        ("noise.txt", os.urandom(20_000), "no"),
        ("nuls.txt", b"\0" * 5000, "zero bytes"),
        ("unknown.xyz", b"text", "no format"),
        ("cut.txt.gz", gzip.compress(os.urandom(5000))[:-2000], "damaged"),
        ("not.txt.gz", b"this is not packed at all", "damaged"),
        ("bomb.txt.gz", gzip.compress(b"0" * 50_000_000), "no real text"),
    ):
        yield Awkward(file(name, content), None, words)


def formats(folder: Path) -> Iterator[Awkward]:
    """Every other format, whole and broken."""

    def file(name: str, content: bytes | str) -> Path:
        path = folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    rows = [("Storm", 'The wind rose, and "nobody" slept.'), ("Calm", "Then it was over;\nthe sea lay flat.")]
    quoted = [
        [f'"{cell}"' if "\n" in cell or '"' in cell else cell for cell in (c.replace('"', '""') for c in row)]
        for row in rows
    ]
    bodies = "".join(body for _, body in rows)
    for sign, name in (("\t", "tab.tsv"), (";", "semicolon.csv"), ("|", "pipe.csv")):
        content = "\n".join(sign.join(row) for row in [["title", "body"], *quoted])
        yield Awkward(file(name, content), bodies, documents=2)
    comma = "title,body\n" + "\n".join(
        ",".join(f'"{cell.replace(chr(34), chr(34) * 2)}"' for cell in row) for row in rows
    )
    yield Awkward(file("comma.csv", comma.replace("\n", "\r\n")), bodies, documents=2)
    chosen = TextConfig(columns=("title",))
    yield Awkward(file("chosen.csv", comma), "StormCalm", documents=2, options=chosen)
    yield Awkward(
        file("two.csv", comma), "".join(f"{a}\n{b}" for a, b in rows), options=TextConfig(columns=("title", "body"))
    )
    yield Awkward(file("packed.csv.gz", gzip.compress(comma.encode())), bodies, documents=2)
    yield Awkward(
        file("no-header.csv", "1,A first line of text.\n2,A second line of text.\n"),
        "A first line of text.A second line of text.",
        documents=2,
    )
    yield Awkward(
        file("one-column.csv", "The first line is text too.\nSo is the second one.\n"),
        "The first line is text too.So is the second one.",
        documents=2,
    )
    yield Awkward(
        file("formula.csv", "name,text\na,=SUM(A1:A9) is no sum here\nb,+1 is text\n"),
        "=SUM(A1:A9) is no sum here+1 is text",
    )
    yield Awkward(
        file("gap.csv", "name,text\na,some words here\nb,\nc,some more words\n"),
        "some words heresome more words",
        warned="1 row ",
        documents=2,
    )
    yield Awkward(file("nul.csv", "name,text\na,some\0 words here\n"), "some words here")
    yield Awkward(
        file(
            "latin.csv",
            ("nom,texte\n" + "".join(f"n{n},{french.strip()}\n" for n in range(9)).replace(", ", " ")).encode("cp1252"),
        ),
        french.strip().replace(", ", " ") * 9,
    )
    yield Awkward(file("huge-cell.csv", 'a,b\n1,"' + "x" * 17_000_000), None, "quotation mark")
    yield Awkward(file("no-such.csv", comma), None, "Did you mean “body”", options=TextConfig(columns=("boddy",)))

    records = [{"id": n, "text": body, "by": {"name": title}} for n, (title, body) in enumerate(rows)]
    yield Awkward(file("records.json", json.dumps(records)), bodies, documents=2)
    yield Awkward(file("inside.json", json.dumps({"data": records, "version": 2})), bodies, documents=2)
    yield Awkward(file("strings.json", json.dumps([body for _, body in rows])), bodies, documents=2)
    yield Awkward(file("single.json", json.dumps(records[0])), rows[0][1], documents=1)
    yield Awkward(file("lines.jsonl", "\n".join(map(json.dumps, records))), bodies, documents=2)
    yield Awkward(
        file("dotted.jsonl", "\n".join(map(json.dumps, records))), "StormCalm", options=TextConfig(columns=("by.name",))
    )
    yield Awkward(file("packed.jsonl.gz", gzip.compress("\n".join(map(json.dumps, records)).encode())), bodies)
    torn = "\n".join([*map(json.dumps, records), '{"text": "torn'])
    yield Awkward(file("torn.jsonl", torn), bodies, warned="line 3", documents=2)
    yield Awkward(file("surrogate.json", '["a\\ud800b is odd"]'), "a\ufffdb is odd", warned="1 ")
    yield Awkward(file("twice.json", '[{"text": "first", "text": "the second counts"}]'), "the second counts")
    yield Awkward(file("deep.json", "[" * 100_000), None, "deep")
    yield Awkward(file("deep-closed.json", "[" * 100_000 + "]" * 100_000), None, "deep")
    yield Awkward(file("no.json", "this is no json"), None, "no proper JSON")
    yield Awkward(file("no.jsonl", "this\nis\nno json\n"), None, "no JSON lines")

    body = "<h1>One</h1><p>First   words &amp; <b>bold</b>\nones.</p><script>x()</script><ul><li>a<li>b</ul><pre>  kept\n  so</pre>"
    shown = "One\n\nFirst words & bold ones.\n\na\nb\n\n  kept\n  so"
    yield Awkward(file("page.html", page(body)), shown, documents=1)
    declared = f"<html><head><meta charset='iso-8859-1'></head><body><p>{french.strip()}</p></body></html>"
    plain_french = french.strip().replace("’", "'").replace("–", "-")
    yield Awkward(file("declared.htm", declared.replace("’", "'").replace("–", "-").encode("latin-1")), plain_french)
    yield Awkward(file("breaks.html", "<p>a<br>b<br/>c</p><p>d</p>"), "a\nb\nc\n\nd")
    yield Awkward(file("nested.html", "<div>" * 100_000 + "deep words"), None, "nested too deeply")
    yield Awkward(file("empty.html", "<html><body><img src='a.png'></body></html>"), None, "no text")

    para = "<w:p><w:r><w:t>{}</w:t></w:r></w:p>"
    table = "<w:tbl><w:tr><w:tc>" + para.format("a") + "</w:tc><w:tc>" + para.format("b") + "</w:tc></w:tr></w:tbl>"
    changed = "<w:p><w:del><w:r><w:delText>gone</w:delText></w:r></w:del><w:ins><w:r><w:t>new</w:t></w:r></w:ins></w:p>"
    tabbed = "<w:p><w:r><w:t>x</w:t><w:tab/><w:t>y</w:t><w:br/><w:t xml:space='preserve'>z </w:t></w:r></w:p>"
    word = docx(para.format("First &amp; more.") + table + changed + tabbed)
    yield Awkward(archive(folder / "letter.docx", word), "First & more.\na\tb\nnew\nx\ty\nz ", documents=1)
    yield Awkward(archive(folder / "empty.docx", docx("<w:p/>")), None, "no text")
    whole = archive(folder / "cut.docx", docx(para.format("word " * 4000))).read_bytes()
    yield Awkward(file("cut.docx", whole[: len(whole) // 2]), None, "damaged")
    yield Awkward(file("old.docx", b"\xd0\xcf\x11\xe0" + os.urandom(500)), None, "damaged")
    yield Awkward(archive(folder / "bomb.docx", docx(para.format("0" * 80_000_000))), None, "no real")
    entities = '<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    laughs = (
        f"{entities}<w:document xmlns:w='{space}'><w:body><w:p><w:r><w:t>&b;</w:t></w:r></w:p></w:body></w:document>"
    )
    yield Awkward(archive(folder / "laughs.docx", {"word/document.xml": laughs}), None, "")
    text = "<text:h>Title</text:h><text:p>Some<text:s text:c='2'/>words<text:tab/>and <text:span>more</text:span> here<text:line-break/>so</text:p>"
    cells = "<table:table><table:table-row><table:table-cell><text:p>a</text:p></table:table-cell><table:table-cell><text:p>b</text:p></table:table-cell></table:table-row></table:table>"
    yield Awkward(archive(folder / "letter.odt", odt(text + cells)), "Title\nSome  words\tand more here\nso\na\tb")
    yield Awkward(file("cut.odt", b"PK\x03\x04 cut"), None, "damaged")

    chapters = {
        "b.xhtml": page("<h1>Two</h1><p>second</p>"),
        "a.xhtml": page("<h1>One</h1><p>first</p>"),
        "toc.xhtml": page("No"),
    }
    yield Awkward(
        archive(folder / "book.epub", epub(chapters, ["a.xhtml", "b.xhtml"])),
        "One\n\nfirst\n\nTwo\n\nsecond",
        documents=1,
    )
    missing = epub({**chapters, "c.xhtml": ""}, ["a.xhtml", "c.xhtml"])
    yield Awkward(archive(folder / "missing.epub", missing), "One\n\nfirst", warned="1 of 2 chapters")
    lock = "<encryption xmlns='urn:oasis:names:tc:opendocument:xmlns:container'><e:EncryptedData xmlns:e='http://www.w3.org/2001/04/xmlenc#'><e:CipherData><e:CipherReference URI='OEBPS/a.xhtml'/></e:CipherData></e:EncryptedData></encryption>"
    yield Awkward(
        archive(folder / "locked.epub", epub(chapters, ["a.xhtml"], {"META-INF/encryption.xml": lock})),
        None,
        "protected",
    )
    yield Awkward(
        archive(folder / "bomb.epub", epub({"a.xhtml": page("0" * 80_000_000)}, ["a.xhtml"])), None, "no real"
    )
    yield Awkward(archive(folder / "no-container.epub", {"mimetype": "application/epub+zip"}), None, "damaged")

    yield Awkward(
        file("paper.pdf", pdf(["First page here.\nIts second line.", "Second page."])),
        "First page here.\nIts second line.\n\nSecond page.",
        documents=1,
    )
    scanned = pdf([PICTURE, "Only this page.", PICTURE])
    yield Awkward(file("scanned.pdf", scanned), "Only this page.\n\n", warned="2 of 3 pages hold no text; they are")
    yield Awkward(
        file("gaps.pdf", pdf(["", "Only this.", PICTURE])), "Only this.\n\n", warned="2 of 3 pages hold no text; 1 of"
    )
    yield Awkward(file("empty-pages.pdf", pdf(["A.", ""])), "A.\n\n", warned="1 of 2 pages hold no text.")
    yield Awkward(file("pictures.pdf", pdf([PICTURE, ""])), None, "scanned")
    yield Awkward(file("blank.pdf", pdf(["", ""])), None, "holds no text. Open it")
    yield Awkward(file("cut.pdf", b"%PDF-1.4\n1 0 obj\n<< /Type"), None, "damaged")
    secret = (
        "/Encrypt << /Filter /Standard /V 1 /R 2 /O <" + "41" * 32 + "> /U <" + "42" * 32 + "> /P -4 >> /ID [<00><00>] "
    )
    yield Awkward(file("secret.pdf", pdf(["Nobody reads this."], secret)), None, "password")
    for name in ("empty.txt", "empty.csv", "empty.jsonl", "blank.txt"):
        yield Awkward(file(name, b"" if "empty" in name else b" \n\t \n"), "" if "empty" in name else " \n\t \n")
