"""Whatever is done to the public API, it answers or raises: no crash, no hang, no error of a wrong kind."""

import subprocess
import sys
from typing import Any

import pytest
from drawn import full_policies, u32
from drawn import segments as any_segments
from hypothesis import given
from hypothesis import strategies as st
from lastack import Arrival, Call, Config, Departure, Machine, Policy, Segment, Timeout, allowed, step
from lastack._core import SchedulerOptions, departures, next_departure
from lastack.strategies import Run, policies, runs, segments

calls = st.builds(
    Call,
    st.sampled_from(["open_passive", "open_active", "send", "receive", "close", "abort", "status"]),
    octets=u32,
    iss=st.none() | u32,
    rcv_wnd=st.sampled_from([0, 1, 65535, 65536, 65535 << 14]) | st.integers(0, 65535 << 14),
    remote_specified=st.booleans(),
    permitted=st.booleans(),
    security_allowed=st.booleans(),
    room=st.booleans(),
)
timeouts = st.builds(Timeout, st.sampled_from(["user", "retransmission", "time_wait", "fin_wait_2"]))
options = st.builds(
    SchedulerOptions,
    schedule=st.sampled_from(["eager", "delayed_ack", "random"]),
    draw=st.integers(0, 2**64 - 1),
    probe=st.booleans(),
    iss=u32,
    max_text=st.integers(1, 2**32 - 1),
    mss=st.none() | st.integers(1, 65535),
    wscale=st.none() | st.integers(0, 14),
    timestamps=st.booleans(),
    sack_permitted=st.booleans(),
    tsval=u32,
)


def near(config: Config, draw: Any) -> Segment:
    """A segment whose numbers are those of the connection, or beside them, and whose rest is anything."""
    numbers = st.builds(
        lambda base, off: (base + off) % 2**32,
        st.sampled_from([config.snd_una, config.snd_nxt, config.rcv_nxt, config.rcv_adv, config.irs, config.iss or 0]),
        st.sampled_from([0, 1, -1, 2, config.rcv_wnd, config.snd_wnd, 2**31 - 1, 2**31, -(2**30)]),
    )
    s: Segment = draw(any_segments())
    s = s.replace(seq=draw(numbers | u32), text=draw(st.sampled_from([0, 1, 536, 2**31, 2**32 - 1]) | u32))
    return s.replace(ack=draw(numbers | u32)) if s.ack is not None else s


@given(runs(20), full_policies | policies(), st.data())
def test_anything_may_happen_at_any_time(run: Run, policy: Policy, data: st.DataObject) -> None:
    config = run.happenings[-1].outcome.next if run.happenings else Config()
    for _ in range(data.draw(st.integers(1, 12))):
        kind = data.draw(st.sampled_from(["call", "timeout", "arrival", "departure", "near", "own", "segment"]))
        event: Any
        if kind == "call":
            event = data.draw(calls)
        elif kind == "timeout":
            event = data.draw(timeouts)
        elif kind == "own":
            may = departures(config, data.draw(options))
            event = Departure(data.draw(st.sampled_from(may))) if may else Timeout("user")
        else:
            s = (
                data.draw(any_segments()) if kind in ("arrival", "departure")
                else data.draw(segments(config)) if kind == "segment" else near(config, data.draw)
            )  # fmt: skip
            leaves = kind == "departure" or data.draw(st.booleans())
            event = (
                Departure(s)
                if leaves
                else Arrival(s, iss=data.draw(st.none() | u32), listener=data.draw(st.booleans()))
            )
        outcome = step(config, event, policy)
        entries = allowed(config, event, policy)
        assert any(entry.outcome == outcome for entry in entries)
        next_departure(outcome.next, data.draw(options))
        assert len(outcome.next.owed) <= 4
        repr(outcome), str(outcome.next), hash(outcome.next), outcome.next.held
        config = outcome.next


extremes = st.lists(
    st.one_of(
        st.tuples(st.just("SEND"), st.sampled_from([0, 1, 2**31, 2**32 - 1])),
        st.tuples(st.just("RECEIVE"), st.sampled_from([0, 1, 2**31, 2**32 - 1])),
        st.tuples(st.just("arrive"), st.sampled_from([0, 1, 2**16, 2**31 - 1, 2**31, 2**32 - 2, 2**32 - 1])),
        st.tuples(st.just("ack"), st.integers(0, 65535)),
        st.tuples(st.just("depart"), st.just(0)),
        st.tuples(st.just("CLOSE"), st.just(0)),
        st.tuples(st.just("advance"), st.sampled_from([0, 1, 60, 86_400, 3650 * 86_400])),
    ),
    max_size=25,
)


@given(extremes, st.sampled_from([0, 1, 65535, 65535 << 14]), st.none() | st.integers(0, 14), st.integers(0, 65535))
def test_extreme_numbers(operations: list[tuple[str, int]], rcv_wnd: int, wscale: int | None, window: int) -> None:
    machine = Machine(iss=2**32 - 2, rcv_wnd=rcv_wnd, wscale=wscale, timestamps=True, user_timeout=1e6)
    machine.call("OPEN active")
    machine.depart()
    syn = Segment(flags="S.", seq=2**32 - 1, ack=2**32 - 1, wnd=window, mss=1, wscale=wscale, timestamps=(1, 2**32 - 1))
    machine.deliver(syn)
    machine.depart_all()
    for what, value in operations:
        if what == "advance":
            machine.advance(value)
        elif what == "depart":
            machine.depart()
        elif what == "arrive":
            machine.deliver(
                Segment(flags="P.", seq=machine.config.rcv_nxt, ack=machine.config.snd_nxt, text=value, wnd=window)
            )
        elif what == "ack":
            machine.deliver(Segment(flags=".", seq=machine.config.rcv_nxt, ack=machine.config.snd_nxt, wnd=value))
        elif what == "CLOSE":
            machine.call("CLOSE")
        else:
            machine.call(what, value)
    machine.ladder("symbolic").text, machine.departures(), machine._repr_svg_()
    machine.undo(len(machine.history))
    assert machine.config == Config()


def test_a_long_history_is_undone() -> None:
    machine = Machine(iss=0)
    for _ in range(5000):
        machine.call("OPEN passive")
        machine.call("CLOSE")
    machine.undo(10_000)
    assert machine.history == ()


@pytest.mark.parametrize(
    "code",
    [
        """
import threading
for _ in range(8):
    threading.Thread(target=lambda: lastack.simulate(lastack.End(octets=5000))).start()
""",
        """
import pickle
for x in (lastack.Segment("S 1:1(0)"), lastack.Policy("linux"), lastack.State.LISTEN, *lastack.rules()):
    assert pickle.loads(pickle.dumps(x)) == x
""",
        """
s = lastack.Segment(text=2**32 - 1, seq=5)
s.notation("relative", sender_isn=7), repr(s), str(lastack.Arrival(s))
""",
        """
run = lastack.simulate(seed=1)
config, ladder, row = run.client, run.ladder(), run.events[3]
del run
str(config), str(ladder), str(row), ladder.picture.svg
""",
        """
entry = lastack.allowed(lastack.Config(), lastack.Call("close"))[0]
outcome = entry.outcome
del entry
config = outcome.next
del outcome
str(config)
""",
    ],
    ids=["threads", "pickles", "text", "lifetimes of a run", "lifetimes of an entry"],
)
def test_it_does_not_crash(code: str) -> None:
    done = subprocess.run(
        [sys.executable, "-I", "-X", "dev", "-c", "import lastack\n" + code],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
