"""Two ends over a described network, from a seed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Literal

from lastack import _core
from lastack._core import Arrival, Call, Config, Departure, Policy, Segment, State, Timeout
from lastack._ladder import Ladder, Numbers
from lastack._machine import _nanoseconds, passed_through
from lastack._progress import progress_bar
from lastack._table import Table
from lastack._wire import DESTINATION, SOURCE

__all__ = ["End", "Network", "Simulation", "simulate"]

Opening = Literal["client_server", "simultaneous", "abandoned", "late_server", "both_listen", "no_server"]
Closing = Literal[
    "client_first", "server_first", "together", "simultaneous", "half", "early", "client_aborts", "server_crashes",
    "client_crashes", "nobody",
]  # fmt: skip
Who = Literal["client", "server"]


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """One end and its user."""

    policy: Policy | str | None = None
    """Choices that it leaves open take their first reading."""
    octets: int = 0
    """What its user sends in each incarnation, 0 to 2**32-1."""
    rcv_wnd: int = 65535
    """Receive window to begin with, octets, 0 to 65535: what a SYN can announce."""
    iss: int | None = None
    """Initial number of the first incarnation; None: the seed decides. Later ones follow a clock (MUST-8)."""
    mss: int | None = None
    """Option on its SYN (RFC 9293 3.7.1), 1 to 65535."""
    wscale: int | None = None
    """Option on its SYN (RFC 7323 2), 0 to 14."""
    timestamps: bool = False
    """Option on its SYN (RFC 7323 3)."""
    sack_permitted: bool = False
    """Option on its SYN (RFC 2018)."""
    reads_late: bool = False
    """Its user takes what came only when the window is shut or the peer has closed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """The line, in one direction or in both.

    Probabilities, 0 to 1, are of each segment by itself; times are seconds.
    """

    loss: float = 0.0
    """It never arrives."""
    duplicate: float = 0.0
    """A copy comes too, up to one latency later."""
    reorder: float = 0.0
    """Held back by up to one latency, while others overtake it."""
    latency: float = 0.01
    """One way, 1e-9 to 86400."""
    jitter: float = 0.0
    """Up to so much more; the order is kept."""


