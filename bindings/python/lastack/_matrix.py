"""Tables of numbers as heat maps: how many rules a state has for an event, and how often runs met each pair."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable, Sequence
from typing import SupportsIndex

from lastack import _svg
from lastack._core import State, event_classes, rule_rows
from lastack._picture import Picture

__all__ = ["coverage_matrix", "heat_map", "rules_matrix"]

_Values = list[list[int | None]]

# (fill, number) of each shade, on a light page and on a dark one; test_matrix.py holds their contrast.
_SHADES = [
    (("#deebf7", "#1b1f24"), ("#14304d", "#ffffff")),
    (("#c6dbef", "#1b1f24"), ("#1b4470", "#ffffff")),
    (("#9ecae1", "#1b1f24"), ("#225c97", "#ffffff")),
    (("#6baed6", "#10141a"), ("#4d94d1", "#0d1117")),
    (("#2171b5", "#ffffff"), ("#8fc1ea", "#0d1117")),
    (("#08306b", "#ffffff"), ("#d4e8fa", "#0d1117")),
]
_COLOURS = {
    f"{what}-{i}": (light[part], dark[part])
    for i, (light, dark) in enumerate(_SHADES)
    for part, what in enumerate(("fill", "ink"))
}
_STYLES = {
    "zero": "fill:none;stroke:var(--muted);stroke-dasharray:3 2",
    "none": "fill:var(--card)",
    "dot": "fill:var(--muted);text-anchor:middle;font-weight:700",
    "row": "text-anchor:end",
    "value": "text-anchor:middle",
    **{f"fill-{i}": f"fill:var(--fill-{i})" for i in range(len(_SHADES))},
    **{f"ink-{i}": f"fill:var(--ink-{i})" for i in range(len(_SHADES))},
}
_WIDEST = 900
_LINE = 25  # a row's height
_LETTER = 0.6 * _svg.FONT_SIZE  # no label is wider than so much a letter


# ---- numbers ----


def _checked(rows: Sequence[str], columns: Sequence[str], values: Iterable[Iterable[SupportsIndex | None]]) -> _Values:
    table: _Values = []
    for i, line in enumerate(values):
        cells: list[int | None] = []
        for j, value in enumerate(line):
            try:
                cells.append(None if value is None else operator.index(value))
            except TypeError:
                raise TypeError(f"values[{i}][{j}]: {value!r} is neither a whole number nor None") from None
            if (cells[-1] or 0) < 0:
                raise ValueError(f"values[{i}][{j}]: {value!r} is negative")
        if len(cells) != len(columns):
            raise ValueError(f"values[{i}]: {len(cells)} numbers for {len(columns)} columns")
        table.append(cells)
    if len(table) != len(rows):
        raise ValueError(f"values: {len(table)} rows of numbers for {len(rows)} rows")
    if not rows or not columns:
        raise ValueError("a heat map needs a row and a column")
    return table


def _shade(value: int, largest: int, logarithmic: bool) -> int:
    """Which shade `value` has, where 1 <= value <= largest."""
    share = math.log(value) / math.log(largest) if logarithmic and largest > 1 else value / largest
    return max(0, min(len(_SHADES) - 1, math.ceil(share * len(_SHADES)) - 1))


def _short(value: int) -> str:
    """In at most five characters where that is possible: 99999, 100k, 1.4M."""
    if value < 100_000:
        return str(value)
    for size, letter in ((10**3, "k"), (10**6, "M"), (10**9, "G"), (10**12, "T")):
        if value < 999.5 * size:
            scaled = value / size
            return (f"{scaled:.1f}" if scaled < 9.95 else f"{scaled:.0f}").removesuffix(".0") + letter
    return f"{value:.0e}".replace("+", "")


# ---- drawing ----


def _geometry(rows: Sequence[str], columns: Sequence[str], cell: float) -> tuple[float, float, float, float]:
    """Left edge of the cells, their top, the width of one, and the width of all; column labels rise at 45 degrees."""
    left = 28 + _LETTER * max(map(len, rows))
    rise = _LETTER * math.sqrt(0.5) * max(map(len, columns))
    width = left + cell * (len(columns) - 0.5) + max(cell / 2, rise + 8) + 16
    return left, rise + 22, cell, width


def _draw(
    rows: Sequence[str],
    columns: Sequence[str],
    values: _Values,
    tooltip: Callable[[int, int], str],
    *,
    title: str,
    unit: str,
    logarithmic: bool,
    none: str,
    zero: str,
    note: str = "",
) -> Picture:
    numbers = [value for line in values for value in line if value is not None]
    largest = max(numbers, default=0)
    cell = max(30.0, 10 + 0.58 * _svg.FONT_SIZE * max((len(_short(value)) for value in numbers), default=1))
    geometry = _geometry(rows, columns, cell)
    turned = _geometry(columns, rows, cell)
    description = [f"{title}. Each row and column with its number, in {unit}"]
    for i, row in enumerate(rows):
        told = [f"{c} {none if v is None else v}" for c, v in zip(columns, values[i], strict=True)]
        description.append(f"{row}: {', '.join(told)}")
    tip = tooltip
    if geometry[3] > _WIDEST >= turned[3]:
        geometry = turned
        rows, columns, values = columns, rows, [list(line) for line in zip(*values, strict=True)]

        def tip(i: int, j: int) -> str:
            return tooltip(j, i)

    left, rise, cell, width = geometry
    n, escape = _svg.number, _svg.escape
    width = max(width, 360.0)
    heading = _svg.wrap(title, width - 40, 15)
    body = _svg.paragraph(heading, 20, 28, "heading", 22)
    top = 14 + 22 * len(heading) + rise
    for j, column in enumerate(columns):
        at = n(left + (j + 0.5) * cell + 4), n(top - 8)
        body.append(f'<text x="{at[0]}" y="{at[1]}" transform="rotate(-45 {" ".join(at)})">{escape(column)}</text>')

    def box(x: float, y: float, wide: float, value: int | None, words: str, tell: str) -> str:
        level = None if not value else _shade(value, largest, logarithmic)
        style = "none" if value is None else "zero" if level is None else f"fill-{level}"
        ink = "dot" if value is None else "value" if level is None else f"value ink-{level}"
        inset = 1.5 if value == 0 else 0.5
        return (
            (f"<g><title>{escape(tell)}</title>" if tell else "<g>")
            + f'<rect class="{style}" x="{n(x + inset)}" y="{n(y + inset)}" width="{n(wide - 2 * inset)}" '
            f'height="{n(_LINE - 2 * inset)}" rx="2"/>'
            f'<text class="{ink}" x="{n(x + wide / 2)}" y="{n(y + _LINE / 2 + 4.2)}">{escape(words)}</text></g>'
        )

    for i, row in enumerate(rows):
        y = top + i * _LINE
        body.append(f'<text class="row" x="{n(left - 8)}" y="{n(y + _LINE / 2 + 4.2)}">{escape(row)}</text>')
        for j, value in enumerate(values[i]):
            words = "\u00b7" if value is None else _short(value)
            body.append(box(left + j * cell, y, cell, value, words, tip(i, j)))

    # The legend says what each shade holds in this picture.
    x, y = 20.0, top + _LINE * len(rows) + 14
    body.append(f'<text class="note" x="{n(x)}" y="{n(y + _LINE / 2 + 4.2)}">{escape(unit)}</text>')
    x += _LETTER * len(unit) + 8
    kinds: list[tuple[int | None, str, str]] = []
    for level in range(len(_SHADES)):
        held = [v for v in numbers if v and _shade(v, largest, logarithmic) == level]
        if held:
            low, high = _short(min(held)), _short(max(held))
            kinds.append((max(held), low if low == high else f"{low}\u2013{high}", ""))
    if 0 in numbers:
        kinds.append((0, "0", zero))
    if any(value is None for line in values for value in line):
        kinds.append((None, "\u00b7", none))
    for value, words, after in kinds:
        wide = max(30.0, 12 + _LETTER * len(words))
        needed = wide + (_LETTER * len(after) + 18 if after else 2)
        if x > 20 and x + needed > width - 14:
            x, y = 20.0, y + _LINE + 4
        body.append(box(x, y, wide, value, words, ""))
        if after:
            body.append(f'<text class="note" x="{n(x + wide + 6)}" y="{n(y + _LINE / 2 + 4.2)}">{escape(after)}</text>')
        x += needed
    notes = _svg.wrap(note, width - 40)
    body += _svg.paragraph(notes, 20, y + _LINE + 20, "note")
    return _svg.document(
        width=width,
        height=y + _LINE + 16 + 16 * len(notes) + (4 if notes else 0),
        title=title,
        description=". ".join(description) + ".",
        colours=_COLOURS,
        styles=_STYLES,
        body=body,
    )


def heat_map(
    rows: Sequence[str],
    columns: Sequence[str],
    values: Iterable[Iterable[SupportsIndex | None]],
    *,
    title: str,
    unit: str | tuple[str, str],
    logarithmic: bool = False,
    none: str = "no value",
    zero: str = "",
) -> Picture:
    """`values`, one line for each of `rows` and one number for each of `columns`, as shaded cells with their numbers.

    A number is whole and not negative; None is a cell that has none and is shown as a dot. `unit` is what the numbers
    count, the same word for all or (for one, for others): ("rule", "rules"). `none` and `zero` say in words what
    these cells are. Shades divide the range evenly, or its logarithm where `logarithmic`. A cell's tooltip says
    "row, column: 3 rules". Large numbers are shortened in cells, not in tooltips. What would be wider than 900 px
    is turned, columns down the side, where that makes it fit.

    Raises ValueError where the sizes do not agree, nothing is there to draw, or a number is negative, and TypeError
    for what is no whole number.
    """
    table = _checked(rows, columns, values)
    one, many = (unit, unit) if isinstance(unit, str) else unit

    def tooltip(i: int, j: int) -> str:
        value = table[i][j]
        what = none if value is None else f"{value} {one if value == 1 else many}"
        return f"{rows[i]}, {columns[j]}: {what}" + (f", {zero}" if value == 0 and zero else "")

    return _draw(
        rows, columns, table, tooltip, title=title, unit=many, logarithmic=logarithmic, none=none, zero=zero
    )


# ---- the two of lastack ----


def _place_in_ladder(id_: str) -> tuple[int, ...]:
    """The section of RFC 9293 and the check that a rule's id begins with: (3, 10, 7, 4, 5)."""
    section, check = (id_ + "-").split("-")[:2]
    if section.startswith("RFC"):  # a check that another RFC puts before the first
        return (3, 10, 7, 4, 0)
    return (*map(int, section.split(".")), *([int(check)] if check.isdigit() else []))


