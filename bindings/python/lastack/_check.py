"""Verdicts on captures and traces."""

from __future__ import annotations

import ipaddress
import os
import stat
from collections.abc import Iterator, Sequence
from html import escape
from typing import overload

from lastack import _core
from lastack._core import ConnectionVerdict, Deviation, Policy
from lastack._ladder import Ladder, Numbers
from lastack._progress import progress_bar
from lastack._table import Table
from lastack._tables import level_of

__all__ = ["CheckResult", "check"]


class CheckResult(Sequence[ConnectionVerdict]):
    """The verdicts on the connections of one file, in the order in which they end.

    A notebook shows the deviations, or how many connections conform.
    """

    __slots__ = ("_verdicts", "error", "file", "packets", "skipped")

    file: str
    """Path of the capture or trace."""
    packets: int
    """Packets of any kind; of a trace, its events."""
    skipped: int
    """Packets that are no TCP segments."""
    error: str
    """"" when the file was read to its end; else one line that says where and why not."""

    def __init__(self, summary: _core._CheckSummary, verdicts: list[ConnectionVerdict]) -> None:
        self.file = summary["file"]
        self.packets = summary["packets"]
        self.skipped = summary["skipped"]
        self.error = summary["error"]
        self._verdicts = verdicts

    @overload
    def __getitem__(self, index: int) -> ConnectionVerdict: ...
    @overload
    def __getitem__(self, index: slice) -> list[ConnectionVerdict]: ...
    def __getitem__(self, index: int | slice) -> ConnectionVerdict | list[ConnectionVerdict]:
        return self._verdicts[index]

    def __len__(self) -> int:
        return len(self._verdicts)

    def __iter__(self) -> Iterator[ConnectionVerdict]:
        return iter(self._verdicts)

    def _count(self, verdict: str) -> int:
        return sum(v.verdict == verdict for v in self._verdicts)

    @property
    def conforms(self) -> int:
        """Verdicts "conforms"."""
        return self._count("conforms")

    @property
    def deviates(self) -> int:
        """Verdicts "deviates"."""
        return self._count("deviates")

    @property
    def inconclusive(self) -> int:
        """Verdicts "inconclusive"."""
        return self._count("inconclusive")

    @property
    def connections(self) -> Table:
        """One row a verdict.

        Columns: `connection`, its number here, from 0; `judged` and `peer`, "address:port"; `verdict`; `reason`, why it
        is inconclusive; `first_segment`, number of the packet from 1; `segments`; `states` passed through (`State`);
        `profiles` that explain it all; `mid_path`: nothing told where the tap stood, so that only what is impossible
        everywhere counts as a deviation.
        """
        names = ("connection", "judged", "peer", "verdict", "reason", "first_segment", "segments", "states", "profiles",
                 "mid_path")  # fmt: skip
        return Table(names, ((i, *(getattr(v, n) for n in names[1:])) for i, v in enumerate(self._verdicts)))

    @property
    def deviations(self) -> Table:
        """One row a deviation.

        Columns: `connection`; `segment`, number of the packet; `time`, seconds as the file has them; `state`;
        `observed`: what left, or what was left without an answer (relative numbers); `unanswered`: an answer that was
        due never left; `allowed` there, in notation; `rule` that is nearest; `section`; `level` of its requirement;
        `policies` that would have allowed it.
        """
        names = ("connection", "segment", "time", "state", "observed", "unanswered", "allowed", "rule", "section",
                 "level", "policies")  # fmt: skip
        return Table(names, (_deviation_row(i, v, d) for i, v in enumerate(self._verdicts) for d in v.deviations))

    @property
    def assumed(self) -> Table:
        """One row a call or timer that no capture shows, but that must have been.

        Columns: `connection`, `call`, `segment`: number of the packet that shows it.
        """
        rows = ((i, call, segment) for i, v in enumerate(self._verdicts) for call, segment in v.assumed)
        return Table(("connection", "call", "segment"), rows)

    def __repr__(self) -> str:
        blind = "; judged as from mid-path, for want of `host`" if any(v.mid_path for v in self._verdicts) else ""
        return (
            f"<CheckResult of {self.file}: {self.conforms} conform, {self.deviates} deviate, "
            f"{self.inconclusive} inconclusive{blind}>"
        )

    def _repr_html_(self) -> str:
        head = f"<p>{escape(repr(self)[1:-1])}{escape('; ' + self.error) if self.error else ''}</p>"
        table = self.deviations if self.deviates else self.connections
        return head + table._repr_html_()


