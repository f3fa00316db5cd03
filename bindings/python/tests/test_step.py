"""The one function: step is pure, and allowed has each of its answers once."""

import copy
import pickle

import lastack
import pytest
from drawn import full_policies
from hypothesis import given
from hypothesis import strategies as st
from lastack import Arrival, Call, Config, Departure, Machine, Policy, Segment, State, Timeout, allowed, choices, step
from lastack.strategies import Run, policies, runs, segments

CALLS = ("open_passive", "open_active", "send", "receive", "close", "abort", "status")
TIMEOUTS = ("user", "retransmission", "time_wait", "fin_wait_2")
FIRST = Policy(**{row["choice"]: row["readings"][0] for row in choices()})


@st.composite
def moments(draw: st.DrawFn) -> tuple[Config, Call | Arrival | Timeout | Departure]:
    """What some connection can be in, and an event that may make sense there or not."""
    run: Run = draw(runs(25))
    happening = draw(st.sampled_from(run.happenings)) if run.happenings else None
    config = happening.before if happening else Config()
    number = st.integers(0, 2**32 - 1)
    kinds: list[st.SearchStrategy[Call | Arrival | Timeout | Departure]] = [
        st.builds(Arrival, segments(config), iss=st.none() | number, listener=st.booleans()),
        st.builds(Departure, segments(config)),
        st.builds(Timeout, st.sampled_from(TIMEOUTS)),
        st.builds(Call, st.sampled_from(CALLS), octets=st.integers(0, 3000), iss=st.none() | number,
                  remote_specified=st.booleans(), permitted=st.booleans(), security_allowed=st.booleans(),
                  room=st.booleans()),
    ]  # fmt: skip
    if happening:
        kinds.append(st.just(happening.event))
    return config, draw(st.one_of(kinds))


@given(moments(), full_policies)
def test_what_a_policy_does_is_one_entry_of_allowed(
    moment: tuple[Config, Call | Arrival | Timeout | Departure], policy: Policy
) -> None:
    config, event = moment
    outcome = step(config, event, policy)
    assert outcome.asked is None, "nothing was open"
    entries = allowed(config, event)
    mine = [entry for entry in entries if any(policy.refines(cube) for cube in entry.policies)]
    assert len(mine) == 1
    assert mine[0].outcome == outcome
    assert [entry.outcome for entry in allowed(config, event, policy)] == [outcome]


@given(moments(), policies())
def test_the_policies_of_allowed_divide_what_was_given(
    moment: tuple[Config, Call | Arrival | Timeout | Departure], within: Policy
) -> None:
    config, event = moment
    entries = allowed(config, event, within)
    cubes = [cube for entry in entries for cube in entry.policies]
    for i, cube in enumerate(cubes):
        assert cube.refines(within)
        assert not any(cube.compatible(other) for other in cubes[:i])
    # All of it: the shares of the cubes in the readings that are open add up to one.
    readings = {row["choice"]: len(row["readings"]) for row in choices()}
    total = 0.0
    for cube in cubes:
        share = 1.0
        for choice in cube.decided.keys() - within.decided.keys():
            share /= readings[choice]
        total += share
    assert total == pytest.approx(1)
    for i, entry in enumerate(entries):
        assert all(entry.outcome != other.outcome for other in entries[:i])


@given(moments())
def test_open_choices_take_their_first_reading(moment: tuple[Config, Call | Arrival | Timeout | Departure]) -> None:
    config, event = moment
    outcome = step(config, event)
    assert outcome == step(config, event, FIRST) == step(config, event, Policy()) == step(config, event, None)
    entries = allowed(config, event)
    assert (outcome.asked is None) == (len(entries) == 1 and entries[0].policies == (Policy(),))
    if outcome.asked is not None:
        assert outcome.asked in choices().column("choice")


@given(moments(), policies())
def test_step_changes_nothing(moment: tuple[Config, Call | Arrival | Timeout | Departure], policy: Policy) -> None:
    config, event = moment
    before, shown, event_shown = copy.copy(config), repr(config), repr(event)
    outcome = step(config, event, policy)
    assert (repr(config), repr(event)) == (shown, event_shown)
    assert config == before
    again = step(config, event, policy)
    assert again == outcome
    assert hash(again) == hash(outcome)
    assert repr(again) == repr(outcome)
    if outcome.verdict in ("refused", "ignored"):
        assert outcome.next == config  # a refused call leaves the TCB equal
    assert (outcome.verdict == "transition") == (outcome.next.state != config.state)


