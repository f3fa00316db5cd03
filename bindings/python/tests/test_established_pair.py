"""Pair.established: a pair behind its handshake."""

import pytest
from lastack import Machine, Pair, State


def test_it_stands_behind_figure_6() -> None:
    pair = Pair.established(Machine(iss=100), Machine(iss=300))
    assert pair.states == (State.ESTABLISHED, State.ESTABLISHED)
    assert (pair.client.config.snd_nxt, pair.server.config.snd_nxt) == (101, 301)
    assert (pair.client.config.owed, pair.server.config.owed, pair.way) == ((), (), ())
    assert pair.server.path == (State.CLOSED, State.LISTEN, State.SYN_RECEIVED, State.ESTABLISHED)


def test_its_ladder_begins_there() -> None:
    pair = Pair.established()
    assert "SYN" not in str(pair.ladder()) and len(pair.ladder()._history) == 0
    pair.client.call("CLOSE")
    text = str(pair.fork().ladder())
    assert "FIN-WAIT-1" in text and "SYN" not in text


def test_undo_goes_back_to_closed_and_the_ladder_with_it() -> None:
    pair = Pair.established()
    pair.undo(2)
    assert pair.states == (State.ESTABLISHED, State.SYN_RECEIVED)
    pair.exchange()
    assert "SYN-RECEIVED" in str(pair.ladder())
    assert pair.states == (State.ESTABLISHED, State.ESTABLISHED)


def test_machines_with_a_past_are_refused() -> None:
    server = Machine()
    server.call("OPEN passive")
    with pytest.raises(ValueError, match="to which nothing has happened"):
        Pair.established(server=server)


def test_ends_that_do_not_get_there_are_an_error() -> None:
    # The random schedule may let nothing leave for now; some seed does that to the SYN.
    raised = []
    for seed in range(20):
        try:
            Pair.established(Machine(schedule="random", seed=seed))
        except ValueError as error:
            raised.append(str(error))
    assert "the handshake ends in SYN-SENT and LISTEN, not in ESTABLISHED" in raised
    assert len(raised) < 20
