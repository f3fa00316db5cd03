"""One end by hand: the figures of RFC 9293, time, history."""

import copy
from dataclasses import FrozenInstanceError
from typing import Any

import lastack
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lastack import Arrival, Config, Departure, Machine, Owed, Policy, Refused, Segment, State, Timeout, step
from lastack.strategies import segments


def established(**options: Any) -> Machine:
    """Opened actively as in Figure 6: next to be sent 101, next expected 301."""
    machine = Machine(iss=100, **options)
    machine.call("OPEN active")
    machine.depart()
    machine.deliver("S. 300:300(0) ack 101 win 65535")
    assert str(machine.depart()) == ". 101:101(0) ack 301 win 65535"
    assert machine.state is State.ESTABLISHED
    return machine


def bare(segment: Segment | None) -> str:
    """Without its window: which one is announced is the end's own affair."""
    return str(segment).partition(" win ")[0]


def kinds(owed: tuple[Owed, ...]) -> list[str]:
    return [o.kind for o in owed]


# ---- the worked examples, one end of them


def test_the_handshake_of_figure_6() -> None:
    machine = Machine(iss=100)
    assert machine.state is State.CLOSED
    assert machine.owed == ()
    assert machine.departures() == ()
    assert machine.depart() is None
    outcome = machine.call("OPEN active")
    assert machine.state is State.SYN_SENT
    assert kinds(machine.owed) == ["syn"]
    assert outcome.rules == ("3.10.1-CD-active",)
    assert str(machine.depart()) == "S 100:100(0) win 65535"
    assert machine.owed == ()
    assert machine.depart() is None
    outcome = machine.deliver("S. 300:300(0) ack 101 win 65535")
    assert machine.state is State.ESTABLISHED
    assert "connection established" in outcome.signals
    assert "3.10.7.3-4-SYNACK" in outcome.rules
    assert kinds(machine.owed) == ["ack"]
    assert machine.owed[0].rule in outcome.rules
    assert machine.owed[0].ack == 301
    assert str(machine.depart()) == ". 101:101(0) ack 301 win 65535"
    assert machine.path == (State.CLOSED, State.SYN_SENT, State.ESTABLISHED)
    assert [type(s.event).__name__ for s in machine.history] == ["Call", "Departure", "Arrival", "Departure"]
    machine.call("SEND", 10)
    assert str(machine.depart()) == "P. 101:111(10) ack 301 win 65535"


def test_the_other_end_of_figure_6() -> None:
    machine = Machine(iss=300)
    machine.call("OPEN passive")
    assert machine.state is State.LISTEN
    outcome = machine.deliver("S 100:100(0) win 65535")
    assert outcome.rules[-1] == "3.10.7.2-3-SYN"
    assert str(machine.depart()) == "S. 300:300(0) ack 101 win 65535"
    outcome = machine.deliver(". 101:101(0) ack 301 win 65535")
    assert outcome.signals == ("connection established",)
    assert machine.path == (State.CLOSED, State.LISTEN, State.SYN_RECEIVED, State.ESTABLISHED)


def test_the_old_duplicate_of_figure_8() -> None:
    machine = Machine(iss=300)
    machine.call("OPEN passive")
    machine.deliver("S 90:90(0) win 65535")
    assert str(machine.depart()) == "S. 300:300(0) ack 91 win 65535"
    outcome = machine.deliver("R 91:91(0) win 0")
    assert "3.10.7.4-2-SR-passive" in outcome.rules
    assert machine.state is State.LISTEN  # opened passively: back to LISTEN, and the user hears nothing
    assert outcome.signals == ()
    machine.deliver("S 100:100(0) win 65535")
    left = machine.depart()
    assert left is not None
    assert (left.flags, left.ack) == ("S.", 101)


