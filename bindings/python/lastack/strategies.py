"""Strategies for Hypothesis, from the decoder that drives the C++ properties. Needs Hypothesis.

One word decides one event: eight fields of one octet, each of which steps away from the right next thing in one
respect. Zero is the right next thing, so what shrinks becomes a normal run.
"""

from __future__ import annotations

from typing import NamedTuple

from hypothesis import strategies as st

from lastack import _core
from lastack._core import Arrival, Call, Config, Departure, Outcome, Policy, Segment, Timeout

__all__ = ["Happening", "Run", "events", "policies", "runs", "segments", "words"]

_FIELDS = 8


def words() -> st.SearchStrategy[int]:
    """One word of the decoder, 0 to 2**64-1. Most of them step away from the right next thing in few respects."""
    step = st.tuples(st.integers(0, _FIELDS - 1), st.integers(1, 255))
    return (st.lists(step, max_size=2) | st.lists(step, min_size=3, max_size=_FIELDS)).map(_assemble)


def _assemble(steps: list[tuple[int, int]]) -> int:
    word = 0
    for field, value in steps:
        word = word & ~(0xFF << 8 * field) | value << 8 * field
    return word


class Happening(NamedTuple):
    """One event of a run: what the end was in, what happened, what came of it."""

    before: Config
    event: Call | Arrival | Timeout | Departure
    outcome: Outcome


class Run(NamedTuple):
    """A run of one end against an adversary."""

    policy: Policy
    """Every choice of it is decided."""
    happenings: tuple[Happening, ...]
    words: tuple[int, ...]
    """What replays the run: in C++ too, as LASTACK_WORDS in hexadecimal."""


def _run(given: list[int]) -> Run:
    policy, recorded = _core.run_words(given)
    before = Config()
    happenings = []
    for event, outcome in recorded:
        happenings.append(Happening(before, event, outcome))
        before = outcome.next
    return Run(policy, tuple(happenings), tuple(given))


def runs(max_events: int = 40) -> st.SearchStrategy[Run]:
    """Runs of one end from CLOSED, of at most `max_events` words (some have more events: what leaves at once).

    The empty words are a whole life: open, send, receive, close. ValueError when `max_events` is below 1.
    """
    if max_events < 1:
        raise ValueError(f"max_events: {max_events} is below 1")
    return st.lists(words(), min_size=2, max_size=max_events + 1).map(_run)


def events(max_events: int = 40) -> st.SearchStrategy[tuple[Call | Arrival | Timeout | Departure, ...]]:
    """The events of `runs`: each makes sense behind those before it."""
    return runs(max_events).map(lambda run: tuple(h.event for h in run.happenings))


def segments(config: Config | None = None) -> st.SearchStrategy[Segment]:
    """Segments that arrive at `config`, at and beside every edge of its windows and numbers.

    Without a config: those that arrive at the end of some run.
    """
    word = words()
    if config is not None:
        return st.builds(_core.segment_near, word, st.just(config), word)
    return st.builds(lambda run, w: _core.segment_near(w, _end(run), run.words[0]), runs(), word)


def _end(run: Run) -> Config:
    return run.happenings[-1].outcome.next if run.happenings else Config()


def policies() -> st.SearchStrategy[Policy]:
    """Policies that decide any of the choices, none of them to begin with."""
    readings = {row[0]: st.sampled_from(row[1]) for row in _core.choice_rows()}
    return st.fixed_dictionaries({}, optional=readings).map(lambda chosen: Policy(**chosen))