@given(runs(30))
def test_a_run_is_a_chain_of_steps(run: Run) -> None:
    config = Config()
    for before, event, outcome in run.happenings:
        assert before == config
        assert step(before, event, run.policy) == outcome
        config = outcome.next


@given(runs(30))
def test_a_machine_does_what_step_does(run: Run) -> None:
    machine = Machine(run.policy)
    for before, event, outcome in run.happenings:
        if machine.config != before:
            return  # its initial numbers are its own
        match event:
            case Call():
                if event.kind in ("send", "receive"):
                    done = machine.call(event.kind, event.octets)
                else:
                    done = machine.call(event.kind)
            case Arrival():
                done = machine.deliver(event.segment, listener=event.listener)
            case Timeout():
                done = machine.timeout(event.kind)
            case Departure():
                if outcome.verdict == "refused":
                    continue
                machine.depart(event.segment)
                done = machine.history[-1].outcome
        last = machine.history[-1]
        assert done == last.outcome == step(last.before, last.event, run.policy)
        assert machine.config == last.after


def test_closed_answers_by_rule() -> None:
    # RFC 9293 3.10.7.1: everything but a RST is answered with a RST.
    outcome = step(Config(), Arrival(". 5:15(10) ack 77"))
    assert (outcome.verdict, outcome.next.state) == ("no_change", State.CLOSED)
    (owed,) = outcome.next.owed
    assert (owed.kind, owed.seq) == ("rst", 77)  # <SEQ=SEG.ACK><CTL=RST>
    (owed,) = step(Config(), Arrival("F 5:15(10)")).next.owed
    assert (owed.kind, owed.seq, owed.ack) == ("rst_ack", 0, 16)  # <SEQ=0><ACK=SEG.SEQ+SEG.LEN><CTL=RST,ACK>
    assert step(Config(), Arrival("R 5:5(0)")).verdict == "ignored"
    for call in ("send", "receive", "close", "abort", "status"):
        outcome = step(Config(), Call(call))
        assert (outcome.verdict, outcome.reply) == ("refused", "error: connection does not exist")


def test_a_listener_by_the_rules() -> None:
    listen = step(Config(), Call("OPEN passive")).next
    assert listen.state is State.LISTEN
    assert step(listen, Arrival("R 5:5(0)")).verdict == "ignored"  # RFC 9293 3.10.7.2, first
    outcome = step(listen, Arrival(". 5:5(0) ack 9"))  # second
    assert outcome.next.state is State.LISTEN
    assert [(o.kind, o.seq) for o in outcome.next.owed] == [("rst", 9)]
    outcome = step(listen, Arrival("S 90:90(0) win 1000 <mss 536>", iss=300))  # third
    config = outcome.next
    assert outcome.verdict == "transition"
    assert (config.state, config.irs, config.rcv_nxt, config.iss) == (State.SYN_RECEIVED, 90, 91, 300)
    assert (config.snd_mss, config.origin) == (536, "passive")
    assert [o.kind for o in config.owed] == ["syn_ack"]


@pytest.mark.parametrize("policy", ["nothing", "time_wait_ack=loud", ""])
def test_a_policy_that_there_is_not_is_a_value_error(policy: str) -> None:
    for act in (step, allowed):
        with pytest.raises(ValueError, match="policy"):
            act(Config(), Call("close"), policy)