def test_both_ways_to_close() -> None:
    active = established()  # Figure 12, the left
    active.call("CLOSE")
    assert active.state is State.FIN_WAIT_1
    assert bare(active.depart()) == "F. 101:101(0) ack 301"
    assert active.deliver(". 301:301(0) ack 102 win 65535").signals == ("close ok",)
    assert active.state is State.FIN_WAIT_2
    active.deliver("F. 301:301(0) ack 102 win 65535")
    assert active.state is State.TIME_WAIT
    assert bare(active.depart()) == ". 102:102(0) ack 302"
    assert active.config.timers == ("time_wait",)

    passive = established()  # and the right
    passive.deliver("F. 301:301(0) ack 101 win 65535")
    assert passive.state is State.CLOSE_WAIT
    assert bare(passive.depart()) == ". 101:101(0) ack 302"
    passive.call("CLOSE")
    assert passive.state is State.LAST_ACK  # erratum and RFC 9293: not CLOSING
    assert bare(passive.depart()) == "F. 101:101(0) ack 302"
    passive.deliver(". 302:302(0) ack 102 win 65535")
    assert passive.state is State.CLOSED

    both = established()  # Figure 13
    both.call("CLOSE")
    both.depart()
    both.deliver("F. 301:301(0) ack 101 win 65535")
    assert both.state is State.CLOSING
    assert bare(both.depart()) == ". 102:102(0) ack 302"
    both.deliver(". 302:302(0) ack 102 win 65535")
    assert both.state is State.TIME_WAIT


def test_fin_and_ack_on_one_segment_lead_through_fin_wait_2_to_time_wait() -> None:
    machine = established()
    machine.call("CLOSE")
    machine.depart()
    machine.deliver("F. 301:301(0) ack 102 win 65535")
    assert machine.path[-3:] == (State.FIN_WAIT_1, State.FIN_WAIT_2, State.TIME_WAIT)


def test_replies_to_calls() -> None:
    machine = Machine()
    assert machine.call("SEND", 1).reply == "error: connection does not exist"
    machine = established()
    assert machine.call("OPEN active").reply == "error: connection already exists"
    assert machine.call("RECEIVE", 10).verdict == "no_change"
    machine.call("CLOSE")
    assert machine.call("SEND", 1).reply == "error: connection closing"
    outcome = machine.call("ABORT")
    assert machine.state is State.CLOSED
    assert kinds(outcome.next.owed) == ["rst"]
    assert machine.departures()[0].flags in ("R", "R.")


# ---- departures


def test_what_may_not_leave_is_refused_and_nothing_changes() -> None:
    machine = established()
    for notation in (
        ". 101:101(0) ack 302",
        "S 101:101(0)",
        ". 103:104(1) ack 301",
        "F. 102:102(0) ack 301",
        "- 0:0(0)",
    ):
        before = (machine.config, machine.history, machine.now, machine.next_timeout, machine.departures())
        with pytest.raises(Refused, match="may not leave in ESTABLISHED") as error:
            machine.depart(notation)
        assert "\n" not in str(error.value)
        assert isinstance(error.value, ValueError)
        assert before == (machine.config, machine.history, machine.now, machine.next_timeout, machine.departures())
    with pytest.raises(ValueError, match="segment"):
        machine.depart("nonsense")
    with pytest.raises(TypeError):
        machine.depart(5)  # type: ignore[arg-type]


@st.composite
def operations(draw: st.DrawFn) -> list[tuple[Any, ...]]:
    """What somebody does to a machine, in order; what arrives is decided there."""
    one = st.one_of(
        st.tuples(st.just("call"), st.sampled_from(["OPEN active", "OPEN passive", "CLOSE", "ABORT", "STATUS"])),
        st.tuples(st.just("octets"), st.sampled_from(["SEND", "RECEIVE"]), st.integers(0, 5000)),
        st.tuples(st.just("arrive"), st.integers(0, 2**64 - 1)),
        st.tuples(st.just("depart")),
        st.tuples(st.just("depart")),
        st.tuples(st.just("choose"), st.integers(0, 5)),
        st.tuples(st.just("timeout"), st.sampled_from(["user", "retransmission", "time_wait", "fin_wait_2"])),
        st.tuples(st.just("advance"), st.sampled_from([0.0, 0.1, 0.2, 1.0, 3.0, 60.0, 300.0])),
    )
    opening = draw(st.sampled_from(["OPEN active", "OPEN passive"]))
    return [("call", opening), ("depart",), *draw(st.lists(one, max_size=25))]


