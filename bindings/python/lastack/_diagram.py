"""The state diagram, drawn from the rules, with the states that a connection passed through."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from lastack import _svg
from lastack._core import State, rule_rows
from lastack._picture import Picture

__all__ = ["state_diagram"]

# ---- what the table says ----

_Row = tuple[str, str, State, str, str, str, State, bool, str, bool]
_EXCEPTIONAL_CHECKS = {"abort_call", "rst_check", "security_check", "user_timeout", "fin_wait_2_timeout"}


class _Rule(NamedTuple):
    """A row that leads to another state."""

    id: str
    source: State
    target: State
    event: str  # as RFC 9293 Figure 5 names it
    exceptional: bool  # not how connections live when all goes well
    alternative: bool  # fires only under another reading of a choice than the first


def _rule(row: _Row) -> _Rule:
    id_, _, source, event, guard, _, target, _, check, alternative = row
    holds = guard.split(" and ")
    opening = source in (State.CLOSED, State.LISTEN, State.SYN_SENT)
    event = event.removesuffix(" call")
    if event == "OPEN":
        event = "passive OPEN" if "passive" in holds else "active OPEN"
    elif event == "SYN" and "has_ack" in holds:
        event = "SYN,ACK"
    elif event == "ACK":
        event = "ACK of FIN" if "acks_fin" in holds else "ACK of SYN"
    exceptional = check in _EXCEPTIONAL_CHECKS or (check == "syn_check" and not opening)
    return _Rule(id_, source, target, event, exceptional, alternative)


@dataclass
class _Edge:
    """What leads from one state to another."""

    normal: list[_Rule]
    exceptional: list[_Rule]
    alternative: list[_Rule]


def _edges(rows: Iterable[_Row]) -> dict[tuple[State, State], _Edge]:
    edges: dict[tuple[State, State], _Edge] = {}
    for row in rows:
        rule = _rule(row)
        if row[7] or rule.source == rule.target:
            continue
        edge = edges.setdefault((rule.source, rule.target), _Edge([], [], []))
        kind = edge.alternative if rule.alternative else edge.exceptional if rule.exceptional else edge.normal
        kind.append(rule)
    return edges


def _events(rules: Iterable[_Rule]) -> str:
    return ", ".join(dict.fromkeys(rule.event for rule in rules))


def _count(rules: Sequence[_Rule]) -> str:
    return rules[0].id if len(rules) == 1 else f"{len(rules)} rules"


def _in_words(pair: tuple[State, State], edge: _Edge | None) -> str:
    if edge is None:
        return f"{pair[0]} to {pair[1]}: no single rule"
    words = [f"{_events(rules)} ({_count(rules)})" for rules in (edge.normal, edge.exceptional) if rules]
    if edge.alternative:
        words.append(f"under another reading of a choice {_events(edge.alternative)} ({_count(edge.alternative)})")
    return f"{pair[0]} to {pair[1]}: {'; '.join(words)}"


# ---- where everything stands: columns and lines in the manner of RFC 9293 Figure 5 ----

_WIDTH = 760
_LEFT, _MIDDLE, _RIGHT = 100, 380, 660
_Y = [46 + 92 * line for line in range(7)]
_BOTTOM = _Y[6] + 46  # the lane below everything
_W, _H = 65, 19  # half of a box

_Point = tuple[float, float]
# CLOSED stands twice, as in Figure 5: where connections begin, and where they end.
_END = "CLOSED at the end"
_PLACES: dict[State | str, _Point] = {
    State.CLOSED: (_MIDDLE, _Y[0]),
    State.LISTEN: (_MIDDLE, _Y[1]),
    State.SYN_RECEIVED: (_LEFT, _Y[2]),
    State.SYN_SENT: (_RIGHT, _Y[2]),
    State.ESTABLISHED: (_MIDDLE, _Y[3]),
    State.FIN_WAIT_1: (_LEFT, _Y[4]),
    State.CLOSE_WAIT: (_RIGHT, _Y[4]),
    State.FIN_WAIT_2: (_LEFT, _Y[5]),
    State.CLOSING: (_MIDDLE, _Y[5]),
    State.LAST_ACK: (_RIGHT, _Y[5]),
    State.TIME_WAIT: (_MIDDLE, _Y[6]),
    _END: (_RIGHT, _Y[6]),
}


class _Route(NamedTuple):
    points: list[_Point]
    badge: _Point  # where the number of the step stands
    label: _Point | None = None  # the first baseline
    anchor: str = "middle"
    lines: int = 2


def _above(left: float, right: float, y: float) -> _Point:
    return ((left + right) / 2, y - 20)


_L, _M, _R = _LEFT, _MIDDLE, _RIGHT
_ROUTES: dict[tuple[State, State], _Route] = {
    (State.CLOSED, State.LISTEN): _Route(
        [(_M - 22, _Y[0] + _H), (_M - 22, _Y[1] - _H)], (_M - 22, _Y[0] + 46), (_M - 36, _Y[0] + 42), "end"
    ),
    (State.LISTEN, State.CLOSED): _Route(
        [(_M + 22, _Y[1] - _H), (_M + 22, _Y[0] + _H)], (_M + 22, _Y[0] + 46), (_M + 36, _Y[0] + 42), "start"
    ),
    (State.CLOSED, State.SYN_SENT): _Route(
        [(_M + _W, _Y[0] - 9), (_R + 35, _Y[0] - 9), (_R + 35, _Y[2] - _H)],
        (_R + 35, _Y[1] - 20),
        ((_M + _W + _R + 35) / 2, _Y[0] - 15),
        lines=1,
    ),
    (State.SYN_SENT, State.CLOSED): _Route(
        [(_R, _Y[2] - _H), (_R, _Y[0] + 9), (_M + _W, _Y[0] + 9)],
        (_R, _Y[1] - 20),
        ((_M + _W + _R) / 2, _Y[0] + 24),
        lines=1,
    ),
    (State.LISTEN, State.SYN_SENT): _Route(
        [(_M + _W, _Y[1]), (_R - 35, _Y[1]), (_R - 35, _Y[2] - _H)],
        (_R - 35, _Y[1] + 36),
        _above(_M + _W, _R - 35, _Y[1]),
    ),
    (State.LISTEN, State.SYN_RECEIVED): _Route(
        [(_M - _W, _Y[1] - 9), (_L - 20, _Y[1] - 9), (_L - 20, _Y[2] - _H)],
        (_L - 20, _Y[1] + 36),
        _above(_L - 20, _M - _W, _Y[1] - 9),
    ),
    (State.SYN_RECEIVED, State.LISTEN): _Route(
        [(_L + 20, _Y[2] - _H), (_L + 20, _Y[1] + 9), (_M - _W, _Y[1] + 9)],
        (_L + 20, _Y[1] + 36),
        ((_L + 20 + _M - _W) / 2, _Y[1] + 25),
    ),
    (State.SYN_SENT, State.SYN_RECEIVED): _Route(
        [(_R - _W, _Y[2]), (_L + _W, _Y[2])], (_M + 130, _Y[2]), _above(_L, _R, _Y[2])
    ),
    (State.SYN_SENT, State.ESTABLISHED): _Route(
        [(_R, _Y[2] + _H), (_R, _Y[3]), (_M + _W, _Y[3])], (_R, _Y[2] + 48), _above(_M + _W, _R, _Y[3])
    ),
    (State.SYN_RECEIVED, State.ESTABLISHED): _Route(
        [(_L + 45, _Y[2] + _H), (_L + 45, _Y[3]), (_M - _W, _Y[3])],
        (_L + 45, _Y[2] + 48),
        _above(_L + 45, _M - _W, _Y[3]),
    ),
    (State.SYN_RECEIVED, State.FIN_WAIT_1): _Route(
        [(_L - 20, _Y[2] + _H), (_L - 20, _Y[4] - _H)], (_L - 20, _Y[3]), (_L - 6, _Y[3] + 22), "start"
    ),
    (State.ESTABLISHED, State.FIN_WAIT_1): _Route(
        [(_M - 30, _Y[3] + _H), (_M - 30, _Y[4] - 9), (_L + _W, _Y[4] - 9)],
        (_M - 30, _Y[3] + 46),
        _above(_L + _W, _M - 30, _Y[4] - 9),
    ),
    (State.ESTABLISHED, State.CLOSE_WAIT): _Route(
        [(_M + 30, _Y[3] + _H), (_M + 30, _Y[4]), (_R - _W, _Y[4])],
        (_M + 30, _Y[3] + 46),
        _above(_M + 30, _R - _W, _Y[4]),
    ),
    (State.FIN_WAIT_1, State.FIN_WAIT_2): _Route(
        [(_L - 20, _Y[4] + _H), (_L - 20, _Y[5] - _H)], (_L - 20, _Y[4] + 44), (_L - 6, _Y[4] + 42), "start"
    ),
    (State.FIN_WAIT_1, State.CLOSING): _Route(
        [(_L + _W, _Y[4] + 9), (_M, _Y[4] + 9), (_M, _Y[5] - _H)], (_M, _Y[4] + 42), (_M - 14, _Y[4] + 26), "end"
    ),
    (State.CLOSE_WAIT, State.LAST_ACK): _Route(
        [(_R, _Y[4] + _H), (_R, _Y[5] - _H)], (_R, _Y[4] + 44), (_R - 14, _Y[4] + 42), "end"
    ),
    (State.FIN_WAIT_2, State.TIME_WAIT): _Route(
        [(_L, _Y[5] + _H), (_L, _Y[6]), (_M - _W, _Y[6])], (_L, _Y[5] + 48), _above(_L, _M - _W, _Y[6])
    ),
    (State.CLOSING, State.TIME_WAIT): _Route(
        [(_M, _Y[5] + _H), (_M, _Y[6] - _H)], (_M, _Y[5] + 44), (_M + 14, _Y[5] + 42), "start"
    ),
    (State.LAST_ACK, State.CLOSED): _Route(
        [(_R, _Y[5] + _H), (_R, _Y[6] - _H)], (_R, _Y[5] + 44), (_R - 14, _Y[5] + 42), "end"
    ),
    (State.TIME_WAIT, State.CLOSED): _Route(
        [(_M + _W, _Y[6]), (_R - _W, _Y[6])], ((_M + _R) / 2, _Y[6]), ((_M + _R) / 2, _Y[6] + 24)
    ),
    # The exceptional ways into CLOSED, for paths that take them.
    (State.SYN_RECEIVED, State.CLOSED): _Route(
        [(_L - 48, _Y[2] - _H), (_L - 48, _Y[0]), (_M - _W, _Y[0])], (_L - 48, _Y[1] - 9)
    ),
    (State.ESTABLISHED, State.CLOSED): _Route(
        [(_M + _W, _Y[3] + 11), (_WIDTH - 17, _Y[3] + 11), (_WIDTH - 17, _Y[6]), (_R + _W, _Y[6])],
        (_M + 160, _Y[3] + 11),
    ),
    (State.CLOSE_WAIT, State.CLOSED): _Route(
        [(_R + _W, _Y[4]), (_WIDTH - 17, _Y[4]), (_WIDTH - 17, _Y[6]), (_R + _W, _Y[6])], (_WIDTH - 17, _Y[4] + 46)
    ),
    (State.FIN_WAIT_1, State.CLOSED): _Route(
        [(_L - _W, _Y[4]), (17, _Y[4]), (17, _BOTTOM), (_R, _BOTTOM), (_R, _Y[6] + _H)], (_M - 120, _BOTTOM)
    ),
    (State.FIN_WAIT_2, State.CLOSED): _Route(
        [(_L - _W, _Y[5]), (17, _Y[5]), (17, _BOTTOM), (_R, _BOTTOM), (_R, _Y[6] + _H)], (_M - 60, _BOTTOM)
    ),
    (State.CLOSING, State.CLOSED): _Route(
        [(_M + _W, _Y[5]), (_M + 139, _Y[5]), (_M + 139, _Y[6] - 10), (_R - _W, _Y[6] - 10)], (_M + 139, _Y[5] + 40)
    ),
}


def _target_place(source: State, target: State) -> State | str:
    """A connection that was never established goes back to the CLOSED where it began."""
    if target != State.CLOSED:
        return target
    opening = source in (State.CLOSED, State.LISTEN, State.SYN_SENT, State.SYN_RECEIVED)
    return State.CLOSED if opening else _END


def _inside(point: _Point, place: State | str, margin: float) -> bool:
    x, y = _PLACES[place]
    return abs(point[0] - x) < _W + margin and abs(point[1] - y) < _H + margin


def _route(source: State, target: State) -> _Route:
    """As laid by hand, or else an arc, the flattest that passes by the other states."""
    if (source, target) in _ROUTES:
        return _ROUTES[source, target]
    end = _target_place(source, target)
    (x0, y0), (x1, y1) = _PLACES[source], _PLACES[end]
    length = math.hypot(x1 - x0, y1 - y0)
    others = [place for place in _PLACES if place not in (source, end)]
    arc: list[_Point] = []
    for bow in (0, 25, -25, 60, -60, 100, -100, 140, -140, 180, -180):
        arc = []
        for step in range(101):
            t = step / 100
            off = 4 * t * (1 - t) * bow / length
            point = (x0 + t * (x1 - x0) - off * (y1 - y0), y0 + t * (y1 - y0) + off * (x1 - x0))
            if not _inside(point, source, 0) and not _inside(point, end, 0):
                arc.append(point)
        on_card = all(14 < x < _WIDTH - 14 and 14 < y < _BOTTOM for x, y in arc)
        if on_card and not any(_inside(point, other, 6) for point in arc for other in others):
            break
    return _Route(arc, arc[len(arc) // 2])


# ---- drawing ----

_COLOURS = {
    "line": ("#57606a", "#9da7b3"),
    "faint": ("#8c959f", "#6e7681"),
    "way": ("#0a58b0", "#79b8ff"),
    "on-way": ("#ffffff", "#0d1117"),
    "box": ("#f6f8fa", "#21262d"),
    "visited": ("#cfe4fb", "#173a5e"),
    "now": ("#ffe08a", "#5c4300"),
    "now-line": ("#8a4b00", "#ffcf56"),
}
_STYLES = {
    "edge": "fill:none;stroke:var(--line);stroke-width:1.2;stroke-linejoin:round",
    "edge.exceptional": "stroke:var(--faint);stroke-width:1",
    "edge.way": "stroke:var(--way);stroke-width:3.2",
    "edge.unruly": "stroke-dasharray:8 5",
    "head": "fill:var(--line)",
    "head.exceptional": "fill:var(--faint)",
    "head.way": "fill:var(--way)",
    "label": "paint-order:stroke;stroke:var(--card);stroke-width:3px;stroke-linejoin:round",
    "label.id": "fill:var(--muted)",
    "box": "fill:var(--box);stroke:var(--line);stroke-width:1.2",
    "box.visited": "fill:var(--visited);stroke:var(--way);stroke-width:2",
    "box.now": "fill:var(--now);stroke:var(--now-line);stroke-width:4",
    "state": "text-anchor:middle;font-size:13px;font-weight:600",
    "here": "text-anchor:middle;font-style:italic",
    "badge": "fill:var(--way);stroke:var(--card);stroke-width:1.5",
    "step": "fill:var(--on-way);text-anchor:middle;font-weight:700",
}


def _line(points: Sequence[_Point]) -> str:
    """Path data with rounded corners; an arc of many points has none to round."""
    n = _svg.number
    data = [f"M{n(points[0][0])},{n(points[0][1])}"]
    for i in range(1, len(points) - 1):
        (ax, ay), (bx, by), (cx, cy) = points[i - 1 : i + 2]
        before, after = math.hypot(bx - ax, by - ay), math.hypot(cx - bx, cy - by)
        if min(before, after) < 16:
            data.append(f"L{n(bx)},{n(by)}")
            continue
        near = (bx + (ax - bx) * 8 / before, by + (ay - by) * 8 / before)
        far = (bx + (cx - bx) * 8 / after, by + (cy - by) * 8 / after)
        data.append(f"L{n(near[0])},{n(near[1])}Q{n(bx)},{n(by)} {n(far[0])},{n(far[1])}")
    data.append(f"L{n(points[-1][0])},{n(points[-1][1])}")
    return "".join(data)


def _arrow(points: Sequence[_Point], style: str, thick: bool) -> str:
    """The line, which ends inside the arrow's head, and the head."""
    (x0, y0), (x1, y1) = points[-2], points[-1]
    length = math.hypot(x1 - x0, y1 - y0) or 1.0
    ux, uy = (x1 - x0) / length, (y1 - y0) / length
    long, wide = (12.0, 6.0) if thick else (9.0, 4.0)
    back: _Point = (x1 - ux * long, y1 - uy * long)
    cut = [p for p in points[:-1] if len(points) < 20 or math.hypot(p[0] - x1, p[1] - y1) > long]
    shaft = [*cut, (x1 - ux * (long - 2), y1 - uy * (long - 2))]
    corners = [(x1, y1), (back[0] - uy * wide, back[1] + ux * wide), (back[0] + uy * wide, back[1] - ux * wide)]
    head = " ".join(f"{_svg.number(x)},{_svg.number(y)}" for x, y in corners)
    kind = style.removeprefix("edge")
    return f'<path class="{style}" d="{_line(shaft)}"/><polygon class="head{kind}" points="{head}"/>'


