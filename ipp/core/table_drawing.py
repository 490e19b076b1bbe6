"""Draws a page of a table: filters, heads, rows, the way to the pages beside it, or what an empty one says."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.template import Context, Engine
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ipp.core import drawing, ui
from ipp.core.drawing import text
from ipp.core.errors import Text
from ipp.core.tables import Cell, Chip, Column, Head, Line, TablePage

ARROWS = {"": "arrows-sort", "ascending": "arrow-up", "descending": "arrow-down"}

Drawn = Callable[[Cell, Any], str]
"""Draws what stands in a cell, given the row it is in."""


def draw_table(page: TablePage, context: Context) -> SafeString:
    """Draw a page of a table; cells of the kind `template` see `context`, `row` and `value`."""
    shown = ngettext("%(rows)s row shown", "%(rows)s rows shown", len(page.lines)) % {"rows": len(page.lines)}
    here = f"table-{page.key}"
    parts = [
        f'<div class="ipp-busy" id="{here}" hx-target="this" hx-swap="outerHTML" hx-select="#{here}" hx-push-url="true"'
        f' data-announce="{text(shown)}">\n',
        _chips(page),
        "\n",
        *(_rows(page, context) if page.lines else _nothing(page)),
        "\n</div>\n",
    ]
    return SafeString("".join(parts))


# -- filters and heads -------------------------------------------------------------------------------------------------
def _chips(page: TablePage) -> str:
    if not page.chips:
        return ""
    rows = "".join(_chip_row(page.key, number, label, chips) for number, (label, chips) in enumerate(page.chips, 1))
    return f'<div class="ipp-table-tools">{rows}</div>'


def _chip_row(key: str, number: int, label: Text, chips: Sequence[Chip]) -> str:
    name = text(label)
    links = "".join(
        f'<a class="ipp-chip" {_to(chip.url)} id="chip-{key}-{number}-{place}"{CURRENT if chip.is_current else ""}>{text(chip.label)}</a>'
        for place, chip in enumerate(chips, 1)
    )
    return f'<nav class="ipp-chips" aria-label="{name}"><span class="ipp-label">{name}</span>{links}</nav>'


CURRENT = ' aria-current="true"'


def _head(key: str, head: Head) -> str:
    column = head.column
    classes = ("ipp-r" if column.kind == "number" else "") + (f" ipp-w-{column.width}" if column.width else "")
    sorted_now = f' aria-sort="{head.direction}"' if head.direction else ""
    words = text(head.label or column.label)
    if head.url:
        words = f'<a {_to(head.url)} id="sort-{key}-{column.name}">{words}{drawing.icon(ARROWS[head.direction])}</a>'
    return f'<th scope="col" class="{classes}"{sorted_now}>{words}</th>'


# -- rows ----------------------------------------------------------------------------------------------------------------
def _rows(page: TablePage, context: Context) -> list[str]:
    heads = "".join(_head(page.key, head) for head in page.heads)
    columns = [_column(number, head, context) for number, head in enumerate(page.heads)]
    lines = "".join(_line(line, columns) for line in page.lines)
    return [f'<table class="ipp-table ipp-cards">\n<thead><tr>{heads}</tr></thead>\n<tbody>\n{lines}</tbody>\n</table>\n', _pager(page)]


def _line(line: Line, columns: Sequence[tuple[str, Drawn]]) -> str:
    cells = [
        f'{opening}{draw(cell, line.row)}<span class="ipp-second">{text(cell.second)}</span></td>'
        if cell.second
        else f"{opening}{draw(cell, line.row)}</td>"
        for cell, (opening, draw) in zip(line.cells, columns, strict=True)
    ]
    return f"<tr>{''.join(cells)}</tr>\n"


def _column(number: int, head: Head, context: Context) -> tuple[str, Drawn]:
    """Return how the cells of a column begin and what draws the inside of each; the first column leads to the row's page."""
    column = head.column
    classes = ("ipp-r ipp-num" if column.kind == "number" else "") + (" ipp-hide-phone" if column.hide_on_phone else "")
    label = f' data-label="{text(head.label or column.label)}"' if number else ""
    inside = _inside(column, context)
    return f'<td{label} class="{classes}">', inside if number else _linked(column, inside)