def apply(machine: Machine, operation: tuple[Any, ...]) -> None:
    match operation:
        case ("call", kind):
            machine.call(kind)
        case ("octets", kind, octets):
            machine.call(kind, octets)
        case ("arrive", word):
            machine.deliver(lastack._core.segment_near(word, machine.config, 0))
        case ("depart",):
            machine.depart()
        case ("choose", number):
            may = machine.departures()
            if may:
                machine.depart(may[number % len(may)])
        case ("timeout", kind):
            machine.timeout(kind)
        case ("advance", seconds):
            machine.advance(seconds)


def all_of(machine: Machine) -> tuple[object, ...]:
    return (
        machine.config,
        machine.history,
        machine.now,
        machine.next_timeout,
        machine.departures(),
        machine.path,
        machine.fork().depart(),
    )


schedules = st.sampled_from(["eager", "delayed_ack", "random"])


@given(operations(), schedules)
def test_undo_gives_exactly_what_was(operations: list[tuple[Any, ...]], schedule: Any) -> None:
    machine = Machine(seed=1, schedule=schedule, user_timeout=100)
    was: dict[int, tuple[object, ...]] = {}
    for operation in operations:
        was[len(machine.history)] = all_of(machine)
        apply(machine, operation)
    was[len(machine.history)] = all_of(machine)
    for length in sorted(was, reverse=True):
        machine.undo(len(machine.history) - length)
        assert all_of(machine) == was[length]
    assert machine.config == Config()
    assert machine.history == ()


@given(operations(), operations(), schedules)
def test_a_fork_goes_its_own_way(first: list[tuple[Any, ...]], second: list[tuple[Any, ...]], schedule: Any) -> None:
    machine = Machine(seed=1, schedule=schedule)
    for operation in first:
        apply(machine, operation)
    fork = machine.fork()
    was = all_of(machine)
    assert all_of(fork) == was
    for operation in second:
        apply(machine, operation)
    assert all_of(fork) == was
    twin = fork.fork()
    for operation in second:
        apply(twin, operation)
    assert all_of(twin) == all_of(machine), "the same happens to both"
    fork.undo(len(fork.history))
    assert all_of(twin) == all_of(machine)


@given(operations(), schedules)
def test_every_departure_may_leave_and_history_is_a_chain(operations: list[tuple[Any, ...]], schedule: Any) -> None:
    machine = Machine(seed=2, schedule=schedule)
    for operation in operations:
        apply(machine, operation)
        for segment in machine.departures():
            assert step(machine.config, Departure(segment), machine.policy).verdict != "refused"
            machine.fork().depart(segment)
        assert machine.departures() == machine.departures()
    config, time = Config(), 0.0
    for s in machine.history:
        assert s.before == config
        assert s.time >= time
        assert s.outcome == step(s.before, s.event, machine.policy)
        config, time = s.after, s.time
    assert config == machine.config
    assert machine.now >= time
    assert machine.next_timeout is None or machine.next_timeout >= machine.now
    machine.ladder("symbolic").picture, str(machine.ladder()), machine._repr_svg_(), repr(machine)


def test_history_does_not_change() -> None:
    machine = established()
    with pytest.raises(FrozenInstanceError):
        machine.history[0].time = 1.0  # type: ignore[misc]
    with pytest.raises(AttributeError):
        machine.state = State.CLOSED  # type: ignore[misc]


# ---- time


def timeouts(steps: tuple[lastack.Step, ...]) -> list[tuple[str, float]]:
    return [(s.event.kind, s.time) for s in steps if isinstance(s.event, Timeout)]