def _label(route: _Route, rules: Sequence[_Rule]) -> list[str]:
    if route.label is None:
        return []
    (x, y), n = route.label, _svg.number
    words, count = _svg.escape(_events(rules)), _svg.escape(_count(rules))
    start = f'<text class="label" text-anchor="{route.anchor}" x="{n(x)}" y="{n(y)}">{words}'
    if route.lines == 1:
        return [f'{start} <tspan class="label id">{count}</tspan></text>']
    second = f'<text class="label id" text-anchor="{route.anchor}" x="{n(x)}" y="{n(y + 14)}">{count}</text>'
    return [start + "</text>", second]


def _badge(at: _Point, steps: Sequence[int]) -> str:
    words = ", ".join(map(str, steps))
    half, n = max(9.5, 4.5 + 3.4 * len(words)), _svg.number
    x = min(max(at[0], half + 3), _WIDTH - half - 3)
    return (
        f'<rect class="badge" x="{n(x - half)}" y="{n(at[1] - 9.5)}" width="{n(2 * half)}" height="19" rx="9.5"/>'
        f'<text class="step" x="{n(x)}" y="{n(at[1] + 4.2)}">{words}</text>'
    )


def _collapse(path: Sequence[State]) -> list[State]:
    states: list[State] = []
    for i, state in enumerate(path):
        if not isinstance(state, State):
            raise TypeError(f"path[{i}]: {state!r} is no State")
        if not states or states[-1] != state:
            states.append(state)
    return states