def rules_matrix() -> Picture:
    """How many rules each state has for each event: calls, the checks of arriving segments, time-outs, departures.

    The events stand in the order of RFC 9293 3.10. A pair without a rule is no zero: the event is not offered in that
    state, or, if it is a departure, it is refused.
    """
    counts: dict[tuple[State, str], int] = {}
    places: dict[str, tuple[bool, tuple[int, ...]]] = {}
    for id_, _, source, event, _, _, _, _, check, _ in rule_rows():
        counts[source, event] = counts.get((source, event), 0) + 1
        departs = check.startswith("depart")
        place = (departs, () if departs else _place_in_ladder(id_))
        places[event] = max(places.get(event, place), place)
    events = sorted(places, key=places.__getitem__)
    departing = {event for event, place in places.items() if place[0]}
    states = list(State)
    values: _Values = [[counts.get((state, event)) for event in events] for state in states]

    def tooltip(i: int, j: int) -> str:
        value, event = values[i][j], events[j]
        if value is None:
            return f"{states[i]}, {event}: " + ("no rule, so it is refused" if event in departing else "not offered")
        return f"{states[i]}, {event}: {value} {'rule' if value == 1 else 'rules'}"

    return _draw(
        [str(state) for state in states],
        events,
        values,
        tooltip,
        title="Rules of each state for each event",
        unit="rules",
        logarithmic=False,
        none="no rule: not offered",
        zero="",
        note="A segment that departs and that no rule takes is refused.",
    )


def coverage_matrix(counts: Iterable[Iterable[SupportsIndex]]) -> Picture:
    """How often random runs met each state with each event, shaded by logarithm.

    `counts` has a line for each of the 11 states, in the order of `State`, and in it a number for each of the 24
    classes of events. Pairs never met are marked. Raises ValueError where the sizes differ or a number is negative.
    """
    return heat_map(
        [str(state) for state in State],
        event_classes(),
        counts,
        title="How often each state met each event",
        unit=("time", "times"),
        logarithmic=True,
        zero="never met",
    )
