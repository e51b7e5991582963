"""What stands in a page, and is no part of its text as people read it: what browsers do not show, numbers of printed
pages and of lines, comments of word processors, and a formula's second form.
"""

import re

from lxml import etree

numbers = {
    "page": frozenset(("pagenum", "pageno", "pagenumber", "page-number")),
    "line": frozenset(("linenum", "linenumber", "line-number", "lineno", "linenos")),
}  # classes
_number_of = {name: kind for kind, names in numbers.items() for name in names}
_TYPE = "{http://www.idpf.org/2007/ops}type"  # of a part of a book; a page that is no XML has the name with its prefix
_MARKS = {
    "comment": "comment",
    "comment-mark": "twice",
    "around": "around",
}  # as values of "hidden" that no page writes

_inside = "descendant-or-self::*/@"
_is_class = " or ".join(f"contains(concat(' ', normalize-space(.), ' '), ' {name} ')" for name in _number_of)
_may_hide = etree.XPath(
    f"boolean({_inside}hidden | {_inside}style[contains(translate(., 'DISPLAYNOE ', 'displaynoe'), 'display:none')"
    f" or contains(., 'mso-element:comment-list')] | {_inside}class[{_is_class} or . = 'msocomanchor']"
    f" | {_inside}role[. = 'doc-pagebreak']"
    f" | {_inside}*[local-name() = 'type' or name() = 'epub:type'][. = 'pagebreak']"
    f" | {_inside}*[name() = 'aria-hidden'][. = 'true'] | descendant::*[local-name() = 'del']/@cite)"
)
_references = etree.XPath("descendant::*[local-name() = 'a'][starts-with(@id, 'cmnt_ref')]")
_comments = etree.XPath("descendant::*[local-name() = 'a'][starts-with(@href, '#cmnt_ref')]")
_is_main = "local-name() = 'main' or local-name() = 'article' or @role = 'main'"
_main = etree.XPath(f"descendant::*[{_is_main}][not(ancestor::*[{_is_main}])]")
_roles = "@role = 'contentinfo' or @role = 'complementary'"
_around = etree.XPath(  # not notes, and not what stands between two articles
    f"descendant::*[local-name() = 'footer' or local-name() = 'aside' or {_roles}]"
    f"[not(starts-with(@role, 'doc-') or ancestor-or-self::*[{_is_main}] or descendant::*[{_is_main}])]"
    f"[not(preceding::*[{_is_main}] and following::*[{_is_main}])]"
)
_silent = " or ".join(f"local-name() = '{name}'" for name in ("script", "style", "nav", "template", "noscript"))
_spoken = etree.XPath(
    f"descendant::text()[not(ancestor::*[{_silent} or @hidden"
    " or contains(translate(@style, 'DISPLAYNOE ', 'displaynoe'), 'display:none')])]"
)
_has_formula = etree.XPath("boolean(descendant-or-self::*[local-name() = 'math'])")
_shows_nothing = re.compile(r"display\s*:\s*none", re.IGNORECASE)


def may_be_in(root: "etree._Element") -> bool:
    """Whether ``why`` has to be asked of the elements of a page. Marks the comments that Google Docs saved with it."""
    comments = [_whole(comment) for comment in _comments(root)]
    for comment in comments:
        comment.set("hidden", "comment")
    for reference in _references(root):
        reference.set("hidden", "comment-mark")
    return bool(comments) or bool(_may_hide(root))


def mark_around(root: "etree._Element") -> None:
    """The feet and margins of a page, with other posts and who made it, where its article is most of what it says."""
    main, around = _main(root), _around(root)
    if main and around and 2 * sum(map(_letters, main)) > _letters(root):
        for part in around:
            part.set("hidden", "around")


def _letters(element: "etree._Element") -> int:
    return sum(len(text.strip()) for text in _spoken(element))


def _whole(comment: "etree._Element") -> "etree._Element":
    """The block of the comment whose name leads back to its place: with all of its paragraphs, and no other one's."""
    block = next(comment.iterancestors("p", "li", "div", "{*}p", "{*}li", "{*}div"), comment)
    around = block.getparent()
    is_own = around is not None and around.tag.endswith("div") and len(_comments(around)) == 1 and around[0] is block
    return around if is_own else block


def why(element: "etree._Element") -> str:
    """Why an element is not read: one of the names of ``markup.seen``, or another where nothing is missed; "" where it
    is.
    """
    hidden = element.get("hidden")
    if hidden is not None:
        return _MARKS.get(hidden, "hidden")
    for name in (element.get("class") or "").split():
        if (kind := _number_of.get(name)) and not (kind == "line" and _has_letters(element)):
            return kind
        if name == "msocomanchor":
            return "twice"
    if element.get("role") == "doc-pagebreak" or "pagebreak" in (element.get("epub:type"), element.get(_TYPE)):
        return "page"
    if element.get("aria-hidden") == "true" and _is_second_form(element):
        return "twice"
    style = element.get("style")
    if style and "mso-element:comment-list" in style:
        return "comment"
    if style and _shows_nothing.search(style):
        return "" if _is_formula(element) else "hidden"
    return "deleted" if element.get("cite") is not None and element.tag.rpartition("}")[2] == "del" else ""


def _has_letters(element: "etree._Element") -> bool:
    """As a listing whose class says that its lines have numbers."""
    return any(letter.isalpha() for text in element.itertext() for letter in text)


def _is_second_form(element: "etree._Element") -> bool:
    """Of a formula: how it looks, beside what it says and nothing else."""
    around = element.getparent()
    if around is None or any((text or "").strip() for text in (around.text, *(beside.tail for beside in around))):
        return False
    return any(_has_formula(beside) for beside in around if beside is not element)


def _is_formula(element: "etree._Element") -> bool:
    """Whether it says what a picture beside it shows."""
    is_math = len(element) == 1 and element[0].tag.rpartition("}")[2] == "math" and not (element.text or "").strip()
    around = element.getparent()
    return is_math and around is not None and any(beside.tag.rpartition("}")[2] == "img" for beside in around)