def test_the_syn_is_repeated_after_1_2_4_seconds() -> None:
    # RFC 6298 2.1 and 5.5: 1 s at first, doubled each time. RFC 9293 MUST-23: R2 of a SYN is 3 minutes at least.
    machine = Machine(iss=100)
    machine.call("OPEN active")
    machine.depart()
    seen = []
    for _ in range(1800):
        seen += timeouts(machine.advance(0.1))
        machine.depart_all()
        if machine.state is State.CLOSED:
            break
    due = [1, 3, 7, 15, 31, 63, 123]  # RFC 6298 2.5: a maximum may be set, of 60 s at least
    assert seen[:7] == [("retransmission", pytest.approx(t)) for t in due]
    assert machine.state is State.SYN_SENT, "not given up in 180 s"
    assert [str(s.event.segment) for s in machine.history if isinstance(s.event, Departure)] == [
        "S 100:100(0) win 65535"
    ] * 8
    more = machine.advance(200)
    assert machine.state is State.CLOSED
    assert timeouts(more)[-1][0] == "user"
    assert machine.next_timeout is None


def test_text_is_repeated_after_1_2_4_seconds() -> None:
    machine = established()
    machine.call("SEND", 100)
    assert str(machine.depart()) == "P. 101:201(100) ack 301 win 65535"
    start = machine.now
    for elapsed in (1, 3, 7, 15, 31):
        assert machine.next_timeout == pytest.approx(start + elapsed)
        (one,) = machine.advance(machine.next_timeout - machine.now)
        assert one.event == Timeout("retransmission")
        left = machine.depart()
        assert left is not None
        assert (left.seq, left.text) == (101, 100)
    machine.deliver(". 301:301(0) ack 201 win 65535")
    assert machine.next_timeout is None
    assert machine.advance(1000) == ()


def test_rto_is_3_seconds_behind_a_syn_that_timed_out() -> None:
    # RFC 6298 5.7.
    machine = Machine(iss=100)
    machine.call("OPEN active")
    machine.depart()
    machine.advance(1)
    machine.depart()
    machine.deliver("S. 300:300(0) ack 101 win 65535")
    machine.depart()
    machine.call("SEND", 1)
    machine.depart()
    assert machine.next_timeout == pytest.approx(machine.now + 3)


@pytest.mark.parametrize("msl", [0.0, 0.25, 30.0, 120.0, 86_400.0])
def test_time_wait_lasts_two_msl(msl: float) -> None:
    # MUST-13.
    machine = established(msl=msl)
    machine.advance(5)
    machine.call("CLOSE")
    machine.depart()
    machine.deliver("F. 301:301(0) ack 102 win 65535")
    machine.depart()
    begin = machine.now
    assert machine.next_timeout == pytest.approx(begin + 2 * msl)
    if msl:
        assert machine.advance(1.5 * msl) == ()
        # The peer's FIN again: acknowledged, and the time begins anew (RFC 9293 3.10.7.4, eighth check).
        machine.deliver("F. 301:301(0) ack 102 win 65535")
        assert bare(machine.depart()) == ". 102:102(0) ack 302"
        assert machine.advance(1.9 * msl) == ()
        assert machine.state is State.TIME_WAIT
    (last,) = machine.advance(0.2 * msl)
    assert last.event == Timeout("time_wait")
    assert machine.state is State.CLOSED


def test_an_ack_waits_less_than_half_a_second() -> None:
    # RFC 9293 3.8.6.3: MUST-40 (0.5 s).
    machine = established(schedule="delayed_ack")
    machine.deliver("P. 301:311(10) ack 101 win 65535")
    assert machine.depart() is None
    assert kinds(machine.owed) == ["ack"]
    assert machine.next_timeout is not None
    assert 0 < machine.next_timeout - machine.now < 0.5
    assert machine.advance(0.499) == (), "an ACK is no timeout of the RFC"
    assert str(machine.depart()) == ". 101:101(0) ack 311 win 65525"

    machine.call("SEND", 4)  # what waits rides along
    machine.deliver("P. 311:321(10) ack 101 win 65535")
    left = machine.depart()
    assert left is not None
    assert (left.text, left.ack) == (4, 321)
    assert machine.owed == ()

    eager = established()
    eager.deliver("P. 301:311(10) ack 101 win 65535")
    assert eager.depart() is not None