def _notation(v: ConnectionVerdict, segment: _core.Segment, departing: bool) -> str:
    isns = (v.judged_isn, v.peer_isn) if departing else (v.peer_isn, v.judged_isn)
    return segment.notation("relative", sender_isn=isns[0], receiver_isn=isns[1])


def _deviation_row(i: int, v: ConnectionVerdict, d: Deviation) -> tuple[object, ...]:
    # What was allowed says numbers and control bits; the window is the end's own affair.
    allowed = tuple(f"{_notation(v, s, True).partition(' win ')[0]} by {rule}" for s, rule in d.allowed)
    return (i, d.segment, d.time, d.config.state, _notation(v, d.observed, not d.unanswered), d.unanswered, allowed,
            d.rule, d.section, level_of(d.rule), d.policies)  # fmt: skip


def _ladder(self: ConnectionVerdict, numbers: Numbers = "relative") -> Ladder:
    """The connection as the judged end saw it, from the captured segments, the state behind each as it is likeliest.

    ValueError when the segments were not kept (`check(..., keep_segments=False)`).
    """
    if not self.events:
        raise ValueError("the segments were not kept; check(..., keep_segments=True) keeps them")
    closed = _core.State.CLOSED
    first = self.states[0] if self.states else closed
    history = _core.History((first, closed), b_is_played=True)
    history.set_isn("a", self.judged_isn)
    history.set_isn("b", self.peer_isn)
    start_ns = self.events[0][1]
    marks = {d.segment: f"{'never answered' if d.unanswered else 'deviates'}: {d.rule}" for d in self.deviations}
    for number, time_ns, departing, segment, state in self.events:
        signals = [marks[number]] if number in marks else []
        states = (state, closed)
        time_ns -= start_ns
        history.add("departure" if departing else "arrival", "a", states, segment, signals=signals, time_ns=time_ns)
    peer = f" and {self.peer}" if self.peer else ""
    title = f"{self.judged}{peer}: {self.verdict}"
    return Ladder(history, numbers=numbers, title=title, names=(self.judged, self.peer))


_ladder.__name__ = "ladder"
_ladder.__qualname__ = "ConnectionVerdict.ladder"
ConnectionVerdict.ladder = _ladder  # type: ignore[method-assign]


def check(
    source: str | os.PathLike[str],
    *,
    host: str = "",
    policy: Policy | str | None = None,
    keep_segments: bool = True,
    progress: bool | None = None,
) -> CheckResult:
    """Verdicts on every connection of a capture (pcap, pcapng) or JSON trace (spec/trace.schema.json).

    `host` is the address, without port, of the end that is judged. Without it the capture may tell (TTL, timing);
    where it does not, both ends are judged as from mid-path. `policy` admits only these policies. `keep_segments`: for
    the ladders of the verdicts; a large capture needs much memory then. `progress`: a bar of tqdm, True always, False
    never, None when tqdm is installed and the work takes longer than a second. Ctrl-C ends it.

    FileNotFoundError, PermissionError, IsADirectoryError as `open` raises them; ValueError when nothing in the file
    could be read, and for what is no regular file, such as a pipe. A file that breaks off is judged up to there, and
    `CheckResult.error` says so.
    """
    try:
        ipaddress.ip_address(host or "::")
    except ValueError:
        raise ValueError(f"host: {host!r} is no address; it has no port") from None
    path = os.fspath(source)
    mode = os.stat(path).st_mode
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):  # it is read twice, to see what it is
        raise ValueError(f"{path}: no regular file")
    with open(path, "rb"):  # Python's own kinds of error, before any work
        pass
    with progress_bar(f"check {os.path.basename(path)}", "B", progress) as tell:
        summary, verdicts = _core.check_file(os.fsencode(path), host, policy, keep_segments, tell)
    if summary["error"] and not verdicts:
        raise ValueError(summary["error"])
    return CheckResult(summary, verdicts)
