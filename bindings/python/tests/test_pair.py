"""Two ends and the line between them: the figures of RFC 9293, faults of the line, history."""

import copy
from typing import Any

import lastack
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lastack import Arrival, Departure, Machine, Pair, Segment, State, Timeout, play


def pair(policy: str | None = None, **options: Any) -> Pair:
    return Pair(Machine(policy, iss=100, **options), Machine(policy, iss=300, **options))


def established(policy: str | None = None, **options: Any) -> Pair:
    two = pair(policy, **options)
    two.server.call("OPEN passive")
    two.client.call("OPEN active")
    two.exchange()
    assert two.states == (State.ESTABLISHED, State.ESTABLISHED)
    return two


def bare(segments: tuple[Segment, ...]) -> list[str]:
    """Without their windows: which one is announced is the end's own affair."""
    return [str(s).partition(" win ")[0] for s in segments]


# ---- the figures


def test_the_handshake_of_figure_6() -> None:
    two = pair()
    two.server.call("OPEN passive")
    two.client.call("OPEN active")
    assert bare(two.exchange()) == ["S 100:100(0)", "S. 300:300(0) ack 101", ". 101:101(0) ack 301"]
    assert two.states == (State.ESTABLISHED, State.ESTABLISHED)
    assert two.client.path == (State.CLOSED, State.SYN_SENT, State.ESTABLISHED)
    assert two.server.path == (State.CLOSED, State.LISTEN, State.SYN_RECEIVED, State.ESTABLISHED)
    assert two.way == ()
    assert two.exchange() == ()


def test_the_ladder_is_that_of_the_case() -> None:
    two = pair()
    two.server.call("OPEN passive")
    two.client.call("OPEN active")
    for machine in (two.client, two.server, two.client):
        machine.depart()
        two.deliver()
    two.client.call("SEND", 10)
    for machine in (two.client, two.server):
        machine.depart()
        two.deliver()
    for numbers in ("relative", "absolute", "symbolic"):
        mine = two.ladder(numbers).replace(rules=True).text  # type: ignore[arg-type]
        theirs = play("handshake", numbers=numbers).ladder.replace(rules=True).text  # type: ignore[arg-type]
        assert without_frame(mine) == without_frame(theirs)


