"""Scrivener's projects: the manuscript in the order of the binder, as a folder and packed."""

import re
import time
from collections import deque
from pathlib import Path

import pytest

from textgen_gui.engine.core import project
from textgen_gui.engine.core.errors import TextError
from textgen_gui.engine.core.text_formats import copying_text

from ....awkward import archive
from ....conftest import never
from . import read


def item(name: str, type: str = "Text", children: str = "") -> str:
    return f"<BinderItem UUID='{name}' Type='{type}'><Title>NO</Title><Children>{children}</Children></BinderItem>"


BINDER = (
    "<?xml version='1.0'?><ScrivenerProject><Binder>"
    + item("D", "DraftFolder", item("B", "Folder", item("C") + item("A")) + item("E") + item("missing"))
    + item("R", "ResearchFolder", item("F"))
    + item("T", "TrashFolder", item("G"))
    + "</Binder></ScrivenerProject>"
)
TEXTS = {name: f"Files/Data/{name}/content.rtf" for name in "ABCEFG"}


def parts(folder: str = "") -> dict[str, str | bytes]:
    texts: dict[str, str | bytes] = {
        f"{folder}{path}": f"{{\\rtf1 Text {name}.\\par}}".encode() for name, path in TEXTS.items()
    }
    return {f"{folder}Novel.scrivx": BINDER, **texts, f"{folder}Settings/ui.xml": "<x/>"}


def test_a_project_in_the_order_of_its_binder(tmp_path: Path) -> None:
    for name, content in parts().items():
        path = tmp_path / "Novel.scriv" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    expected = "Text B.\n\nText C.\n\nText A.\n\nText E."
    found = read(tmp_path / "Novel.scriv")
    assert found.text == expected and found.warnings == "Left out: 2 texts outside the manuscript."
    assert read(archive(tmp_path / "Novel.zip", parts("Novel.scriv/"))).text == expected
    place = project.create(tmp_path / "p")
    list(place.add_texts([tmp_path], never))
    assert [source.file for source in place.sources()] == ["Novel.scriv", "Novel.zip"]
    assert read(place.text_file(place.sources()[0])).text == expected


def test_old_projects_name_their_texts_by_number(tmp_path: Path) -> None:
    binder = BINDER.replace("UUID='B'", "ID='3'").replace("UUID='A'", "ID='12'")
    old: dict[str, str | bytes] = {
        "binder.scrivx": binder,
        "Files/Docs/12.rtf": b"{\\rtf1 twelve}",
        "Files/Docs/3.rtf": b"{\\rtf1 three}",
    }
    assert read(archive(tmp_path / "a.zip", old)).text == "three\n\ntwelve"


def test_a_project_without_a_binder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.scriv").mkdir()
    with pytest.raises(TextError, match="damaged"):
        read(tmp_path / "a.scriv")


def test_links_in_a_project_lead_nowhere(tmp_path: Path) -> None:
    """What lies elsewhere on this computer is no text of it."""
    (tmp_path / "secret.rtf").write_text("{\\rtf1 My password.}")
    folder = tmp_path / "Novel.scriv"
    for name, content in parts().items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    (folder / TEXTS["A"]).unlink()
    (folder / TEXTS["A"]).symlink_to(tmp_path / "secret.rtf")
    found = read(folder)
    assert "password" not in found.text and found.text.endswith("Text E.")


def test_items_without_end_inside_each_other_are_one_sentence(tmp_path: Path) -> None:
    deep = "<ScrivenerProject><Binder>" + "<BinderItem Type='Text' UUID='A'>" * 5_000
    with pytest.raises(TextError, match="damaged"):
        read(archive(tmp_path / "a.zip", {"a.scrivx": deep + "</BinderItem>" * 5_000 + "</Binder></ScrivenerProject>"}))