def test_every_second_full_segment_is_acknowledged_at_once() -> None:
    machine = established(schedule="delayed_ack")
    machine.deliver(". 301:837(536) ack 101 win 65535")
    assert machine.depart() is None
    machine.deliver(". 837:1373(536) ack 101 win 65535")
    left = machine.depart()
    assert left is not None
    assert left.ack == 1373


def test_the_user_timeout() -> None:
    # RFC 9293 3.10.8: aborted, everything flushed, CLOSED.
    machine = established(user_timeout=10)
    machine.call("SEND", 10)
    machine.depart()
    steps = machine.advance(9.9)
    assert all(kind == "retransmission" for kind, _ in timeouts(steps))
    assert machine.state is State.ESTABLISHED
    (last,) = machine.advance(0.2)
    assert last.event == Timeout("user")
    assert last.outcome.signals == ("connection aborted due to user timeout",)
    assert last.time == pytest.approx(10)
    assert machine.state is State.CLOSED


def test_r2_gives_up_at_last() -> None:
    # RFC 9293 3.8.3: R2 SHOULD be at least 100 s; MUST-20.
    machine = established(user_timeout=365 * 86_400)
    machine.call("SEND", 10)
    machine.depart()
    while machine.state is State.ESTABLISHED and machine.now < 10_000:
        machine.advance(1)
        machine.depart_all()
    assert machine.state is State.CLOSED
    assert 100 <= machine.now < 10_000


def test_initial_numbers_follow_a_clock() -> None:
    # RFC 9293 3.4.1: about every 4 microseconds, 2**-18 s here.
    machine = Machine(iss=2**32 - 1)
    machine.advance(1)
    machine.call("OPEN active")
    assert machine.config.iss == 2**18 - 1
    assert Machine(seed=1).call("OPEN active") == Machine(seed=1).call("OPEN active")
    assert Machine(seed=1).call("OPEN active").next.iss != Machine(seed=2).call("OPEN active").next.iss


def test_a_shut_window_is_probed() -> None:
    # RFC 9293 3.8.6.1: MUST-36, SHLD-29, SHLD-30: probed when it has been shut for one RTO, then ever more seldom.
    machine = Machine(iss=100)
    machine.call("OPEN active")
    machine.depart()
    machine.deliver("S. 300:300(0) ack 101 win 0")
    machine.depart()
    machine.call("SEND", 10)
    assert machine.depart() is None, "the window is shut"
    assert machine.next_timeout == pytest.approx(1)
    assert machine.advance(1) == (), "a probe is no timeout of the RFC"
    left = machine.depart()
    assert left is not None
    assert (left.seq, left.text) == (101, 1)


# ---- bad input