class Simulation:
    """A whole run of two ends, with everything that happened. A notebook shows its ladder."""

    __slots__ = ("_run",)

    def __init__(self, run: _core.Simulation) -> None:
        self._run = run

    @property
    def client(self) -> Config:
        """What the client is in at the end."""
        return self._run.client

    @property
    def server(self) -> Config:
        """What the server is in at the end."""
        return self._run.server

    @property
    def ended(self) -> Literal["closed", "rest", "max_events", "max_seconds"]:
        """Why: "closed", both ends are CLOSED and nothing is under way; "rest", nothing will ever happen; a limit."""
        return self._run.ended

    @property
    def duration(self) -> float:
        """Virtual seconds from the first event to the last."""
        return self._run.now_ns / 1e9

    @property
    def events(self) -> Table:
        """One row an event.

        Columns: `time`, seconds; `end`, "client" or "server"; `kind`, "call", "arrival", "departure", "timeout" or
        "crash"; `segment`, of an arrival or departure; `event` (None: it crashed); `verdict` and `rules` of its
        outcome; `client` and `server`: their states behind it.
        """
        rows = (
            (ns / 1e9, who, *_kind(event), event, outcome and outcome.verdict, outcome.rules if outcome else (), client,
             server)  # fmt: skip
            for ns, who, event, outcome, client, server, _ in self._run.events
        )
        names = ("time", "end", "kind", "segment", "event", "verdict", "rules", "client", "server")
        return Table(names, rows)

    @property
    def traffic(self) -> Table:
        """One row an end.

        Columns: `end`; segments `sent`, of which `lost`, `duplicated`, `overtaken` by younger ones, `retransmitted`;
        octets `accepted` from its user and `delivered` to it; `gave_up`: a connection ended by the user timeout. What a
        loss holds back until the peer's FIN has come is not delivered to a user who has closed, unless the policy says
        otherwise (decision C9).
        """
        names = ("end", "sent", "lost", "duplicated", "overtaken", "retransmitted", "accepted", "delivered", "gave_up")
        return Table(names, self._run.traffic)

    def path(self, end: Who) -> tuple[State, ...]:
        """The states that this end passed through, from CLOSED. ValueError for another word than client, server."""
        _end_index(end)
        forgotten = _core.step(Config(), Call("status"))  # what a crash leaves
        return passed_through(row[3] or forgotten for row in self._run.events if row[1] == end)

    def case(self, title: str = "A simulated run") -> str:
        """The run as a case file (spec/case-files.md), which `play` runs again without a mismatch."""
        return self._run.case(title, [])

    def trace(self, end: Who) -> str:
        """What this end logs of itself, as JSON Lines (spec/trace.schema.json), which `check` judges.

        ValueError for another word than client, server, and for a run in which this end crashes: a trace has no word
        for that.
        """
        _end_index(end)
        lines: list[dict[str, object]] = [{"lastack_trace": 1, "host": end}]
        for ns, who, event, _, _, _, _ in self._run.events:
            if who != end:
                continue
            if event is None:
                raise ValueError(f"the {end} crashes at {ns / 1e9} s: a trace has no word for that")
            lines.append({"time": ns / 1e9, **_traced(event)})
        return "".join(json.dumps(line) + "\n" for line in lines)

    def packets(self, end: Who, *, client: str = SOURCE, server: str = DESTINATION) -> list[tuple[float, bytes]]:
        """What a tap beside this end captures: seconds and an IP packet, in order.

        What this end sends stands there when it leaves, also where it is lost behind the tap; what it receives, when
        it arrives. `client` and `server` are "address:port", IPv4 or IPv6 both. ValueError for another word than
        client, server, and where the wire has no form for a segment: see `Segment.to_bytes`.
        """
        from_client, from_server = (client, server), (server, client)
        departing, arriving = (from_server, from_client) if _end_index(end) else (from_client, from_server)
        captured = []
        for ns, who, event, _, _, _, _ in self._run.events:
            if who == end and isinstance(event, Arrival | Departure):
                route = departing if isinstance(event, Departure) else arriving
                captured.append((ns / 1e9, event.segment.to_bytes(*route)))
        return captured

    def ladder(
        self, numbers: Numbers = "relative", *, bits: bool = False, rules: bool = False, title: str = ""
    ) -> Ladder:
        """What happened, as a ladder; see `Ladder.replace`."""
        return Ladder(self._run.history, numbers=numbers, bits=bits, rules=rules, title=title, names=("client", "server"))

    def _repr_svg_(self) -> str:
        return self.ladder()._repr_svg_()

    def __repr__(self) -> str:
        return (
            f"<Simulation: {len(self._run.history)} events in {self.duration:g} s, {self.client.state} and "
            f"{self.server.state}, {self.ended}>"
        )


def _end_index(end: str) -> int:
    if end not in ("client", "server"):
        raise ValueError(f"end: {end!r} is none of client, server")
    return ("client", "server").index(end)


def _kind(event: Call | Arrival | Timeout | Departure | None) -> tuple[str, Segment | None]:
    if event is None:
        return "crash", None
    return type(event).__name__.lower(), event.segment if isinstance(event, Arrival | Departure) else None


def _traced(event: Call | Arrival | Timeout | Departure) -> dict[str, object]:
    if isinstance(event, Timeout):
        return {"timeout": event.kind}
    if isinstance(event, Arrival):
        return {"in": str(event.segment)}
    if isinstance(event, Departure):
        return {"out": str(event.segment)}
    call: dict[str, object] = {"kind": event.kind}
    if event.kind in ("send", "receive"):
        call["octets"] = event.octets
    if event.kind in ("open_active", "send") and event.iss is not None:
        call["iss"] = event.iss
    if event.kind in ("open_active", "open_passive"):
        call |= {"rcv_wnd": event.rcv_wnd, "remote_specified": event.remote_specified}
    return {"call": call}


