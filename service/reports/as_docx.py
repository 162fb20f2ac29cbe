"""A report as a Word document: real headings, tables that repeat their header, described charts."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from datetime import datetime, time

import docx
from docx.document import Document
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor
from docx.styles.style import BaseStyle
from docx.table import Table as WordTable
from docx.text.paragraph import Paragraph

from service.reports import words
from service.reports.content import Bullets, Cover, Drawing, Part, Report, Table, printed, tight
from service.reports.drawings import png

__all__ = ["write"]

LANGUAGE = "nl-NL"
FONT = "Arial"
INK, BLUE, GREY = RGBColor(0x1B, 0x1B, 0x1B), RGBColor(0x0B, 0x4F, 0x8A), RGBColor(0x59, 0x59, 0x59)
SHADE, RULE = "E3E6EA", "A0A0A0"
PAPER, MARGIN = (Cm(21.0), Cm(29.7)), Cm(2.0)
WIDTH = Cm(17.0)
TEXT, SMALL, CELL = Pt(10.5), Pt(9), Pt(8.5)
HEADING_SIZES = {"Title": 24, "Heading 1": 15, "Heading 2": 12}
DAY_ONE = (1980, 1, 1, 0, 0, 0)  # of every entry, so that the same report gives the same bytes


def write(report: Report) -> bytes:
    """Return a report as DOCX."""
    document = docx.Document()
    _set_up(document, report)
    _cover(document, report)
    for section in report.sections:
        document.add_heading(section.title, level=1)
        for part in section.parts:
            _part(document, part, report)
    stream = io.BytesIO()
    document.save(stream)
    return _same_each_time(stream.getvalue())


def _set_up(document: Document, report: Report) -> None:
    cover = report.cover
    about = document.core_properties
    about.title = f"{cover.title}: {cover.municipality}"
    about.author = cover.owner or cover.municipality
    about.subject = f"Editie {cover.edition}. {words.ESTIMATE}."
    about.language = LANGUAGE
    about.keywords = "raming, Wmo, Jeugdwet, begroting"
    about.comments = ""
    about.created = about.modified = datetime.combine(cover.as_of, time())
    about.last_modified_by = about.author
    _styles(document, report.short)
    page = document.sections[0]
    page.page_width, page.page_height = PAPER
    side = Cm(1.6) if report.short else MARGIN
    page.left_margin = page.right_margin = MARGIN
    page.top_margin = page.bottom_margin = side
    page.footer_distance = Cm(0.8)
    _footer(page.footer.paragraphs[0], cover)


def _styles(document: Document, short: bool) -> None:
    styles = document.styles
    normal = styles["Normal"]
    normal.font.name, normal.font.size = FONT, SMALL if short else TEXT
    normal.font.color.rgb = INK
    normal.paragraph_format.space_after = Pt(3 if short else 6)
    for name, size in HEADING_SIZES.items():
        style = styles[name]
        style.paragraph_format.space_before = Pt(6 if short else 14)
        style.paragraph_format.space_after = Pt(2 if short else 4)
        for one in (style, styles[f"{name} Char"]):  # programs differ in which of the two they use
            one.font.size, one.font.bold = Pt(size * (0.75 if short else 1)), True
            one.font.color.rgb = INK if name == "Title" else BLUE
            _plain(one, FONT)
    for border in list(styles["Title"].element.iter(qn("w:pBdr"))):
        border.getparent().remove(border)
    _plain(styles["List Bullet"], FONT)
    caption = styles["Caption"]
    caption.font.size, caption.font.bold, caption.font.italic = SMALL, True, False
    caption.font.color.rgb = INK
    caption.paragraph_format.keep_with_next = True
    _plain(caption, FONT)
    _defaults(document, int(normal.font.size.pt * 2))


def _defaults(document: Document, half_points: int) -> None:
    defaults = document.styles.element.find(qn("w:docDefaults")).find(qn("w:rPrDefault"))
    for tag, value in (("lang", LANGUAGE), ("sz", str(half_points)), ("szCs", str(half_points))):
        for element in defaults.iter(qn(f"w:{tag}")):
            element.set(qn("w:val"), value)


def _plain(style: BaseStyle, font: str) -> None:
    """Give a style a font by name; the one of the theme would win over it."""
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for name in list(fonts.attrib):
        fonts.attrib.pop(name)
    for name in ("ascii", "hAnsi", "cs"):
        fonts.set(qn(f"w:{name}"), font)


def _footer(paragraph: Paragraph, cover: Cover) -> None:
    run = paragraph.add_run(
        f"{words.ESTIMATE}. {cover.municipality}, editie {cover.edition}. Pagina "
    )
    run.font.size = Pt(8)
    run.font.color.rgb = GREY
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), "PAGE")
    shown = OxmlElement("w:r")
    text = OxmlElement("w:t")
    text.text = "1"
    shown.append(text)
    field.append(shown)
    paragraph._p.append(field)


def _cover(document: Document, report: Report) -> None:
    cover = report.cover
    document.add_paragraph(f"{cover.title}: {cover.municipality}", style="Title")
    strong = document.add_paragraph().add_run(" ".join((f"{words.ESTIMATE}.", *cover.warnings)))
    strong.bold = True
    if report.short:
        document.add_paragraph(" · ".join(f"{name}: {text}" for name, text in cover.facts))
        return
    lines = [list(fact) for fact in cover.facts]
    _grid(document, ["Onderdeel", "Inhoud"], lines, f"Over dit rapport: {cover.title}", (4.0, 13.0))


def _part(document: Document, part: Part, report: Report) -> None:
    if isinstance(part, str):
        document.add_paragraph(tight(part))
    elif isinstance(part, Bullets):
        for item in part.items:
            document.add_paragraph(tight(item), style="List Bullet")
    elif isinstance(part, Table):
        _table(document, part, report)
    else:
        _drawing(document, part, report)


def _drawing(document: Document, part: Drawing, report: Report) -> None:
    picture = png(part, report.cover)
    if not picture:
        return
    width = Cm(11.5) if report.short else WIDTH
    shape = document.add_picture(io.BytesIO(picture), width=width)
    about = shape._inline.docPr
    about.set("descr", part.alt)
    about.set("title", part.subject)


def _table(document: Document, table: Table, report: Report) -> None:
    title = table.title.format(unit=report.unit_text)
    document.add_paragraph(title, style="Caption")
    head = [column.name for column in table.columns]
    texts = printed(table, report.unit)
    first = [column.kind == "text" for column in table.columns]
    widths = _widths(head, texts, first)
    made = _grid(document, head, texts, title, widths)
    for row, line in zip(made.rows[1:], table.lines, strict=True):
        for cell, is_text in zip(row.cells, first, strict=True):
            paragraph = cell.paragraphs[0]
            if not is_text:
                paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
            for run in paragraph.runs:
                run.bold = line.is_sum
    for cell, is_text in zip(made.rows[0].cells, first, strict=True):
        if not is_text:
            cell.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.RIGHT
    document.add_paragraph().paragraph_format.space_after = Pt(0)


def _widths(
    head: Sequence[str], texts: Sequence[Sequence[str]], is_text: Sequence[bool]
) -> tuple[float, ...]:
    """Return widths in centimetres: figures as wide as they are, texts share the rest."""
    longest = [
        max([max(map(len, name.split())), *(len(row[at]) for row in texts)])
        for at, name in enumerate(head)
    ]
    narrow = {
        at: max(1.4, 0.165 * size + 0.45) for at, size in enumerate(longest) if not is_text[at]
    }
    rest = max(17.0 - sum(narrow.values()), 3.0)
    words_size = sum(min(longest[at], 40) for at in range(len(head)) if is_text[at]) or 1
    return tuple(
        narrow.get(at, rest * min(longest[at], 40) / words_size) for at in range(len(head))
    )


def _grid(
    document: Document,
    head: Sequence[str],
    texts: Sequence[Sequence[str]],
    title: str,
    widths: Sequence[float],
) -> WordTable:
    """Add a table whose first row is a header, repeated on each page."""
    made: WordTable = document.add_table(rows=1 + len(texts), cols=len(head))
    made.style, made.alignment = "Table Grid", WD_TABLE_ALIGNMENT.LEFT
    made.autofit = False
    _described(made, title)
    for row, cells in zip(made.rows, [head, *texts], strict=True):
        properties = row._tr.get_or_add_trPr()
        properties.append(OxmlElement("w:cantSplit"))
        for cell, text, width in zip(row.cells, cells, widths, strict=True):
            cell.width = Cm(width)
            paragraph = cell.paragraphs[0]
            paragraph.paragraph_format.space_after = Pt(1)
            paragraph.paragraph_format.space_before = Pt(1)
            paragraph.add_run(text).font.size = CELL
    for column, width in zip(made.columns, widths, strict=True):
        column.width = Cm(width)
    header = made.rows[0]
    header._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    for cell in header.cells:
        cell.paragraphs[0].runs[0].bold = True
        shade = OxmlElement("w:shd")
        for name, value in (("val", "clear"), ("color", "auto"), ("fill", SHADE)):
            shade.set(qn(f"w:{name}"), value)
        cell._tc.get_or_add_tcPr().append(shade)
    return made


def _described(made: WordTable, title: str) -> None:
    """Give a table its title for screen readers, and thin rules between its rows only."""
    properties = made._tbl.tblPr
    borders = OxmlElement("w:tblBorders")
    for side in ("top", "left", "bottom", "right", "insideH", "insideV"):
        edge = OxmlElement(f"w:{side}")
        value = "nil" if side in ("left", "right", "insideV") else "single"
        for name, text in (("val", value), ("sz", "4"), ("space", "0"), ("color", RULE)):
            edge.set(qn(f"w:{name}"), text)
        borders.append(edge)
    layout = properties.find(qn("w:tblLayout"))
    if layout is not None:
        layout.addprevious(borders)
    else:
        properties.append(borders)
    for name in ("tblCaption", "tblDescription"):
        told = OxmlElement(f"w:{name}")
        told.set(qn("w:val"), title)
        properties.append(told)


def _same_each_time(content: bytes) -> bytes:
    """Return a document whose parts do not tell when they were written."""
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for info in old.infolist():
            plain = zipfile.ZipInfo(info.filename, DAY_ONE)
            plain.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(plain, old.read(info.filename))
    return stream.getvalue()