def test_a_manuscript_within_manuscripts_is_written_once(tmp_path: Path) -> None:
    inner = item("A")
    for _ in range(100):
        inner = item("", "DraftFolder", inner)
    binder = f"<ScrivenerProject><Binder>{inner}</Binder></ScrivenerProject>"
    text = "Files/Data/A/content.rtf"
    assert read(archive(tmp_path / "a.zip", {"a.scrivx": binder, text: b"{\\rtf1 Once.}"})).text == "Once."


def test_what_scrivener_writes_into_its_texts_and_beside_them(tmp_path: Path) -> None:
    text = (
        rb"{\rtf1 <$Scr_Ps::0>One <$Scr_Cs::1>two<!$Scr_Cs::1>\{\\Scrv_fn=The first note\\end_Scrv_fn\} "
        rb"three\{\\Scrv_annot \\color=\{\\R=0.5\\G=0\\B=0\} \\text=no\\end_Scrv_annot\}.<!$Scr_Ps::0>}"
    )
    comments = (
        "<Comments><Comment ID='X' Footnote='Yes'><![CDATA[{\\rtf1 The second note}]]></Comment>"
        "<Comment ID='Y' Footnote='No'><![CDATA[{\\rtf1 no}]]></Comment></Comments>"
    )
    more: dict[str, str | bytes] = {
        "Files/Data/E/content.rtf": text,
        "Files/Data/E/content.comments": comments,
        "Files/Data/E/notes.rtf": r"{\rtf1 no}",
        "Files/Data/E/synopsis.txt": "no",
    }
    folder = tmp_path / "a.scriv"
    for name, content in (parts() | more).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    deque(copying_text(folder, tmp_path / "copy.scriv"), maxlen=0)
    assert read(folder) == read(tmp_path / "copy.scriv")
    found = read(folder)
    assert found.text.split("\n\n")[-3:] == ["One two three.", "The first note", "The second note"]
    assert found.warnings == (
        "Left out: 2 texts outside the manuscript, 2 comments, 2 notes and synopses beside texts."
    )


@pytest.mark.parametrize("content", ["", "<Comments><Comment ID='X' Footnote='Y"])
def test_damaged_comments_take_no_text_with_them(tmp_path: Path, content: str) -> None:
    found = read(archive(tmp_path / "a.zip", parts() | {"Files/Data/E/content.comments": content}))
    assert found.text == "Text B.\n\nText C.\n\nText A.\n\nText E."
    assert found.warnings == "Left out: 2 texts outside the manuscript, 1 damaged file of comments."


@pytest.mark.parametrize("mark", [rb"\{\\Scrv_annot ", rb"\{\\Scrv_fn="])
def test_notes_that_are_never_closed_stay_and_are_searched_for_once(tmp_path: Path, mark: bytes) -> None:
    start = time.monotonic()
    text = rb"{\rtf1 One \{\\Scrv_fn=note\\end_Scrv_fn\}two " + mark * 20_000 + b"}"
    found = read(archive(tmp_path / "a.zip", parts() | {"Files/Data/E/content.rtf": text}))
    assert found.text.count(r"{\Scrv_") == 20_000 and found.text.endswith("\n\nnote")
    assert time.monotonic() - start < 10


def test_what_is_not_to_be_compiled_is_no_part_of_the_manuscript(tmp_path: Path) -> None:
    included = "<MetaData><IncludeInCompile>Yes</IncludeInCompile></MetaData><Children>"
    binder = BINDER
    for name in "DBCE":
        binder = binder.replace(f"UUID='{name}'", f"UUID='{name}' Chosen='Yes'")
    binder = re.sub(r"(<BinderItem[^>]*Chosen='Yes'[^>]*><Title>NO</Title>)<Children>", rf"\1{included}", binder)
    found = read(archive(tmp_path / "a.zip", {**parts(), "Novel.scrivx": binder}))
    assert found.text == "Text B.\n\nText C.\n\nText E."
    assert found.warnings == "Left out: 3 texts outside the manuscript."
