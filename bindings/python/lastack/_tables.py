"""The specification as tables."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from lastack import _core
from lastack._core import Policy
from lastack._progress import progress_bar
from lastack._table import Table

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

__all__ = ["Coverage", "choices", "coverage", "profiles", "requirements", "rules"]


def rules() -> Table:
    """The rules: one row a clause of RFC 9293, in the order of the RFC.

    Columns: `rule`, the id, which never changes ("3.10.7.4-5-FW1-fin"); `place` in the RFC; `source` and `target`
    (`State`; target is None where the rule keeps the state or its action decides); `event`, `guard` and `action` in
    words.
    """
    return Table(
        ("rule", "place", "source", "event", "guard", "action", "target"),
        (
            (r[0], r[1], r[2], r[3], r[4], r[5], None if r[7] else r[6])
            for r in _core.rule_rows()
        ),
    )


@cache
def _requirements() -> tuple[dict[str, Any], ...]:
    text = files("lastack").joinpath("data", "requirements.toml").read_text(encoding="utf-8")
    return tuple(tomllib.loads(text)["requirement"])


def requirements() -> Table:
    """The requirements of RFC 9293, and of the RFCs that it leans on, that concern the lifecycle.

    Columns: `requirement`, the id ("MUST-10"); `section`; `level` (MUST, SHOULD, MAY, PROC, ...); `text`, in our words;
    `rules` and `tests` that meet it (tuples of ids); `outside`, why it lies outside the lifecycle, or "".
    """
    return Table(
        ("requirement", "section", "level", "text", "rules", "tests", "outside"),
        (
            (
                r["id"],
                r["section"],
                r["level"],
                r["text"],
                tuple(r.get("met_by_rule", ())),
                tuple(r.get("met_by_test", ())),
                r.get("outside", ""),
            )
            for r in _requirements()
        ),
    )


@cache
def level_of(rule: str) -> str:
    """The level of the requirement that this rule meets, the one whose id comes nearest to the rule's."""
    nearest: tuple[int, int] | None = None
    level = "PROC"
    for r in _requirements():
        met = r.get("met_by_rule", ())
        if rule not in met:
            continue
        shared = 0
        for a, b in zip(r["id"], rule, strict=False):
            if a != b:
                break
            shared += 1
        if nearest is None or (shared, -len(met)) > nearest:
            nearest = (shared, -len(met))
            level = r["level"]
    return level


def choices() -> Table:
    """What a stack decides once, because the RFC leaves it open, contradicts itself, or lets another RFC decide.

    Columns: `choice`; `readings`, the first of which is taken while nobody decides; `decision`, the page in
    spec/decisions; `place` in the RFC.
    """
    return Table(("choice", "readings", "decision", "place"), _core.choice_rows())


def profiles() -> Table:
    """The policies that have a name. Columns: `profile`, `policy` (`Policy`), `what` it stands for."""
    return Table(("profile", "policy", "what"), _core.profile_rows())


class Coverage:
    """What random runs reached. The arrays are NumPy's, of dtype uint64."""

    __slots__ = ("cells", "events", "rules", "sequences")

    sequences: int
    """Runs."""
    events: int
    """Events in all of them."""
    rules: npt.NDArray[np.uint64]
    """How often each rule fired: shape (rules,), in the order of `rules()`."""
    cells: npt.NDArray[np.uint64]
    """How often each event met each state: shape (11, 24), states in their order, events as `event_classes`.

    A departure that was refused and a timeout whose timer does not run are events, but no cells.
    """

    event_classes: tuple[str, ...] = _core.event_classes()
    """What the columns of `cells` are called."""

    def __init__(
        self, sequences: int, events: int, rules: npt.NDArray[np.uint64], cells: npt.NDArray[np.uint64]
    ) -> None:
        self.sequences = sequences
        self.events = events
        self.rules = rules
        self.cells = cells

    def __repr__(self) -> str:
        fired = int((self.rules > 0).sum())
        return f"<Coverage: {fired} of {len(self.rules)} rules fired in {self.sequences} runs, {self.events} events>"


def coverage(sequences: int = 10_000, length: int = 40, seed: int = 0, *, progress: bool | None = None) -> Coverage:
    """Random runs of one end against an adversary, directed by its state, and what they reach. Needs NumPy.

    `sequences` runs, 0 to 2**63-1, of `length` words, 0 to 100 000: an event each, and what leaves at once. The same
    `seed`, 0 to 2**64-1, gives the same runs. `progress`: see `check`. Ctrl-C ends it. ValueError for what is out of
    range.
    """
    limits = (("sequences", sequences, 2**63 - 1), ("length", length, 100_000), ("seed", seed, 2**64 - 1))
    for what, value, most in limits:
        if not 0 <= value <= most:
            raise ValueError(f"{what}: {value} is outside 0..{most}")
    with progress_bar("random runs", "run", progress) as tell:
        fired, cells, events = _core.coverage(sequences, length, seed, tell)
    return Coverage(sequences, events, fired, cells)
