"""Two machines, and what is under way between them, by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple, Self

from lastack import _core
from lastack._core import Arrival, Departure, Outcome, Segment, State
from lastack._ladder import Ladder, Numbers
from lastack._machine import Machine, Step, _Mark, _nanoseconds

__all__ = ["Pair", "UnderWay"]

Who = Literal["client", "server"]

_MOST_SEGMENTS = 10_000


class UnderWay(NamedTuple):
    """A segment that has left and not arrived."""

    sender: Who
    """Which end it left."""
    segment: Segment
    """With absolute numbers."""
    departure: int
    """Number of the event of the pair that sent it, from 0."""


@dataclass(frozen=True, slots=True)
class _Entry:
    who: Who | None  # None: something happened to the line
    step: Step | None
    departure: int | None  # of an arrival: the entry that sent it
    way: tuple[UnderWay, ...]  # before it
    marks: tuple[_Mark | None, _Mark | None]  # before it: of the client and of the server, where nothing happened to it


class Pair:
    """Two ends, client and server, and the line between them, in one virtual time.

    Nothing happens by itself: the ends are called and let segments leave; each of these is under way until it is
    delivered, lost or duplicated. `exchange` does what remains. A notebook shows the ladder.

        pair = Pair()
        pair.server.call("OPEN passive")
        pair.client.call("OPEN active")
        pair.client.depart()
        pair.deliver()
        pair.exchange()                       # the rest of the handshake
    """

    def __init__(self, client: Machine | None = None, server: Machine | None = None) -> None:
        """A pair of these machines, or of fresh ones. They belong to it from now on.

        ValueError for a machine that belongs to a pair already, or that has a past.
        """
        self._client = Machine(seed=1) if client is None else client
        self._server = Machine(seed=2) if server is None else server
        for machine in (self._client, self._server):
            if machine._observer is not None or self._client is self._server:
                raise ValueError("a machine belongs to one pair only; fork it")
            if machine._history or machine._now_ns:
                raise ValueError("a pair begins with machines to which nothing has happened")
        self._entries: list[_Entry] = []
        self._way: tuple[UnderWay, ...] = ()
        self._arriving: int | None = None
        self._drawn_from = 0  # entry with which the ladder begins
        self._observe()

    @classmethod
    def established(cls, client: Machine | None = None, server: Machine | None = None) -> Self:
        """A pair that has opened its connection: the handshake of RFC 9293 3.5, Figure 6, has just ended.

        Its ladder begins there; the histories and paths of its ends, and `undo`, go back to CLOSED. ValueError as for
        `Pair`, and where the two do not come to ESTABLISHED.
        """
        pair = cls(client, server)
        pair.server.call("OPEN passive")
        pair.client.call("OPEN active")
        pair.exchange()
        if pair.states != (State.ESTABLISHED, State.ESTABLISHED):
            raise ValueError(f"the handshake ends in {pair.states[0]} and {pair.states[1]}, not in ESTABLISHED")
        pair._drawn_from = len(pair._entries)
        return pair

    def _observe(self) -> None:
        self._client._observer = self._tell("client")
        self._server._observer = self._tell("server")

    def _tell(self, who: Who) -> Callable[[Machine, Step], None]:
        def tell(machine: Machine, step: Step) -> None:
            client, server = self._client, self._server
            marks = (None, server._mark()) if who == "client" else (client._mark(), None)
            self._entries.append(_Entry(who, step, self._arriving, self._way, marks))
            if isinstance(step.event, Departure):
                self._way = (*self._way, UnderWay(who, step.event.segment, len(self._entries) - 1))

        return tell

    def _note_line(self) -> None:
        marks = (self._client._mark(), self._server._mark())
        self._entries.append(_Entry(None, None, None, self._way, marks))

    @property
    def client(self) -> Machine:
        """The machine at the left of the ladder."""
        return self._client

    @property
    def server(self) -> Machine:
        """The machine at the right of the ladder."""
        return self._server

    @property
    def way(self) -> tuple[UnderWay, ...]:
        """What is under way, the oldest first."""
        return self._way

    @property
    def now(self) -> float:
        """Seconds since the pair was made."""
        return self._client.now

    @property
    def states(self) -> tuple[State, State]:
        """The states of client and server."""
        return self._client.state, self._server.state

    # ---- the line

    def _take(self, sender: Who | None, number: int) -> UnderWay:
        if sender not in (None, "client", "server"):
            raise ValueError(f"sender: {sender!r} is none of client, server")
        those = [u for u in self._way if sender in (None, u.sender)]
        if not 0 <= number < len(those):
            if not those:
                raise ValueError(f"nothing of the {sender} is under way" if sender else "nothing is under way")
            raise ValueError(f"{len(those)} segments are under way; there is no number {number}")
        return those[number]

    def _without(self, gone: UnderWay) -> tuple[UnderWay, ...]:
        at = next(i for i, u in enumerate(self._way) if u is gone)
        return self._way[:at] + self._way[at + 1 :]

    def deliver(self, sender: Who | None = None, number: int = 0) -> Outcome:
        """The oldest segment under way arrives; with `sender`, the oldest of this end; with `number`, that one behind
        it, from 0. ValueError when there is none."""
        arriving = self._take(sender, number)
        receiver = self._server if arriving.sender == "client" else self._client
        self._arriving = arriving.departure
        try:
            outcome = receiver.deliver(arriving.segment)
        finally:
            self._arriving = None
        self._way = self._without(arriving)
        return outcome

    def lose(self, sender: Who | None = None, number: int = 0) -> Segment:
        """A segment under way is lost; which, as in `deliver`. Returns it."""
        lost = self._take(sender, number)
        self._note_line()
        self._way = self._without(lost)
        return lost.segment

    def duplicate(self, sender: Who | None = None, number: int = 0) -> Segment:
        """A copy of a segment under way is under way too, behind all others; which, as in `deliver`. Returns it."""
        doubled = self._take(sender, number)
        self._note_line()
        self._way = (*self._way, UnderWay(*doubled))
        return doubled.segment

    def advance(self, seconds: float) -> tuple[Step, ...]:
        """Lets time pass for both ends; returns what ran out, in order. What is under way stays there.

        ValueError outside 0 to ten years.
        """
        until = self._client._now_ns + _nanoseconds(seconds, "seconds")
        steps: list[Step] = []
        ends = (self._client, self._server)
        while (due := min(m._due_ns(until) for m in ends)) < until:
            for machine in ends:
                steps += machine._advance_to(due)
        for machine in ends:
            steps += machine._advance_to(until)
        return tuple(steps)

    def exchange(self) -> tuple[Segment, ...]:
        """Lets leave what the schedules of the ends let leave, and arrive in order what is under way, until nothing
        more leaves or arrives.

        Returns the segments that left. RuntimeError behind 10 000 of them, as when two ends answer each other without
        end (decision C3).
        """
        left: list[Segment] = []
        while True:
            for machine in (self._client, self._server):
                left += machine.depart_all()
            if not self._way:
                return tuple(left)
            if len(left) > _MOST_SEGMENTS:
                raise RuntimeError(f"{len(left)} segments have left, and it goes on; the last: {left[-1]}")
            self.deliver()

    # ---- history

    def undo(self, events: int = 1) -> Self:
        """Takes the last events back, of the ends and of the line; returns the pair.

        ValueError when there are not so many.
        """
        if not 0 <= events <= len(self._entries):
            raise ValueError(f"undo: {events} is outside 0..{len(self._entries)}")
        for _ in range(events):
            entry = self._entries.pop()
            self._way = entry.way
            acted = self._server if entry.who == "server" else self._client
            if entry.who is not None:
                acted._undo()
            for machine, mark in zip((self._client, self._server), entry.marks, strict=True):
                if mark is not None:
                    machine._restore(mark)
            self._client._now_ns = self._server._now_ns = acted._now_ns
        if len(self._entries) < self._drawn_from:
            self._drawn_from = 0
        return self

    def fork(self) -> Pair:
        """A second pair with the same past."""
        twin = Pair()
        twin._client = self._client.fork()
        twin._server = self._server.fork()
        twin._entries = self._entries.copy()
        twin._way = self._way
        twin._drawn_from = self._drawn_from
        twin._observe()
        return twin

    def __copy__(self) -> Pair:
        return self.fork()

    def __deepcopy__(self, memo: dict[int, object]) -> Pair:
        return self.fork()

    # ---- pictures

    def ladder(
        self, numbers: Numbers = "relative", *, bits: bool = False, rules: bool = False, title: str = ""
    ) -> Ladder:
        """What happened, as a ladder; see `Ladder.replace`."""
        start = State.ESTABLISHED if self._drawn_from else State.CLOSED
        history = _core.History((start, start))
        history.set_isn("a", self._client._first_isn)
        history.set_isn("b", self._server._first_isn)
        states = [start, start]
        moments: dict[int, int] = {}  # by number of the entry
        arrived = {e.departure for e in self._entries if e.step is not None and isinstance(e.step.event, Arrival)}
        under_way = {u.departure for u in self._way}
        for i, entry in enumerate(self._entries):
            step = entry.step
            if step is None or i < self._drawn_from:
                continue
            states[entry.who == "server"] = step.after.state
            moments[i] = history.tell(
                "b" if entry.who == "server" else "a",
                step.before,
                step.event,
                step.outcome,
                (states[0], states[1]),
                departure=None if entry.departure is None else moments[entry.departure],
                time_ns=round(step.time * 1e9),
            )
            if isinstance(step.event, Departure) and i not in arrived:
                history.set_fate(moments[i], "under_way" if i in under_way else "lost")
        return Ladder(history, numbers=numbers, bits=bits, rules=rules, title=title, names=("client", "server"))

    def _repr_svg_(self) -> str:
        return self.ladder()._repr_svg_()

    def __repr__(self) -> str:
        return f"<Pair at {self.now:g} s: {self._client.state}, {self._server.state}, {len(self._way)} under way>"