def without_frame(text: str) -> list[str]:
    """The lines of a ladder without the times and the names above it."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def test_the_simultaneous_open_of_figure_7() -> None:
    two = pair("simultaneous_open=figure_7")
    two.client.call("OPEN active")
    two.server.call("OPEN active")
    two.client.depart()
    two.server.depart()
    two.deliver("server")
    two.deliver("client")
    assert two.states == (State.SYN_RECEIVED, State.SYN_RECEIVED)
    assert bare(two.exchange()) == ["S. 100:100(0) ack 301", "S. 300:300(0) ack 101"]
    assert two.states == (State.ESTABLISHED, State.ESTABLISHED)


def test_the_old_duplicate_of_figure_8() -> None:
    two = pair()
    two.server.call("OPEN passive")
    two.client.call("OPEN active")
    two.client.depart()
    two.server.deliver("S 90:90(0) win 65535")
    assert two.server.state is State.SYN_RECEIVED
    two.server.depart()
    two.deliver("server")
    assert bare((two.client.depart(),)) == ["R 91:91(0)"]  # type: ignore[arg-type]
    two.deliver("client", 1)
    assert two.states == (State.SYN_SENT, State.LISTEN)
    two.exchange()
    assert two.states == (State.ESTABLISHED, State.ESTABLISHED)


def test_the_normal_close_of_figure_12() -> None:
    two = established(msl=1)
    two.client.call("CLOSE")
    assert bare(two.exchange()) == ["F. 101:101(0) ack 301", ". 301:301(0) ack 102"]
    assert two.states == (State.FIN_WAIT_2, State.CLOSE_WAIT)
    two.server.call("CLOSE")
    assert bare(two.exchange()) == ["F. 301:301(0) ack 102", ". 102:102(0) ack 302"]
    assert two.states == (State.TIME_WAIT, State.CLOSED)
    assert [s.event for s in two.advance(2)] == [Timeout("time_wait")]
    assert two.states == (State.CLOSED, State.CLOSED)


def test_the_simultaneous_close_of_figure_13() -> None:
    two = established()
    two.client.call("CLOSE")
    two.server.call("CLOSE")
    left = bare(two.exchange())
    assert left[:2] == ["F. 101:101(0) ack 301", "F. 301:301(0) ack 101"]
    assert sorted(left[2:]) == [". 102:102(0) ack 302", ". 302:302(0) ack 102"]
    assert two.states == (State.TIME_WAIT, State.TIME_WAIT)
    for machine in (two.client, two.server):
        assert machine.path[-3:] == (State.FIN_WAIT_1, State.CLOSING, State.TIME_WAIT)


# ---- faults of the line


@pytest.mark.parametrize("lost", range(3))
def test_a_lost_segment_of_the_handshake_comes_again(lost: int) -> None:
    two = pair()
    two.server.call("OPEN passive")
    two.client.call("OPEN active")
    for machine in (two.client, two.server, two.client)[:lost]:
        machine.depart()
        two.deliver()
    (two.client, two.server, two.client)[lost].depart()
    gone = two.lose()
    assert two.way == ()
    for _ in range(3):
        two.advance(1)
        two.exchange()
    assert two.states == (State.ESTABLISHED, State.ESTABLISHED)
    flags = [
        s.event.segment.flags for m in (two.client, two.server) for s in m.history if isinstance(s.event, Departure)
    ]
    if lost < 2:
        assert flags.count(gone.flags) >= 2


def test_a_lost_fin_comes_again() -> None:
    two = established(msl=1)
    two.client.call("CLOSE")
    two.client.depart()
    two.lose()
    steps = two.advance(1)
    assert [s.event for s in steps] == [Timeout("retransmission")]
    assert bare(two.exchange()) == ["F. 101:101(0) ack 301", ". 301:301(0) ack 102"]
    assert two.states == (State.FIN_WAIT_2, State.CLOSE_WAIT)


def test_text_goes_through_loss_and_duplication() -> None:
    two = established()
    two.client.call("SEND", 1072)  # two of 536 octets (RFC 9293 3.7.1, MUST-15)
    assert [s.text for s in two.client.depart_all()] == [536, 536]
    two.duplicate("client", 1)
    two.lose("client", 0)
    assert [u.segment.seq for u in two.way] == [637, 637]
    two.exchange()
    assert two.server.config.rcv_nxt == 101
    assert two.server.config.held == ((637, 1173),)  # SHLD-31
    two.advance(1)
    two.exchange()
    assert two.server.config.rcv_nxt == 1173
    assert two.client.config.snd_una == 1173
    assert two.server.call("RECEIVE", 5000).delivered == 1072


def test_the_line_says_what_there_is_not() -> None:
    two = pair()
    two.client.call("OPEN active")
    two.client.depart()
    was = all_of(two)
    for act in (two.deliver, two.lose, two.duplicate):
        for arguments in (("server",), ("client", 1), (None, 1), (None, -1), ("client", -1), ("nobody",)):
            with pytest.raises(ValueError):
                act(*arguments)
            assert all_of(two) == was


def test_who_answers_for_ever_is_stopped() -> None:
    # Decision C3 by the letter: two ends in TIME-WAIT acknowledge each other's acknowledgments.
    two = established("time_wait_ack=letter")
    two.client.call("CLOSE")
    two.server.call("CLOSE")
    with pytest.raises(RuntimeError, match="10001 segments have left, and it goes on") as error:
        two.exchange()
        two.client.deliver(". 302:302(0) ack 102 win 65535")  # an ACK that was under way for long
        two.exchange()
    assert two.states == (State.TIME_WAIT, State.TIME_WAIT)
    assert "\n" not in str(error.value)
    quiet = established("time_wait_ack=silent")
    quiet.client.call("CLOSE")
    quiet.server.call("CLOSE")
    assert len(quiet.exchange()) == 4


# ---- history


def all_of(two: Pair) -> tuple[object, ...]:
    ends = tuple((m.config, m.history, m.now, m.next_timeout, m.departures(), m.path) for m in (two.client, two.server))
    return (*ends, two.way, two.now, two.states, str(two.ladder()))


@st.composite
def operations(draw: st.DrawFn) -> list[tuple[Any, ...]]:
    who = st.sampled_from(["client", "server"])
    one = st.one_of(
        st.tuples(st.just("call"), who, st.sampled_from(["OPEN active", "OPEN passive", "CLOSE", "ABORT"])),
        st.tuples(st.just("octets"), who, st.sampled_from(["SEND", "RECEIVE"]), st.integers(0, 100_000)),
        st.tuples(st.just("depart"), who),
        st.tuples(st.just("depart"), who),
        st.tuples(st.sampled_from(["deliver", "deliver", "deliver", "lose", "duplicate"]), st.integers(0, 3)),
        st.tuples(st.just("advance"), st.sampled_from([0.0, 0.2, 0.5, 1.0, 3.0, 100.0, 240.0])),
        st.tuples(st.just("arrive"), who, st.integers(0, 2**64 - 1)),
    )
    begin = draw(st.sampled_from([[], [("open",)]]))
    return [*begin, *draw(st.lists(one, max_size=30))]


def apply(two: Pair, operation: tuple[Any, ...]) -> None:
    from lastack._core import segment_near

    match operation:
        case ("open",):
            two.server.call("OPEN passive")
            two.client.call("OPEN active")
            two.exchange()
        case ("call", who, kind):
            getattr(two, who).call(kind)
        case ("octets", who, kind, octets):
            getattr(two, who).call(kind, octets)
        case ("depart", who):
            getattr(two, who).depart()
        case ("arrive", who, word):
            machine = getattr(two, who)
            machine.deliver(segment_near(word, machine.config, 0))
        case ("advance", seconds):
            two.advance(seconds)
        case (act, number) if two.way:
            getattr(two, act)(None, number % len(two.way))


schedules = st.sampled_from(["eager", "delayed_ack", "random"])


@given(operations(), schedules, st.sampled_from([10, 1000, 65535]))
def test_undo_gives_exactly_what_was(operations: list[tuple[Any, ...]], schedule: Any, rcv_wnd: int) -> None:
    two = pair(schedule=schedule, rcv_wnd=rcv_wnd, user_timeout=100)
    was: dict[int, tuple[object, ...]] = {}
    for operation in operations:
        was[len(two._entries)] = all_of(two)
        apply(two, operation)
    was[len(two._entries)] = all_of(two)
    for length in sorted(was, reverse=True):
        two.undo(len(two._entries) - length)
        assert all_of(two) == was[length]
    with pytest.raises(ValueError, match="undo"):
        two.undo(1)


@given(operations(), operations(), schedules)
def test_a_fork_goes_its_own_way(first: list[tuple[Any, ...]], second: list[tuple[Any, ...]], schedule: Any) -> None:
    two = pair(schedule=schedule)
    for operation in first:
        apply(two, operation)
    fork = two.fork()
    was = all_of(two)
    assert all_of(fork) == was
    for operation in second:
        apply(two, operation)
    assert all_of(fork) == was
    for operation in second:
        apply(fork, operation)
    assert all_of(fork) == all_of(two), "the same happens to both"
    after = all_of(two)
    fork.undo(len(fork._entries))
    assert all_of(two) == after
    str(two.ladder("symbolic").replace(rules=True, bits=True)), two._repr_svg_(), repr(two)


@given(operations())
def test_what_arrives_has_left(operations: list[tuple[Any, ...]]) -> None:
    two = pair()
    for operation in operations:
        if operation[0] != "arrive":
            apply(two, operation)
    for one, other in ((two.client, two.server), (two.server, two.client)):
        left = [s.event.segment for s in one.history if isinstance(s.event, Departure)]
        came = [s.event.segment for s in other.history if isinstance(s.event, Arrival)]
        assert set(came) <= set(left)
    assert two.client.now == two.server.now == two.now


def test_time_runs_for_both_in_order() -> None:
    two = pair()
    two.client.call("OPEN active")
    two.client.depart()
    two.lose()
    two.advance(0.5)
    two.server.call("OPEN active")
    two.server.depart()
    two.lose()
    steps = two.advance(3.25)
    assert [s.time for s in steps] == sorted(s.time for s in steps) == [1.0, 1.5, 3.0, 3.5]
    assert two.now == 3.75


def test_a_machine_belongs_to_one_pair() -> None:
    machine = Machine()
    two = Pair(machine)
    for wrong in (lambda: Pair(machine), lambda: Pair(None, machine), lambda: machine.advance(1), machine.undo):
        with pytest.raises(ValueError):
            wrong()
    same = Machine()
    with pytest.raises(ValueError):
        Pair(same, same)
    old = Machine()
    old.call("OPEN active")
    with pytest.raises(ValueError, match="nothing has happened"):
        Pair(old)
    fork = two.client.fork()
    assert fork.advance(1) == ()
    assert (fork.now, two.now) == (1.0, 0.0)


@pytest.mark.parametrize("seconds", [-1, float("nan"), float("inf"), 10**12])
def test_seconds_lie_between_0_and_ten_years(seconds: float) -> None:
    with pytest.raises(ValueError, match="seconds"):
        Pair().advance(seconds)


def test_copies_of_a_pair_are_forks() -> None:
    two = established("linux")
    for twin in (copy.copy(two), copy.deepcopy(two)):
        twin.client.call("CLOSE")
        assert two.states == (State.ESTABLISHED, State.ESTABLISHED) != twin.states


def test_a_long_ladder_shows_its_beginning() -> None:
    run = lastack.simulate(lastack.End(octets=200_000), seed=1)
    ladder = run.ladder()
    assert len(ladder._repr_svg_()) < len(ladder.picture.svg) / 2
    assert "the first 400 of" in ladder._repr_svg_()
    assert "the first" not in lastack.play("handshake")._repr_svg_()