def _path(network: Network) -> _core.SimulatedPath:
    if not isinstance(network, Network):
        raise TypeError(f"network: a Network, or two in a tuple, are needed, not {type(network).__name__}")
    if not 1e-9 <= network.latency <= 86_400:
        raise ValueError(f"network.latency: {network.latency} s is outside 1e-9..86400")
    return _core.SimulatedPath(
        loss=network.loss,
        duplicate=network.duplicate,
        reorder=network.reorder,
        latency_ns=_nanoseconds(network.latency, "latency"),
        jitter_ns=_nanoseconds(network.jitter, "jitter"),
    )


def _simulated(end: End | None) -> _core.SimulatedEnd:
    end = end or End()
    if not isinstance(end, End):
        raise TypeError(f"an End is needed, not {type(end).__name__}")
    return _core.SimulatedEnd(
        policy=end.policy,
        octets=end.octets,
        rcv_wnd=end.rcv_wnd,
        iss=end.iss,
        mss=end.mss,
        wscale=end.wscale,
        timestamps=end.timestamps,
        sack_permitted=end.sack_permitted,
        reads_late=end.reads_late,
    )


def simulate(
    client: End | None = None,
    server: End | None = None,
    network: Network | tuple[Network, Network] | None = None,
    seed: int = 0,
    *,
    opening: Opening = "client_server",
    closing: Closing = "client_first",
    incarnations: int = 1,
    msl: float = 120.0,
    fin_wait_2: float = 60.0,
    user_timeout: float = 300.0,
    r2: float = 100.0,
    max_events: int = 200_000,
    max_seconds: float = 86_400.0,
    progress: bool | None = None,
) -> Simulation:
    """Runs two ends over a network in virtual time: they open, send, close, and wait out TIME-WAIT.

    The same arguments and `seed` (0 to 2**64-1) give the same run. `network`: one for both directions, or one to the
    server and one to the client.

    `opening`: "client_server"; "simultaneous", both open actively; "abandoned", the client takes its first OPEN back;
    "late_server", it opens when the SYN has left; "both_listen", and the client sends; "no_server".

    `closing`: "client_first", "server_first"; "together", each when it is done; "simultaneous", both in the same
    moment; "half", the client closes first and the server sends only then; "early", the server closes in SYN-RECEIVED;
    "client_aborts", "client_crashes", "server_crashes"; "nobody".

    `incarnations`: how often each user opens, 1 to 255. Seconds: `msl` (TIME-WAIT lasts two, MUST-13), `fin_wait_2`,
    where a policy has this timer, `user_timeout` (RFC 9293 3.9.1.1), `r2` (3.8.3): see `Machine`.

    The run ends with both ends CLOSED, at rest, at `max_events`, or with the first event behind `max_seconds`: see
    `Simulation.ended`. `progress`: see `check`. Ctrl-C ends it. ValueError for what is out of range.
    """
    both = network if isinstance(network, tuple) else (network or Network(), network or Network())
    if len(both) != 2:
        raise ValueError(f"network: {len(both)} directions; there are two, to the server and to the client")
    if not 0 <= seed < 2**64:
        raise ValueError(f"seed: {seed} is outside 0..2**64-1")
    if not 1 <= max_events < 2**63:
        raise ValueError(f"max_events: {max_events} is outside 1..2**63-1")
    course = _core.SimulatedCourse(
        opening=opening,
        closing=closing,
        incarnations=incarnations,
        msl_ns=_nanoseconds(msl, "msl"),
        fin_wait_2_ns=_nanoseconds(fin_wait_2, "fin_wait_2"),
        user_timeout_ns=_nanoseconds(user_timeout, "user_timeout"),
        r2_ns=_nanoseconds(r2, "r2"),
    )
    with progress_bar("simulate", "event", progress) as tell:
        run = _core.simulate(
            _simulated(client),
            _simulated(server),
            _path(both[0]),
            _path(both[1]),
            seed,
            course,
            max_events,
            _nanoseconds(max_seconds, "max_seconds"),
            tell,
        )
    return Simulation(run)
