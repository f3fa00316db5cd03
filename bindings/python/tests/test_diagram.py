"""The state diagram says what the table says, and shows the path."""

import re
from collections.abc import Iterator
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from lastack import _diagram, _svg
from lastack._core import State, rule_rows
from lastack._diagram import state_diagram
from lastack._picture import Picture

S = State
SVG = "{http://www.w3.org/2000/svg}"
Pair = tuple[str, str]

# RFC 9293 Figure 5, read by hand; its RST from SYN-RECEIVED to LISTEN is exceptional here.
FIGURE_5 = {
    ("CLOSED", "LISTEN"): "passive OPEN",
    ("CLOSED", "SYN-SENT"): "active OPEN",
    ("LISTEN", "CLOSED"): "CLOSE",
    ("LISTEN", "SYN-SENT"): "SEND",
    ("LISTEN", "SYN-RECEIVED"): "SYN",
    ("SYN-SENT", "CLOSED"): "CLOSE",
    ("SYN-SENT", "SYN-RECEIVED"): "SYN",
    ("SYN-SENT", "ESTABLISHED"): "SYN,ACK",
    ("SYN-RECEIVED", "LISTEN"): "RST",
    ("SYN-RECEIVED", "ESTABLISHED"): "ACK of SYN",
    ("SYN-RECEIVED", "FIN-WAIT-1"): "CLOSE",
    ("ESTABLISHED", "FIN-WAIT-1"): "CLOSE",
    ("ESTABLISHED", "CLOSE-WAIT"): "FIN",
    ("FIN-WAIT-1", "FIN-WAIT-2"): "ACK of FIN",
    ("FIN-WAIT-1", "CLOSING"): "FIN",
    ("FIN-WAIT-2", "TIME-WAIT"): "FIN",
    ("CLOSING", "TIME-WAIT"): "ACK of FIN",
    ("CLOSE-WAIT", "LAST-ACK"): "CLOSE",
    ("LAST-ACK", "CLOSED"): "ACK of FIN",
    ("TIME-WAIT", "CLOSED"): "TIME-WAIT TIMEOUT",
}
ACTIVE = [S.CLOSED, S.SYN_SENT, S.ESTABLISHED, S.FIN_WAIT_1, S.FIN_WAIT_2, S.TIME_WAIT, S.CLOSED]
SIMULTANEOUS = [S.CLOSED, S.SYN_SENT, S.SYN_RECEIVED, S.ESTABLISHED, S.FIN_WAIT_1, S.CLOSING, S.TIME_WAIT, S.CLOSED]


def parse(picture: Picture) -> ElementTree.Element:
    return ElementTree.fromstring(picture.svg)


def classes(element: ElementTree.Element) -> set[str]:
    return set(element.get("class", "").split())


def edges(picture: Picture) -> dict[Pair, ElementTree.Element]:
    found: dict[Pair, ElementTree.Element] = {}
    for group in parse(picture).iter(f"{SVG}g"):
        source, target = group.get("data-from"), group.get("data-to")
        if source and target:
            assert (source, target) not in found
            found[source, target] = group
    return found


def shape(edge: ElementTree.Element) -> set[str]:
    path = edge.find(f"{SVG}path")
    assert path is not None
    return classes(path)


def words(element: ElementTree.Element, what: str) -> str:
    found = element.find(SVG + what)
    assert found is not None and found.text
    return found.text


def boxes(picture: Picture) -> Iterator[tuple[str, ElementTree.Element]]:
    for group in parse(picture).iter(f"{SVG}g"):
        if state := group.get("data-state"):
            yield state, group


def boxes_with(picture: Picture, style: str) -> list[str]:
    return [state for state, box in boxes(picture) for rect in box.iter(f"{SVG}rect") if style in classes(rect)]


def badges(picture: Picture) -> list[str]:
    return [text.text or "" for text in parse(picture).iter(f"{SVG}text") if "step" in classes(text)]


def test_all_states_stand_once_and_closed_twice() -> None:
    assert sorted(state for state, _ in boxes(state_diagram())) == sorted([*map(str, State), "CLOSED"])


def test_edges_are_those_of_figure_5() -> None:
    drawn = edges(state_diagram())
    assert set(drawn) == set(FIGURE_5)
    for pair, event in FIGURE_5.items():
        told = words(drawn[pair], "title").removeprefix(f"{pair[0]} to {pair[1]}: ")
        assert event in re.split(r", | \(|; ", told), told
        assert ("exceptional" in shape(drawn[pair])) == (pair == ("SYN-RECEIVED", "LISTEN"))


def test_labels_name_the_event_and_the_one_rule_or_how_many() -> None:
    texts = ["".join(text.itertext()) for text in parse(state_diagram()).iter(f"{SVG}text")]
    assert texts[texts.index("SYN,ACK") + 1] == "3.10.7.3-4-SYNACK"
    assert texts[texts.index("active OPEN, SEND") + 1] == "2 rules"
    assert texts[texts.index("TIME-WAIT TIMEOUT") + 1] == "3.10.8-TW"
    assert "CLOSE 3.10.4-SS" in texts


