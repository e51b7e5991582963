"""Presentations, .pptx: the words of each slide in their order, then what the speaker notes below it."""

from collections import Counter
from collections.abc import Collection, Iterator

from lxml import etree

from ...core.config import TextConfig
from ...core.errors import TextError
from .archive import has_pictures, open_archive
from .fields import among
from .flow import Flow, described
from .package import Package
from .reading import Input, Reading, cut

WHAT = "PowerPoint (.pptx)"
PARTS = ("slides", "notes")
_walked = tuple(f"{{*}}{name}" for name in ("sp", "p", "tr", "t", "br", "Fallback"))
# Numbers, dates and what stands on every slide are written by the program.
_by_itself = ("sldNum", "dt", "ftr", "hdr", "sldImg")


def read(file: Input, format: str, options: TextConfig) -> tuple[Reading, Iterator[str | None]]:
    """Raises TextError when the presentation is damaged, protected or empty."""
    wanted = among(options.columns, PARTS) or list(PARTS)
    left_out, slides = Counter[str](), list[str]()
    with open_archive(file, WHAT) as archive:
        package = Package(file, archive, WHAT, "presentation", "ppt/presentation.xml")
        for name in _in_order(package):
            slides += filter(None, ["\n".join(_slide(package, name, wanted, left_out))])
        pictures = has_pictures(archive)
    if not slides:
        raise TextError(f"{file.name} holds no text." + (" Pictures of text cannot be read." if pictures else ""))
    learnt = tuple(name for name in PARTS if name in wanted)
    names = (("hidden slide", "hidden slides"), ("note", "notes"), ("diagram with words", "diagrams with words"))
    warnings = described((left_out[one], one, many) for one, many in names)
    reading = Reading(format, "", warnings=warnings, columns=PARTS, learnt=learnt)
    return reading, iter([*cut("\n\n".join(slides)), None])


def _in_order(package: Package) -> list[str]:
    """The names of the slides, as the main part lists them."""
    named, main = dict(package.by_id("slide")), package.parsed(package.main)
    listed = [value for entry in main.iter("{*}sldId") for key, value in entry.attrib.items() if key.endswith("}id")]
    usual = sorted(package.others("slides/slide"), key=lambda name: (len(name), name))  # 9 comes before 10
    return list(dict.fromkeys(named[id] for id in listed if id in named)) or usual


def _slide(package: Package, name: str, wanted: Collection[str], left_out: Counter[str]) -> list[str]:
    slide = package.parsed(name)
    lines = _lines(slide)
    if slide.get("show") == "0":
        left_out["hidden slide"] += bool(lines)
        return []
    diagrams, spoken = (dict.fromkeys(package.related(name, kind)) for kind in ("diagramData", "notesSlide"))
    left_out["diagram with words"] += sum(bool(_lines(package.parsed(each))) for each in diagrams)
    notes = [line for each in spoken for line in _lines(package.parsed(each))]
    if "notes" not in wanted:
        left_out["note"] += bool(notes)
    return [*(lines if "slides" in wanted else []), *(notes if "notes" in wanted else [])]


def _lines(slide: "etree._Element") -> list[str]:
    """Paragraphs and rows of tables, without blank ones."""
    flow = Flow()
    walk = etree.iterwalk(slide, events=("start", "end"), tag=_walked)
    for event, element in walk:
        name = etree.QName(element).localname
        if event == "end":
            if name == "p":
                flow.end_paragraph()
            elif name == "tr":
                flow.end_row()
        elif name == "t" and flow.in_paragraph:
            flow.add(element.text or "")
        elif name == "br" and flow.in_paragraph:
            flow.add("\n")
        elif name == "p":
            flow.start_paragraph()
        elif name == "tr":
            flow.start_row()
        elif name == "Fallback" or _is_by_itself(element):
            walk.skip_subtree()
    return [line for line in flow.lines if line.strip()]


def _is_by_itself(shape: "etree._Element") -> bool:
    return any(place.get("type") in _by_itself for place in shape.iterfind("{*}nvSpPr/{*}nvPr/{*}ph"))