def state_diagram(path: Sequence[State] = (), *, title: str | None = None) -> Picture:
    """The eleven states of RFC 9293 3.3.2 and what leads from one to another, drawn from the rules.

    The layout is that of the RFC's Figure 5. An edge of a connection's normal life says which event causes it and
    by which rule, or by how many. Exceptional ways (reset, ABORT, user timeout) are thin, and those into CLOSED are
    left out, as are ways under another reading of a choice than the first; each state's tooltip has all of them.

    `path` is the states that a connection passed through, in order; where a state repeats at once, it counts once.
    They are filled, the last one is marked "now", and the steps are numbered from 1. A step that no single
    rule makes is dashed. Without `title` the picture has no heading. Raises TypeError where `path` holds something
    else than states.
    """
    states = _collapse(path)
    edges = _edges(rule_rows())
    steps: dict[tuple[State, State], list[int]] = {}
    for i, pair in enumerate(pairwise(states), start=1):
        steps.setdefault(pair, []).append(i)
    visited: set[State | str] = set(states[:1])
    visited.update(_target_place(*pair) for pair in steps)
    now = (_target_place(states[-2], states[-1]) if len(states) > 1 else states[0]) if states else None

    thin: list[str] = []
    thick: list[str] = []
    labels: list[str] = []
    badges: list[str] = []
    left_out: dict[State, list[_Rule]] = {}
    for pair in [*edges, *(pair for pair in steps if pair not in edges)]:
        edge = edges.get(pair)
        shown = edge.normal or edge.exceptional if edge else []
        if pair not in steps and (not shown or (pair[1] == State.CLOSED and not (edge and edge.normal))):
            continue
        route = _route(*pair)
        style = "edge" if edge and edge.normal else "edge exceptional"
        if pair in steps:
            style = "edge way" if edge else "edge way unruly"
            badges.append(_badge(route.badge, steps[pair]))
        (thick if pair in steps else thin).append(
            f'<g data-from="{pair[0]}" data-to="{pair[1]}"><title>{_svg.escape(_in_words(pair, edge))}</title>'
            f"{_arrow(route.points, style, pair in steps)}</g>"
        )
        if shown:
            labels += _label(route, shown)
    for pair, edge in edges.items():
        if edge.exceptional and pair[1] == State.CLOSED and pair not in steps:
            left_out.setdefault(pair[1], []).extend(edge.exceptional)

    boxes: list[str] = []
    for place, (x, y) in _PLACES.items():
        state = place if isinstance(place, State) else State.CLOSED
        style = "box now" if place == now else "box visited" if place in visited else "box"
        ways = [_in_words(pair, edge) for pair, edge in edges.items() if pair[0] == state]
        tooltip = f"{state}. Ways out: {'. '.join(ways)}."
        boxes.append(
            f'<g data-state="{state}"><title>{_svg.escape(tooltip)}</title><rect class="{style}" x="{x - _W}" '
            f'y="{y - _H}" width="{2 * _W}" height="{2 * _H}" rx="7"/>'
            f'<text class="state" x="{x}" y="{y - 2 if place == now else y + 4.5}">{state}</text>'
            + (f'<text class="here" x="{x}" y="{y + 13}">now</text>' if place == now else "")
            + "</g>"
        )

    notes = []
    if states:
        notes.append(
            "Filled: passed through. Thick border: now. Numbers: the order of the steps."
            + (" Dashed: no single rule leads there." if any(pair not in edges for pair in steps) else "")
        )
    for target, rules in left_out.items():
        notes.append(f"Left out: ways into {target} by {_events(rules)}. A state's tooltip has them.")
    heading = _svg.wrap(title, _WIDTH - 40, 15) if title else []
    down = 22 * len(heading) + 6 if heading else 0
    below = [line for note in notes for line in _svg.wrap(note, _WIDTH - 40)]
    body = _svg.paragraph(heading, 20, 28, "heading", 22)
    body += [f'<g transform="translate(0,{down})">', *thin, *thick, *boxes, *labels, *badges, "</g>"]
    body += _svg.paragraph(below, 20, down + _BOTTOM + 28, "note")
    told = ["The states of a TCP connection and the rules that lead from one to another (RFC 9293 3.3.2)"]
    if len(states) > 1:
        told.append("Steps: " + ", ".join(f"{i}. {a} to {b}" for i, (a, b) in enumerate(pairwise(states), start=1)))
    if states:
        told.append(f"Now {states[-1]}")
    told += [_in_words(pair, edge) for pair, edge in edges.items()]
    return _svg.document(
        width=_WIDTH,
        height=down + _BOTTOM + 28 + 16 * len(below),
        title=title or "The states of a TCP connection",
        description=". ".join(told) + ".",
        colours=_COLOURS,
        styles=_STYLES,
        body=body,
    )