def test_each_change_of_state_is_drawn_or_told() -> None:
    changes = {(str(r[2]), str(r[6])) for r in rule_rows() if not r[7] and r[2] != r[6]}
    assert len(changes) > len(FIGURE_5)
    picture = state_diagram()
    assert set(edges(picture)) <= changes
    description = words(parse(picture), "desc")
    for source, target in changes:
        assert f"{source} to {target}: " in description
    assert "ESTABLISHED to TIME-WAIT: under another reading of a choice ABORT (3.10.5-ES-wait)" in description
    assert "SYN-RECEIVED to CLOSED: ABORT, " in description


def test_an_edge_goes_with_its_last_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = rule_rows()
    monkeypatch.setattr(_diagram, "rule_rows", lambda: [r for r in rows if r[0] != "3.10.7.4-8-FW1-fin"])
    assert set(edges(state_diagram())) == set(FIGURE_5) - {("FIN-WAIT-1", "CLOSING")}
    monkeypatch.setattr(_diagram, "rule_rows", lambda: [r for r in rows if r[0] != "3.10.4-ES-fin"])
    told = words(edges(state_diagram())["ESTABLISHED", "FIN-WAIT-1"], "title")
    assert told == "ESTABLISHED to FIN-WAIT-1: CLOSE (3.10.4-ES-queue)"


def test_an_edge_that_the_layout_does_not_know_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = rule_rows()
    fin = next(r for r in rows if r[0] == "3.10.7.4-8-ES-fin")
    new = ("3.10.7.4-8-SS-new", fin[1], S.SYN_SENT, *fin[3:6], S.LAST_ACK, *fin[7:])
    monkeypatch.setattr(_diagram, "rule_rows", lambda: [*rows, new])
    assert set(edges(state_diagram())) == {*FIGURE_5, ("SYN-SENT", "LAST-ACK")}


def test_path_is_filled_numbered_and_has_a_now() -> None:
    picture = state_diagram(ACTIVE)
    assert boxes_with(picture, "visited") == [
        "CLOSED", "SYN-SENT", "ESTABLISHED", "FIN-WAIT-1", "FIN-WAIT-2", "TIME-WAIT"
    ]
    assert boxes_with(picture, "now") == ["CLOSED"]
    marked = [state for state, box in boxes(picture) if any(text.text == "now" for text in box.iter(f"{SVG}text"))]
    assert marked == ["CLOSED"]
    assert sorted(badges(picture)) == ["1", "2", "3", "4", "5", "6"]
    taken = {pair for pair, edge in edges(picture).items() if "way" in shape(edge)}
    assert taken == {(str(a), str(b)) for a, b in pairwise(ACTIVE)}
    assert "1. CLOSED to SYN-SENT, 2. SYN-SENT to ESTABLISHED, 3. " in words(parse(picture), "desc")
    assert "Now CLOSED." in words(parse(picture), "desc")


def test_closed_at_the_end_is_another_than_at_the_beginning() -> None:
    def places(path: list[State], style: str) -> list[float]:
        found = []
        for state, box in boxes(state_diagram(path)):
            rect = box.find(f"{SVG}rect")
            assert rect is not None
            if state == "CLOSED" and style in classes(rect):
                found.append(float(rect.get("y", "")))
        return found

    top, bottom = places([], "box")
    assert top < bottom
    assert places([S.CLOSED], "now") == [top]
    assert places([S.CLOSED, S.LISTEN, S.CLOSED], "now") == [top]
    assert places(SIMULTANEOUS, "now") == [bottom]
    assert places(SIMULTANEOUS, "visited") == [top]


def test_an_edge_taken_twice_has_both_numbers() -> None:
    path = [S.CLOSED, S.LISTEN, S.SYN_RECEIVED, S.LISTEN, S.SYN_RECEIVED, S.LISTEN]
    assert sorted(badges(state_diagram(path))) == ["1", "2, 4", "3, 5"]


def test_a_state_that_repeats_at_once_counts_once() -> None:
    doubled = [state for state in ACTIVE for _ in range(2)]
    assert state_diagram(doubled).svg == state_diagram(ACTIVE).svg


def test_exceptional_and_other_ways_are_drawn_when_taken() -> None:
    picture = state_diagram([S.ESTABLISHED, S.CLOSED, S.LISTEN, S.CLOSED])
    assert set(edges(picture)) == {*FIGURE_5, ("ESTABLISHED", "CLOSED")}
    other = edges(state_diagram([S.TIME_WAIT, S.SYN_RECEIVED]))["TIME-WAIT", "SYN-RECEIVED"]
    assert "way" in shape(other) and "unruly" not in shape(other)


