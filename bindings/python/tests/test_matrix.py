"""Heat maps show each number, and the two of lastack count what they say."""

import re
from xml.etree import ElementTree

import numpy as np
import pytest
from lastack import _core, _matrix
from lastack._core import State, rule_rows
from lastack._matrix import coverage_matrix, heat_map, rules_matrix
from lastack._picture import Picture

SVG = "{http://www.w3.org/2000/svg}"


def parse(picture: Picture) -> ElementTree.Element:
    return ElementTree.fromstring(picture.svg)


def cells(picture: Picture) -> dict[str, tuple[str, str]]:
    """By tooltip: the class of the shade, and what the cell shows."""
    found: dict[str, tuple[str, str]] = {}
    for group in parse(picture).iter(f"{SVG}g"):
        title, rect, text = (group.find(SVG + what) for what in ("title", "rect", "text"))
        if title is None or rect is None or text is None:
            continue
        assert title.text and title.text not in found
        found[title.text] = (rect.get("class", ""), text.text or "")
    return found


def small(**options: object) -> Picture:
    settings: dict[str, object] = {"title": "t", "unit": ("rule", "rules"), **options}
    return heat_map(["a", "b"], ["x", "y"], [[0, 1], [None, 8]], **settings)  # type: ignore[arg-type]


def test_each_cell_has_its_number_and_tooltip() -> None:
    assert cells(small(none="not offered", zero="never")) == {
        "a, x: 0 rules, never": ("zero", "0"),
        "a, y: 1 rule": ("fill-0", "1"),
        "b, x: not offered": ("none", "\u00b7"),
        "b, y: 8 rules": ("fill-5", "8"),
    }


def test_shades_even_and_logarithmic() -> None:
    def shades(values: list[int], logarithmic: bool) -> list[str]:
        columns = [str(v) for v in values]
        picture = heat_map(["r"], columns, [values], title="t", unit="n", logarithmic=logarithmic)
        return [shade for shade, _ in cells(picture).values()]

    # Six shades: each holds a sixth of the range up to the largest, or of its logarithm.
    assert shades([1, 10, 11, 30, 59, 60], False) == ["fill-0", "fill-0", "fill-1", "fill-2", "fill-5", "fill-5"]
    assert shades([1, 9, 11, 999, 10**6], True) == ["fill-0", "fill-0", "fill-1", "fill-2", "fill-5"]
    assert shades([0, 1], True) == ["zero", "fill-5"]


def test_the_legend_says_what_each_shade_holds() -> None:
    picture = heat_map(["r"], ["a", "b", "c"], [[3, 4, 60]], title="t", unit="visits")
    texts = [text.text for text in parse(picture).iter(f"{SVG}text")]
    assert texts[-3:] == ["visits", "3\u20134", "60"]


@pytest.mark.parametrize(
    ("value", "short"),
    [(99_999, "99999"), (100_000, "100k"), (999_499, "999k"), (999_500, "1M"), (1_421_195, "1.4M"),
     (9_960_000, "10M"), (12_345_678, "12M"), (3 * 10**12, "3T"), (10**15, "1e15")],
)
def test_large_numbers_are_short_in_cells_and_whole_in_tooltips(value: int, short: str) -> None:
    picture = heat_map(["r"], ["c"], [[value]], title="t", unit="times")
    assert cells(picture) == {f"r, c: {value} times": ("fill-5", short)}


@pytest.mark.parametrize(
    ("values", "error", "message"),
    [
        ([[1, 2], [3]], ValueError, r"values\[1\]: 1 numbers for 2 columns"),
        ([[1, 2, 3], [4, 5, 6]], ValueError, r"values\[0\]: 3 numbers for 2 columns"),
        ([[1, 2]], ValueError, r"values: 1 rows of numbers for 2 rows"),
        ([[1, 2], [3, -4]], ValueError, r"values\[1\]\[1\]: -4 is negative"),
        ([[1, 2], [3, 0.5]], TypeError, r"values\[1\]\[1\]: 0.5 is neither a whole number nor None"),
    ],
)
def test_wrong_values(values: list[list[int]], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=f"^{message}$"):
        heat_map(["a", "b"], ["x", "y"], values, title="t", unit="n")


def test_nothing_to_draw() -> None:
    with pytest.raises(ValueError, match=r"^a heat map needs a row and a column$"):
        heat_map([], [], [], title="t", unit="n")


def test_wide_tables_are_turned_but_tooltips_are_not() -> None:
    columns = [f"column {i}" for i in range(60)]
    picture = heat_map(["a", "b"], columns, [range(60), range(60)], title="t", unit="n")
    assert float(parse(picture).get("width", "")) <= 900
    assert len(cells(picture)) == 120 and "b, column 59: 59 n" in cells(picture)


