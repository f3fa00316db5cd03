"""The specification as tables: rules, requirements, coverage."""

import tomllib
from pathlib import Path

import numpy as np
import pytest
from lastack import State, coverage, requirements, rules
from lastack._tables import level_of


def test_rules_are_those_of_the_list(tree: Path) -> None:
    listed = (tree / "spec" / "generated" / "rules.txt").read_text(encoding="utf-8").split()
    assert sorted(rules().column("rule")) == sorted(listed)
    assert len(set(listed)) == len(listed)
    assert rules().columns == ("rule", "place", "source", "event", "guard", "action", "target")


def test_a_rule_says_what_the_rfc_says() -> None:
    # RFC 9293 3.10.7.4, fifth check, FIN-WAIT-1: our FIN is acknowledged: enter FIN-WAIT-2.
    (row,) = rules().where(rule="3.10.7.4-5-FW1-fin")
    assert (row["source"], row["target"]) == (State.FIN_WAIT_1, State.FIN_WAIT_2)
    assert "3.10.7.4" in row["place"]
    # 3.10.7.2, third: a SYN at a listener.
    (row,) = rules().where(rule="3.10.7.2-3-SYN")
    assert (row["source"], row["target"]) == (State.LISTEN, State.SYN_RECEIVED)
    # 3.10.4: CLOSE in CLOSED is an error and changes nothing.
    for row in rules().where(source=State.CLOSED):
        if row["rule"].startswith("3.10.4-CD"):
            assert row["target"] is None


def test_requirements_are_those_of_the_file(tree: Path) -> None:
    rows = tomllib.loads((tree / "spec" / "requirements.toml").read_text(encoding="utf-8"))["requirement"]
    assert requirements().column("requirement") == [r["id"] for r in rows]
    for shown, row in zip(requirements(), rows, strict=True):
        assert (shown["section"], shown["level"], shown["text"]) == (row["section"], row["level"], row["text"])
        assert shown["rules"] == tuple(row.get("met_by_rule", ()))
        assert shown["tests"] == tuple(row.get("met_by_test", ()))
        assert shown["outside"] == row.get("outside", "")
    known = set(rules().column("rule"))
    assert {r for row in requirements() for r in row["rules"]} <= known


def test_the_level_is_that_of_the_nearest_requirement() -> None:
    rows = list(requirements())

    def shared(a: str, b: str) -> int:
        return next((i for i, (x, y) in enumerate(zip(a, b)) if x != y), min(len(a), len(b)))  # noqa: B905

    levels = set()
    for rule in rules().column("rule"):
        meets = [r for r in rows if rule in r["rules"]]
        best = max(meets, key=lambda r: (shared(r["requirement"], rule), -len(r["rules"])), default=None)
        assert level_of(rule) == (best["level"] if best else "PROC")
        levels.add(level_of(rule))
    assert {"MUST", "SHOULD", "PROC"} <= levels
    assert level_of("no such rule") == "PROC"


def test_coverage_counts_and_repeats() -> None:
    a = coverage(300, 20, seed=3, progress=False)
    b = coverage(300, 20, seed=3, progress=False)
    assert (a.sequences, a.events) == (300, b.events)
    assert a.events >= 300 * 20  # what leaves at once is an event too
    assert np.array_equal(a.rules, b.rules)
    assert np.array_equal(a.cells, b.cells)
    assert a.rules.shape == (len(rules()),)
    assert a.cells.shape == (11, len(a.event_classes)) == (11, 24)
    assert a.rules.dtype == a.cells.dtype == np.uint64
    assert 0 < int(a.cells.sum()) <= a.events  # a refused departure is no cell
    assert int((a.rules > 0).sum()) > 100
    assert "rules fired" in repr(a)
    assert not np.array_equal(a.rules, coverage(300, 20, seed=4, progress=False).rules)
    # Runs begin in CLOSED, and the first right thing is an OPEN.
    assert a.cells[0].sum() > 0


def test_coverage_of_nothing() -> None:
    nothing = coverage(0, progress=False)
    assert (nothing.events, int(nothing.rules.sum()), int(nothing.cells.sum())) == (0, 0, 0)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"sequences": -1}, ValueError),
        ({"length": -1}, ValueError),
        ({"seed": -1}, ValueError),
        ({"seed": 2**64}, ValueError),
        ({"sequences": 2**64}, ValueError),
        ({"sequences": 1, "length": 2**64}, ValueError),
        ({"sequences": 1, "length": 2**63}, ValueError),
        ({"sequences": 1, "length": 2**40}, ValueError),
        ({"sequences": 1.5}, TypeError),
        ({"sequences": "1"}, TypeError),
        ({"length": None}, TypeError),
    ],
)
def test_coverage_refuses_bad_input(arguments: dict[str, object], error: type[Exception]) -> None:
    with pytest.raises(error, match=next(reversed(arguments)) if error is ValueError else None):
        coverage(**arguments, progress=False)  # type: ignore[arg-type]
