"""The machine by hand: one connection end, stepped event by event."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache, partial
from operator import index
from typing import Literal, Self

from lastack import _core
from lastack._core import Arrival, Call, Config, Departure, Outcome, Owed, Policy, Segment, State, Timeout
from lastack._diagram import state_diagram
from lastack._ladder import Ladder, Numbers
from lastack._picture import Picture

__all__ = ["Event", "Machine", "Refused", "Schedule", "Step"]

Event = Call | Arrival | Timeout | Departure
"""What can happen to a connection end (RFC 9293 3.10)."""

Schedule = Literal["eager", "delayed_ack", "random"]
"""What leaves next of all that may: the first of `departures`, at once; the same, but a bare ACK waits for something to
ride on (RFC 9293 3.8.6.3); any of them, or none yet."""

_SECOND = 1_000_000_000
_Mark = tuple[Config, _core.Clocks, int, bool, int]


class Refused(ValueError):
    """A segment that the RFC does not let leave."""

    segment: Segment
    """What was to leave."""
    config: Config
    """What the end is in."""
    allowed: tuple[tuple[Segment, str], ...]
    """What may sensibly leave there: the segment, and the rule that demands or permits it."""

    def __init__(self, segment: Segment, config: Config, allowed: tuple[tuple[Segment, str], ...]) -> None:
        may = "; ".join(f"{s} by {rule}" for s, rule in allowed) or "nothing"
        super().__init__(f"{segment} may not leave in {config}; what may: {may}")
        self.segment = segment
        self.config = config
        self.allowed = allowed


@dataclass(frozen=True, slots=True)
class Step:
    """One event in the history of a machine."""

    time: float
    """Seconds since the machine was made."""
    before: Config
    """What the end was in."""
    event: Event
    """What happened."""
    outcome: Outcome
    """What came of it."""

    @property
    def after(self) -> Config:
        """What the end was in then."""
        return self.outcome.next


def _nanoseconds(seconds: float, what: str) -> int:
    longest = 10 * 365 * 86_400
    if not 0 <= seconds <= longest:
        raise ValueError(f"{what}: {seconds} s is outside 0..{longest}")
    return round(seconds * _SECOND)


@cache
def _transitions() -> dict[str, tuple[State, State]]:
    """Source and target of the rules that change the state."""
    return {row[0]: (row[2], row[6]) for row in _core.rule_rows() if not row[7]}


def passed_through(outcomes: Iterable[Outcome]) -> tuple[State, ...]:
    """The states that these outcomes, one behind the other, lead through from CLOSED."""
    path = [State.CLOSED]
    for outcome in outcomes:
        for rule in outcome.rules:
            source, target = _transitions().get(rule, (None, None))
            if source == path[-1] and target is not None and target != source:
                path.append(target)
        if outcome.next.state != path[-1]:
            path.append(outcome.next.state)
    return tuple(path)


class Machine:
    """One end of a connection, from CLOSED, in virtual time.

    Calls, segments and time go in. None of them sends: what the RFC says must leave is `owed`, what may leave now is
    `departures()`, and `depart` lets it leave. Everything that happened is in `history`; `undo` takes it back, `fork`
    makes a second machine from here on. The history grows by about a kilobyte an event. A machine is for one thread.

        machine = Machine(iss=100)
        machine.call("OPEN active")
        machine.depart()                      # Segment('S 100:100(0) win 65535')
        machine.deliver("S. 300:300(0) ack 101 win 65535")
        machine.state, machine.owed           # ESTABLISHED, an ACK
    """

    def __init__(
        self,
        policy: Policy | str | None = None,
        *,
        iss: int | None = None,
        rcv_wnd: int = 65535,
        mss: int | None = None,
        wscale: int | None = None,
        timestamps: bool = False,
        sack_permitted: bool = False,
        schedule: Schedule = "eager",
        seed: int = 0,
        msl: float = 120.0,
        fin_wait_2: float = 60.0,
        user_timeout: float = 300.0,
        r2: float = 100.0,
    ) -> None:
        """A machine in CLOSED.

        `policy`: a Policy, the name of a profile, or None; choices that it leaves open take their first reading. `iss`:
        initial sequence number at time 0, 0 to 2**32-1; None: `seed` decides. Later ones follow a clock of 2**-18 s
        from it (RFC 9293 3.4.1, MUST-8). `rcv_wnd`: receive window to begin with, octets, 0 to 65535 << 14. `mss` (1 to
        65535), `wscale` (0 to 14), `timestamps`, `sack_permitted`: options on its SYN.

        `schedule`: what `depart` lets leave of all that may. "eager": the first of `departures`, at once;
        "delayed_ack": the same, but a bare ACK waits for something to ride on (3.8.6.3); "random": any of them, or none yet.

        Seconds, 0 to ten years: `msl` (TIME-WAIT lasts two of them, MUST-13); `fin_wait_2`, where the policy has this
        timer; `user_timeout` (3.9.1.1); `r2` (3.8.3, MUST-21), how long a segment goes again and again before the end
        gives up, as by a user timeout, a SYN for three minutes at least (MUST-23). The first of these two counts.

        ValueError for what is out of range.
        """
        self._seed = seed
        self._drawn = 0
        self._policy = policy if isinstance(policy, Policy) else Policy(policy)
        self._isn = random.Random(seed).getrandbits(32) if iss is None else index(iss)
        self._rcv_wnd = rcv_wnd
        self._offer = partial(
            _core.SchedulerOptions, mss=mss, wscale=wscale, timestamps=timestamps, sack_permitted=sack_permitted
        )
        self.schedule = schedule
        self._clocks = _core.Clocks(
            _nanoseconds(msl, "msl"), _nanoseconds(fin_wait_2, "fin_wait_2"),
            _nanoseconds(user_timeout, "user_timeout"), _nanoseconds(r2, "r2"),  # fmt: skip
        )
        self._now_ns = 0
        self._probing = False
        self._config = Config()
        self._history: list[Step] = []
        self._past: list[_Mark] = []
        self._observer: Callable[[Machine, Step], None] | None = None  # the pair it belongs to
        self._options()  # of the right kind and range?
        Call("open_active", iss=self._isn, rcv_wnd=rcv_wnd)

    # ---- what it is in

    @property
    def config(self) -> Config:
        """State and variables of the connection (RFC 9293 3.3.1)."""
        return self._config

    @property
    def state(self) -> State:
        """The state (RFC 9293 3.3.2)."""
        return self._config.state

    @property
    def owed(self) -> tuple[Owed, ...]:
        """What must leave: at most four obligations, each with the rule that made it."""
        return self._config.owed

    @property
    def policy(self) -> Policy:
        """What was decided when the machine was made."""
        return self._policy

    @property
    def schedule(self) -> Schedule:
        """What `depart` lets leave; may be set."""
        return self._schedule

    @schedule.setter
    def schedule(self, schedule: Schedule) -> None:
        if schedule not in ("eager", "delayed_ack", "random"):
            raise ValueError(f"schedule: {schedule!r} is none of eager, delayed_ack, random")
        self._schedule: Schedule = schedule

    @property
    def now(self) -> float:
        """Seconds since the machine was made."""
        return self._now_ns / _SECOND

    @property
    def next_timeout(self) -> float | None:
        """When the next clock runs out, in seconds as `now`; None when none runs."""
        due = self._clocks.next(self._config)
        return None if due is None else max(due, self._now_ns) / _SECOND

    @property
    def history(self) -> tuple[Step, ...]:
        """Everything that happened, in order."""
        return tuple(self._history)

    @property
    def path(self) -> tuple[State, ...]:
        """The states passed through, from CLOSED to the present one.

        One segment may lead through several: a FIN with the ACK of our SYN from SYN-RECEIVED through ESTABLISHED to
        CLOSE-WAIT.
        """
        return passed_through(step.outcome for step in self._history)

    # ---- events

    def call(self, kind: str, octets: int | None = None, *, iss: int | None = None, **surroundings: bool) -> Outcome:
        """A call of its user (RFC 9293 3.9.1): "OPEN active", "OPEN passive", "SEND", "RECEIVE", "CLOSE", "ABORT",
        "STATUS"; also as "open_active".

        `octets` of a SEND or RECEIVE. `iss` of an OPEN or SEND, where it is not the next of the machine's own.
        `surroundings` are those of `Call`: remote_specified, permitted, security_allowed, room. An error reply is no
        exception: see `Outcome.reply`. ValueError for an unknown call.
        """
        chosen = Call(kind, octets=octets or 0, rcv_wnd=self._rcv_wnd, **surroundings)
        if chosen.kind in ("send", "receive"):
            if octets is None:
                raise ValueError(f"{chosen.kind.upper()}: octets are missing")
        elif octets is not None:
            raise ValueError(f"{chosen} takes no octets")
        if chosen.kind in ("open_active", "send"):
            number = self._next_isn() if iss is None else iss
            chosen = Call(kind, octets=octets or 0, rcv_wnd=self._rcv_wnd, iss=number, **surroundings)
        elif iss is not None:
            raise ValueError(f"{chosen} takes no iss")
        return self._happen(chosen)

    def deliver(self, segment: Segment | str, *, listener: bool = True) -> Outcome:
        """A segment arrives (RFC 9293 3.10.7): a Segment, or one in notation, with absolute numbers.

        `listener`: a passive OPEN waits on the port, so that a SYN in TIME-WAIT may open anew (decision C27).
        """
        return self._happen(Arrival(segment, iss=self._next_isn(), listener=listener))

    def timeout(self, kind: str) -> Outcome:
        """A timeout at once (RFC 9293 3.10.8): "user", "retransmission", "time_wait", "fin_wait_2".

        `advance` is how timeouts happen in time. A user timeout is for any state, and happens; another whose timer does
        not run is ignored.
        """
        return self._happen(Timeout(kind))

    def advance(self, seconds: float) -> tuple[Step, ...]:
        """Lets time pass, and the clocks run out that are due in it; returns what happened.

        What a timeout leaves owed does not leave by itself: `depart` lets it. ValueError outside 0 to ten years.
        """
        self._alone("advance")
        return self._advance_to(self._now_ns + _nanoseconds(seconds, "seconds"))

    def _advance_to(self, until: int) -> tuple[Step, ...]:
        steps = len(self._history)
        while (due := self._clocks.next(self._config)) is not None and due <= until:
            self._remember()
            self._now_ns = max(due, self._now_ns)
            duty = self._clocks.fire(self._config, self._now_ns)
            if isinstance(duty, Timeout):
                self._apply(duty)
            else:
                self._past.pop()
                self._probing = self._probing or duty == "probe"
        self._now_ns = until
        return tuple(self._history[steps:])

    def _due_ns(self, until: int) -> int:
        """When the next clock runs out, or `until`."""
        due = self._clocks.next(self._config)
        return until if due is None else min(max(due, self._now_ns), until)

    # ---- departures

    def _options(self) -> _core.SchedulerOptions:
        waits = self._schedule == "delayed_ack" and self._clocks.ack_may_wait(self._config)
        return self._offer(
            schedule="random" if self._schedule == "random" else "delayed_ack" if waits else "eager",
            draw=random.Random(f"{self._seed} {self._drawn}").getrandbits(64) if self._schedule == "random" else 0,
            probe=self._probing,
            iss=self._next_isn(),
            tsval=self._now_ns // 1_000_000 & 0xFFFF_FFFF,
        )

    def departures(self) -> tuple[Segment, ...]:
        """Everything that may sensibly leave now, the canonical choice first: what is owed, what is queued and fits
        into the window. Nothing is changed."""
        return tuple(_core.departures(self._config, self._options()))

    def depart(self, segment: Segment | str | None = None) -> Segment | None:
        """Lets a segment leave: the next by the schedule, or the one given. Returns it.

        None when there is nothing to send, or it waits. Refused, and nothing is changed, for a segment that the RFC
        does not let leave.
        """
        if segment is None:
            chosen = _core.next_departure(self._config, self._options())
            if chosen is None:
                self._drawn += 1
                return None
        else:
            chosen = Segment(segment) if isinstance(segment, str) else segment
        if _core.step(self._config, Departure(chosen), self._policy).verdict == "refused":
            steps = ((s, _core.step(self._config, Departure(s), self._policy)) for s in self.departures())
            raise Refused(chosen, self._config, tuple((s, ", ".join(step.rules)) for s, step in steps))
        self._happen(Departure(chosen))
        self._probing = False
        self._drawn += 1  # behind what `undo` goes back to: the same may leave again
        return chosen

    def depart_all(self) -> tuple[Segment, ...]:
        """Lets leave what the schedule lets leave, until there is nothing more, or it waits."""
        left = []
        while (segment := self.depart()) is not None:
            left.append(segment)
        return tuple(left)

    # ---- history

    def undo(self, steps: int = 1) -> Self:
        """Takes the last events back, the time that passed since them too; returns the machine.

        ValueError when there are not so many.
        """
        self._alone("undo")
        if not 0 <= steps <= len(self._history):
            raise ValueError(f"undo: {steps} is outside 0..{len(self._history)}")
        for _ in range(steps):
            self._undo()
        return self

    def _undo(self) -> None:
        self._restore(self._past.pop())
        self._history.pop()

    def _restore(self, mark: _Mark) -> None:
        self._config, clocks, self._now_ns, self._probing, self._drawn = mark
        self._clocks = copy.copy(clocks)

    def _alone(self, what: str) -> None:
        if self._observer is not None:
            raise ValueError(f"{what}: the machine belongs to a Pair; {what} the pair, or a fork of the machine")

    def fork(self) -> Self:
        """A second machine with the same past; what happens to one from now on does not happen to the other."""
        twin = type(self).__new__(type(self))
        twin.__dict__.update(self.__dict__)
        twin._observer = None
        twin._clocks = copy.copy(self._clocks)
        twin._history = self._history.copy()
        twin._past = self._past.copy()
        return twin

    def __copy__(self) -> Self:
        return self.fork()

    def __deepcopy__(self, memo: dict[int, object]) -> Self:
        return self.fork()

    def _mark(self) -> _Mark:
        return self._config, copy.copy(self._clocks), self._now_ns, self._probing, self._drawn

    def _remember(self) -> None:
        self._past.append(self._mark())

    def _next_isn(self) -> int:
        return (self._isn + _core.isn_clock(self._now_ns)) & 0xFFFF_FFFF

    def _happen(self, event: Event) -> Outcome:
        self._remember()
        return self._apply(event)

    def _apply(self, event: Event) -> Outcome:
        before = self._config
        outcome = _core.step(before, event, self._policy)
        self._config = outcome.next
        self._clocks.follow(before, event, outcome, self._now_ns)
        step = Step(self._now_ns / _SECOND, before, event, outcome)
        self._history.append(step)
        if self._observer is not None:
            self._observer(self, step)
        return outcome

    # ---- pictures

    @property
    def _first_isn(self) -> int:
        return next((s.after.iss for s in self._history if s.after.iss is not None), 0)

    @property
    def _first_peer_isn(self) -> int:
        arrived = (s.event.segment for s in self._history if isinstance(s.event, Arrival))
        return next((segment.seq for segment in arrived if segment.syn), 0)

    def ladder(self, numbers: Numbers = "relative", *, bits: bool = False, rules: bool = False) -> Ladder:
        """Its history as a ladder against the network; see `Ladder.replace`."""
        closed = State.CLOSED
        history = _core.History((closed, closed), b_is_played=True)
        history.set_isn("a", self._first_isn)
        history.set_isn("b", self._first_peer_isn)
        for step in self._history:
            states = (step.after.state, closed)
            history.tell("a", step.before, step.event, step.outcome, states, time_ns=round(step.time * _SECOND))
        return Ladder(history, numbers=numbers, bits=bits, rules=rules, names=("machine", "the network"))

    def diagram(self) -> Picture:
        """The state diagram with the path so far."""
        return state_diagram(self.path)

    def _repr_svg_(self) -> str:
        return self.diagram().svg

    def __repr__(self) -> str:
        return f"<Machine at {self.now:g} s: {self._config}>"