@pytest.mark.parametrize("seconds", [-1, -1e-9, float("nan"), float("inf"), -float("inf"), 10**12, 10**400])
def test_seconds_lie_between_0_and_ten_years(seconds: float) -> None:
    with pytest.raises(ValueError, match="seconds"):
        Machine().advance(seconds)
    for name in ("msl", "fin_wait_2", "user_timeout"):
        with pytest.raises(ValueError, match=name):
            Machine(**{name: seconds})


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"iss": -1}, ValueError),
        ({"iss": 2**32}, ValueError),
        ({"iss": 1.5}, TypeError),
        ({"iss": "1"}, TypeError),
        ({"rcv_wnd": -1}, ValueError),
        ({"rcv_wnd": 2**31}, ValueError),
        ({"rcv_wnd": None}, TypeError),
        ({"mss": 0}, ValueError),
        ({"mss": 65536}, ValueError),
        ({"wscale": 15}, ValueError),
        ({"wscale": -1}, ValueError),
        ({"timestamps": "yes"}, TypeError),
        ({"schedule": "lazy"}, ValueError),
        ({"schedule": None}, ValueError),
        ({"policy": "linus"}, ValueError),
        ({"policy": 5}, TypeError),
        ({"msl": "1"}, TypeError),
        ({"msl": None}, TypeError),
        ({"nonsense": 1}, TypeError),
    ],
)
def test_a_machine_refuses_bad_input_at_once(options: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        Machine(**options)


def test_calls_refuse_bad_input_and_nothing_changes() -> None:
    machine = established()
    was = all_of(machine)
    for arguments, keywords, error, what in (
        (("SHUT",), {}, ValueError, "no such call"),
        (("",), {}, ValueError, "no such call"),
        (("SEND",), {}, ValueError, "octets are missing"),
        (("RECEIVE",), {}, ValueError, "octets are missing"),
        (("CLOSE", 5), {}, ValueError, "takes no octets"),
        (("CLOSE",), {"iss": 5}, ValueError, "takes no iss"),
        (("SEND", -1), {}, ValueError, "octets"),
        (("SEND", 2**32), {}, ValueError, "octets"),
        (("SEND", 1.5), {}, TypeError, "octets"),
        (("OPEN active",), {"iss": 2**32}, ValueError, "iss"),
        (("OPEN active",), {"weather": True}, TypeError, None),
        ((5,), {}, TypeError, None),
    ):
        with pytest.raises(error, match=what):
            machine.call(*arguments, **keywords)  # type: ignore[arg-type]
        assert all_of(machine) == was
    for bad, error in (("nonsense", ValueError), ("\ud800", ValueError), (5, TypeError), (None, TypeError)):
        with pytest.raises(error):
            machine.deliver(bad)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="no such timeout"):
        machine.timeout("coffee")
    with pytest.raises(ValueError, match="schedule"):
        machine.schedule = "lazy"  # type: ignore[assignment]
    for steps in (-1, len(machine.history) + 1, 10**30):
        with pytest.raises(ValueError, match="undo"):
            machine.undo(steps)
    with pytest.raises(ValueError, match="numbers"):
        machine.ladder("roman")  # type: ignore[arg-type]
    assert all_of(machine) == was


@given(st.lists(st.integers(0, 2**64 - 1), max_size=12), st.data())
def test_drawn_segments_arrive(header: list[int], data: st.DataObject) -> None:
    machine = established()
    for _ in header:
        machine.deliver(data.draw(segments(machine.config)))
        machine.depart_all()
    assert all(isinstance(s.event, Arrival | Departure) for s in machine.history[4:])
    assert isinstance(machine.policy, Policy)
    assert isinstance(machine.departures(), tuple)
    assert all(isinstance(s, Segment) for s in machine.departures())


def gives_up(**options: float) -> float:
    machine = Machine(iss=1, **options)
    machine.call("OPEN active")
    machine.depart()
    machine.deliver("S. 300:300(0) ack 2 win 65535")
    machine.depart_all()
    machine.call("SEND", 5)
    while machine.state == State.ESTABLISHED:
        machine.depart_all()
        due = machine.next_timeout
        assert due is not None
        machine.advance(due - machine.now)
    return machine.now


def test_r2_and_the_user_timeout_end_what_nobody_acknowledges() -> None:
    # RFC 9293 3.8.3: R2 is found to be over when a retransmission is due, at 1+2+4+...; the user timeout is exact.
    assert gives_up() == 123
    assert gives_up(user_timeout=50.0) == 50
    assert gives_up(r2=3600.0) == 300
    assert 3600 <= gives_up(r2=3600.0, user_timeout=1e6) < 3600 + 60


def test_copies_of_a_machine_are_forks() -> None:
    machine = Machine(iss=1)
    machine.call("OPEN active")
    for twin in (copy.copy(machine), copy.deepcopy(machine)):
        twin.depart()
        assert (len(machine.history), len(twin.history)) == (1, 2)
        assert machine.history[-1].after == machine.config != twin.config


def test_a_refusal_says_what_may_leave_and_by_which_rule() -> None:
    machine = Machine(iss=1)
    machine.call("OPEN active")
    with pytest.raises(Refused) as refusal:
        machine.depart(". 2:2(0) ack 300 win 1")
    error = refusal.value
    assert error.segment == Segment(". 2:2(0) ack 300 win 1") and error.config == machine.config
    assert error.allowed == ((Segment("S 1:1(0) win 65535"), "3.10.1-out-SS-syn"),)
    assert "3.10.1-out-SS-syn" in str(error)