def _linked(column: Column[Any], inside: Drawn) -> Drawn:
    classes = "ipp-stretch ipp-ref" if column.kind == "ref" else "ipp-stretch"

    def draw(cell: Cell, row: Any) -> str:
        if cell.url:
            return f'<a class="{classes}" href="{text(cell.url)}">{text(cell.value)}</a>'
        return inside(cell, row)

    return draw


def _inside(column: Column[Any], context: Context) -> Drawn:
    if column.kind == "template":
        return _by_template(column, context)
    if column.kind == "state":
        return _states(column.axis)
    if column.kind == "time":
        return _times()
    return KINDS.get(column.kind, _text)


def _text(cell: Cell, row: Any) -> str:
    return f"<span>{'' if cell.value is None else text(cell.value)}</span>"


def _ref(cell: Cell, row: Any) -> str:
    return f'<span class="ipp-ref">{"" if cell.value is None else text(cell.value)}</span>'


def _date(cell: Cell, row: Any) -> str:
    return drawing.day(cell.value)  # type: ignore[arg-type]  # a column says what it holds


def _clock(cell: Cell, row: Any) -> str:
    return drawing.clock(cell.value) if isinstance(cell.value, ui.ClockFace) else ""


KINDS: dict[str, Drawn] = {"ref": _ref, "date": _date, "clock": _clock}


def _times() -> Drawn:
    writer = ui.moments()
    return lambda cell, row: drawing.moment(cell.value, writer)  # type: ignore[arg-type]


def _states(axis: str) -> Drawn:
    """Return what draws states, each value once a page."""
    drawn: dict[object, str] = {}

    def draw(cell: Cell, row: Any) -> str:
        value = cell.value
        if isinstance(value, ui.StateBadge):
            return drawing.state(value)
        known = str(value)
        if known not in drawn:
            drawn[known] = drawing.state(ui.badge_of(value, axis))
        return drawn[known]

    return draw


def _by_template(column: Column[Any], context: Context) -> Drawn:
    engine = context.template.engine if context.template is not None else Engine.get_default()
    template = engine.get_template(column.template)

    def draw(cell: Cell, row: Any) -> str:
        with context.push(row=row, value=cell.value, cell=cell, column=column):
            return str(template.render(context))

    return draw


# -- beside and instead of rows --------------------------------------------------------------------------------------------
def _pager(page: TablePage) -> str:
    if not (page.has_next or page.has_previous):
        return ""
    place = _("First page") if not page.has_previous else _("Last page") if not page.has_next else ""
    back = forth = ""
    if page.has_previous:
        words = f"{drawing.icon('chevron-left')}{text(_('Back'))}"
        back = f'<a class="btn btn-small" rel="prev" {_to(page.previous_url)} id="previous-{page.key}">{words}</a>'
    if page.has_next:
        words = f"{text(_('Next'))}{drawing.icon('chevron-right')}"
        forth = f'<a class="btn btn-small" rel="next" {_to(page.next_url)} id="next-{page.key}">{words}</a>'
    return f'<nav class="ipp-pager" aria-label="{text(_("Pages"))}"><span>{text(place)}</span>{back}{forth}</nav>'


def _nothing(page: TablePage) -> list[str]:
    said = page.empty
    if page.is_filtered:
        hint, everything = _("Other filters may show what you look for."), _("Show everything")
        said = ui.Empty("filter", _("Nothing fits these filters"), hint, page.reset_url, everything)
    return ['<div class="ipp-body">', render_to_string("ipp/parts/empty.html", {"empty": said}), "</div>"]


def _to(url: str) -> str:
    address = text(url)
    return f'href="{address}" hx-get="{address}"'