def test_a_step_that_no_single_rule_makes_is_dashed() -> None:
    picture = state_diagram([S.CLOSED, S.ESTABLISHED])
    edge = edges(picture)["CLOSED", "ESTABLISHED"]
    assert words(edge, "title") == "CLOSED to ESTABLISHED: no single rule"
    assert "unruly" in shape(edge)
    assert "Dashed: no single rule leads there." in picture.svg
    assert "Dashed" not in state_diagram(ACTIVE).svg


def test_every_step_between_two_states_can_be_drawn() -> None:
    for a in State:
        for b in State:
            picture = state_diagram([a, b])
            if a != b:
                assert (str(a), str(b)) in edges(picture)
                assert badges(picture) == ["1"]


def test_nothing_leaves_the_card() -> None:
    for a in State:
        for b in State:
            root = parse(state_diagram([a, b]))
            width, height = float(root.get("width", "")), float(root.get("height", ""))
            for path in root.iter(f"{SVG}path"):
                points = re.findall(r"(-?[\d.]+),(-?[\d.]+)", path.get("d", ""))
                assert points
                assert all(4 < float(x) < width - 4 and 4 < float(y) < height - 4 for x, y in points), (a, b)


def overlap(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def test_labels_states_badges_and_lines_do_not_collide() -> None:
    """Letters are taken to be 0.56 em wide, which is more than they are. All lines here are level or upright."""
    root = parse(state_diagram(ACTIVE + SIMULTANEOUS[1:]))
    taken: list[tuple[str, tuple[float, float, float, float]]] = []
    lines: list[tuple[float, float, float, float]] = []
    for path in root.iter(f"{SVG}path"):
        points = [(float(x), float(y)) for x, y in re.findall(r"(-?[\d.]+),(-?[\d.]+)", path.get("d", ""))]
        for (x0, y0), (x1, y1) in pairwise(points):
            lines.append((min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)))
    for rect in root.iter(f"{SVG}rect"):
        if classes(rect) & {"box", "badge"}:
            x, y, w, h = (float(rect.get(k, "")) for k in ("x", "y", "width", "height"))
            taken.append((str(classes(rect)), (x, y, x + w, y + h)))
    for text in root.iter(f"{SVG}text"):
        if "label" not in classes(text):
            continue
        said = "".join(text.itertext())
        wide, x, y = len(said) * 0.56 * 12, float(text.get("x", "")), float(text.get("y", ""))
        left = x - {"start": 0.0, "middle": wide / 2, "end": wide}[text.get("text-anchor", "start")]
        place = (left, y - 9, left + wide, y + 3)
        assert not [line for line in lines if overlap(place, line)], said
        taken.append((said, place))
    assert len(taken) > 50
    for i, (what, a) in enumerate(taken):
        for other, b in taken[:i]:
            assert not overlap(a, b), (what, other)


def test_what_is_no_state_is_refused() -> None:
    with pytest.raises(TypeError, match=r"^path\[1\]: 'LISTEN' is no State$"):
        state_diagram([S.CLOSED, "LISTEN"])  # type: ignore[list-item]


def test_hostile_title() -> None:
    hostile = "<script>alert('x')</script> & \"]]>\x00\ud800"
    picture = state_diagram(title=hostile)
    root = parse(picture)
    assert words(root, "title") == "<script>alert('x')</script> & \"]]>\ufffd\ufffd"
    assert "<script" not in picture.svg
    picture.svg.encode()


def test_a_heading_only_with_a_title() -> None:
    def headings(picture: Picture) -> list[str]:
        return [text.text or "" for text in parse(picture).iter(f"{SVG}text") if "heading" in classes(text)]

    assert headings(state_diagram()) == []
    assert headings(state_diagram(title="Active close")) == ["Active close"]
    assert len(headings(state_diagram(title="long " * 60))) > 1


def test_pictures_keep_their_styles_to_themselves() -> None:
    pictures = [state_diagram(), state_diagram(ACTIVE), state_diagram(title="another")]
    names = [parse(picture).get("class", "") for picture in pictures]
    assert len(set(names)) == len(names)
    for picture, name in zip(pictures, names, strict=True):
        style = words(parse(picture), "style")
        selectors = re.findall(r"([^{};\n]+)\{", style.replace("@media (prefers-color-scheme:dark){", ""))
        assert len(selectors) > 10
        assert all(re.match(rf"\.{name}( |$)", selector) for selector in selectors), selectors
        assert not re.search(r'\sid="', picture.svg)
        assert parse(picture).get("role") == "img"


def test_deterministic() -> None:
    assert state_diagram(ACTIVE, title="x").svg == state_diagram(ACTIVE, title="x").svg


@pytest.mark.parametrize(
    ("value", "text"), [(12.0, "12"), (12.5, "12.5"), (0.04, "0"), (-3.0, "-3"), (-0.04, "0"), (10.0, "10")]
)
def test_numbers(value: float, text: str) -> None:
    assert _svg.number(value) == text