def test_hostile_words() -> None:
    hostile = "<b>&\"'\x01"
    picture = heat_map([hostile], [hostile], [[1]], title=hostile, unit=hostile, none=hostile)
    title = parse(picture).find(f"{SVG}title")
    assert title is not None and title.text == "<b>&\"'\ufffd"
    assert "<b>" not in picture.svg


def test_rules_matrix_counts_the_table() -> None:
    shown = cells(rules_matrix())
    events = {row[3] for row in rule_rows()}
    assert len(shown) == len(State) * len(events)
    total = 0
    for tooltip in shown:
        if count := re.search(r": (\d+) rules?$", tooltip):
            total += int(count[1])
    assert total == len(rule_rows())
    # Rows that can be counted in the sections of the RFC that they come from.
    assert shown["ESTABLISHED, FIN: 3 rules"][1] == "3"
    assert shown["TIME-WAIT, TIME-WAIT TIMEOUT: 1 rule"][1] == "1"
    assert shown["LISTEN, TIME-WAIT TIMEOUT: not offered"] == ("none", "\u00b7")
    assert shown["LISTEN, FIN departs: no rule, so it is refused"] == ("none", "\u00b7")


def test_events_stand_in_the_order_of_the_rfc() -> None:
    texts = [text.text for text in parse(rules_matrix()).iter(f"{SVG}text") if text.get("class") == "row"]
    checks = ["sequence number", "RST", "security", "SYN", "ACK", "URG", "text", "FIN"]
    start = texts.index("sequence number")
    assert texts[start : start + 8] == checks
    assert texts[:6] == [f"{call} call" for call in ("OPEN", "SEND", "RECEIVE", "CLOSE", "ABORT", "STATUS")]
    assert texts.index("FIN") < texts.index("USER TIMEOUT") < texts.index("FIN departs")


def test_both_fit_a_page() -> None:
    largest = [[10**9] * len(_core.event_classes())] * len(State)
    for picture in (rules_matrix(), coverage_matrix(largest)):
        assert float(parse(picture).get("width", "")) <= 900


def test_coverage_matrix_takes_arrays_and_lists() -> None:
    counts = _core.coverage(50, 20, 1)[1]
    picture = coverage_matrix(counts)
    assert picture.svg == coverage_matrix(counts.tolist()).svg
    shown = cells(picture)
    assert len(shown) == 11 * 24
    events = _core.event_classes()
    for i, state in enumerate(State):
        for j, event in enumerate(events):
            n = int(counts[i, j])
            words = f"{state}, {event}: {n} {'time' if n == 1 else 'times'}" + (", never met" if n == 0 else "")
            assert (shown[words][0] == "zero") == (n == 0)
    assert 0 < int((counts == 0).sum()) < counts.size


def test_coverage_matrix_wants_states_by_events() -> None:
    with pytest.raises(ValueError, match=r"^values\[0\]: 11 numbers for 24 columns$"):
        coverage_matrix(np.zeros((24, 11), dtype=np.uint64))
    with pytest.raises(ValueError, match=r"^values: 10 rows of numbers for 11 rows$"):
        coverage_matrix(np.zeros((10, 24), dtype=np.uint64))


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    r, g, b = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(a: str, b: str) -> float:
    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def schemes(picture: Picture) -> list[dict[str, str]]:
    """The variables of the light scheme and of the dark one, as the picture declares them."""
    found = [dict(re.findall(r"--([a-z0-9-]+):(#[0-9a-f]{6});", line)) for line in picture.svg.splitlines()]
    return [variables for variables in found if variables]


def test_contrast_of_heat_maps() -> None:
    both = schemes(small())
    assert len(both) == 2
    for variables in both:
        steps = [variables[f"fill-{i}"] for i in range(len(_matrix._SHADES))]
        for i, fill in enumerate(steps):
            assert contrast(fill, variables[f"ink-{i}"]) >= 4.5
        assert contrast(variables["card"], variables["text"]) >= 4.5
        assert contrast(variables["card"], variables["muted"]) >= 4.5
        brightness = [luminance(fill) for fill in steps]
        assert brightness in (sorted(brightness), sorted(brightness, reverse=True))


def test_contrast_of_the_diagram() -> None:
    from lastack._diagram import state_diagram

    both = schemes(state_diagram())
    assert len(both) == 2
    for variables in both:
        for box in ("box", "visited", "now"):
            assert contrast(variables[box], variables["text"]) >= 4.5
        assert contrast(variables["way"], variables["on-way"]) >= 4.5
        for line in ("line", "faint", "way", "now-line"):
            assert contrast(variables["card"], variables[line]) >= 3


def test_names_of_pictures_differ() -> None:
    names = {parse(picture).get("class") for picture in (small(), small(title="u"), small(unit="k"), rules_matrix())}
    assert len(names) == 4


def test_deterministic() -> None:
    assert rules_matrix().svg == rules_matrix().svg