def test_arguments_of_other_types_are_type_errors() -> None:
    for act in (step, allowed):
        for arguments in ((), (Config(),), (None, Call("close")), (Config(), None), (Config(), "close"),
                          (Config(), Segment()), (Config(), Call("close"), 1)):  # fmt: skip
            with pytest.raises(TypeError):
                act(*arguments)
    with pytest.raises(TypeError):
        Config(1)  # type: ignore[call-arg]


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (lambda: Call("shut"), ValueError),
        (lambda: Call(""), ValueError),
        (lambda: Call("send", octets=-1), ValueError),
        (lambda: Call("send", octets=2**32), ValueError),
        (lambda: Call("send", octets=1.5), TypeError),
        (lambda: Call("send", octets=None), TypeError),
        (lambda: Call("send", octets=True), TypeError),
        (lambda: Call("open_active", iss=2**32), ValueError),
        (lambda: Call("open_active", rcv_wnd=(65535 << 14) + 1), ValueError),
        (lambda: Call("open_active", rcv_wnd=-1), ValueError),
        (lambda: Call("open_active", 5), TypeError),
        (lambda: Call("open_active", nonsense=1), TypeError),
        (lambda: Call(1), TypeError),
        (lambda: Arrival("nonsense"), ValueError),
        (lambda: Arrival("\ud800"), ValueError),
        (lambda: Arrival(1), TypeError),
        (lambda: Arrival("S 0:0(0)", iss=-1), ValueError),
        (lambda: Departure("nonsense"), ValueError),
        (lambda: Departure(None), TypeError),
        (lambda: Timeout("coffee"), ValueError),
        (lambda: Timeout(None), TypeError),
    ],
)
def test_events_refuse_bad_input(make: object, error: type[Exception]) -> None:
    assert callable(make)
    with pytest.raises(error):
        make()


def test_events_are_values() -> None:
    pairs = [
        (Call("OPEN active", iss=1), Call("open_active", iss=1), Call("open_active")),
        (Arrival("S 1:1(0)"), Arrival(Segment(flags="S", seq=1)), Arrival("S 1:1(0)", listener=False)),
        (Timeout("user"), Timeout("USER"), Timeout("retransmission")),
        (Departure("S 1:1(0)"), Departure(Segment(flags="S", seq=1)), Departure("S 2:2(0)")),
    ]
    for one, same, other in pairs:
        assert one == same
        assert hash(one) == hash(same)
        assert one != other
        assert one != "S 1:1(0)"
        assert copy.copy(one) == copy.deepcopy(one) == one
        for name in (n for n in dir(type(one)) if not n.startswith("_")):
            with pytest.raises(AttributeError):
                setattr(one, name, getattr(one, name))
    assert str(Call("OPEN active")) == "OPEN active"
    assert Call("send", octets=5).octets == 5


def test_states_print_as_the_rfc_spells_them() -> None:
    assert [str(s) for s in State] == [
        "CLOSED", "LISTEN", "SYN-SENT", "SYN-RECEIVED", "ESTABLISHED", "FIN-WAIT-1", "FIN-WAIT-2", "CLOSE-WAIT",
        "CLOSING", "LAST-ACK", "TIME-WAIT",
    ]  # fmt: skip
    # RFC 9293 3.5.2: the third group are the synchronized states.
    assert [s for s in State if s.synchronized] == list(State)[4:]


def test_values_go_to_other_processes() -> None:
    config = lastack.step(lastack.Config(), lastack.Call("open_active", iss=7)).next
    outcome = lastack.step(config, lastack.Arrival("S. 5:5(0) ack 8 win 9", iss=4, listener=False))
    values = [config, outcome, *outcome.next.owed, lastack.Call("send", octets=3, iss=1, room=False),
              lastack.Arrival("F 1:1(0)", iss=2, listener=False), lastack.Timeout("user"),
              lastack.Departure("R 1:1(0)")]  # fmt: skip
    assert len(values) == 7
    for value in values:
        assert pickle.loads(pickle.dumps(value)) == value
        assert repr(pickle.loads(pickle.dumps(value))) == repr(value)
    state = config.__reduce_ex__(2)[2]
    with pytest.raises(ValueError, match="another build"):
        lastack.Config.__new__(lastack.Config).__setstate__((state[0], state[1], state[2][:-1]))


def test_numbers_may_be_those_of_numpy() -> None:
    numpy = pytest.importorskip("numpy")
    seven = numpy.int64(7)
    assert lastack.Segment(seq=seven, ack=seven).seq == 7
    assert lastack.Call("open_active", iss=seven).iss == 7
    assert lastack.Machine(iss=seven).call("OPEN active").next.iss == 7
    with pytest.raises(TypeError, match="^octets: an int is needed$"):
        lastack.Call("send", octets=1.5)  # type: ignore[arg-type]
