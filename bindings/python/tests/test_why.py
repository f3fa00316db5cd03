"""The stories of `why`."""

from __future__ import annotations

import pytest

import lastack
from lastack import Why, stories, why

NAMES = [row["name"] for row in stories()]


@pytest.mark.parametrize("name", NAMES)
def test_every_story_is_told_as_claimed(name: str) -> None:
    told = why(name, progress=False)
    assert told.as_claimed and told.answer == "holds" and told.searched["complete"]
    assert told.path or told.cycle
    assert told.without.ok and told.full.ok, "both runs play as their case files say"
    assert told.without.ladder.text in told.text or told.cycle
    for part in (told.question, told.place):
        assert part in told.text
    assert str(told) == told.text and max(len(line) for line in told.text.splitlines()) <= 100


def test_the_two_way_handshake() -> None:
    told = why("two-way-handshake", progress=False)
    # RFC 9293 3.5, Figure 8: the listener believes a SYN that nobody stands behind any more.
    assert told.without.fault == "variant two-way-handshake"
    assert (told.without.client.state, told.without.server.state) == (lastack.State.CLOSED, lastack.State.ESTABLISHED)
    assert told.full.fault == ""
    assert (told.full.client.state, told.full.server.state) == (lastack.State.CLOSED, lastack.State.LISTEN)
    assert "two-messages-are-not-enough" in told.claims
    html = told._repr_html_()
    assert html.count("<svg") == 2 and "Why three messages" in html


def test_a_cycle_says_whether_r2_ends_it() -> None:
    lost = why("last-ack-by-letter", progress=False)
    assert lost.cycle and lost.until_r2 and "R2" in lost.text
    answers = why("time-wait-answers-acks", progress=False)
    assert answers.cycle and not answers.until_r2


def test_claims_are_those_of_the_table() -> None:
    assert all(name == name.lower() and " " not in name for row in stories() for name in row["claims"])
    assert len(NAMES) == len(set(NAMES)) >= 25


def test_an_unknown_name_names_the_nearest() -> None:
    with pytest.raises(ValueError, match=r'^no story has the name "two-way-handshak"; the nearest: two-way-handshake, '):
        why("two-way-handshak")
    with pytest.raises(ValueError, match="threads: -1 is outside"):
        why("two-way-handshake", threads=-1)


def test_a_story_shows_itself() -> None:
    told = why("no-half-close", progress=False)
    assert isinstance(told, Why)
    assert repr(told).startswith("<Why no-half-close: Why does who has closed still listen?")
