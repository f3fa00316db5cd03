"""Every state that two ends and the network between them can reach."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, SupportsIndex

from lastack import _core
from lastack._case import CaseRun
from lastack._core import Policy, State
from lastack._ladder import Ladder, Numbers
from lastack._matrix import heat_map
from lastack._picture import Picture
from lastack._progress import progress_bar
from lastack._table import Table

if TYPE_CHECKING:
    import networkx as nx
    import numpy as np
    import numpy.typing as npt
    import pandas as pd

__all__ = ["Exploration", "explore"]

_Isn = Literal["beyond", "inside", "same", "behind"]
_STATES = tuple(State)
_CALLS = ("open_passive", "open_active", "send", "receive", "close", "abort", "status")
_TIMEOUTS = ("user", "retransmission", "time_wait", "fin_wait_2")
_MOST_NODES = 200_000


class Exploration:
    """What `explore` found: the states, the moves between them, what holds in all of them.

    A state has an index, from 0, the initial state, on: breadth first, so that no state stands before one that is
    nearer to the initial one. A path is the numbers of moves, each among those of its state, from the initial state
    on; it means the same in every run with the same bounds. A notebook shows `matrix`.
    """

    __slots__ = ("_explored", "_moves", "_states")

    move_kinds: tuple[str, ...] = _core.move_kinds()
    """What the numbers `kind` of `moves` mean."""
    call_kinds: tuple[str, ...] = _CALLS
    """What the numbers `what` of a call mean."""
    timeout_kinds: tuple[str, ...] = _TIMEOUTS
    """What the numbers `what` of a timeout mean."""

    def __init__(self, explored: _core.Explored) -> None:
        self._explored = explored
        self._states: npt.NDArray[np.void] | None = None
        self._moves: npt.NDArray[np.void] | None = None

    # ---- what was found

    @property
    def bounds(self) -> str:
        """What a run might contain, in words."""
        return self._explored.bounds

    @property
    def complete(self) -> bool:
        """There are no other states: nothing cut the run."""
        return self._explored.system["ended"] == "complete"

    @property
    def counts(self) -> dict[str, Any]:
        """`states`, `moves`, `depth` (moves of the longest of the shortest paths), `octets` of memory and `seconds` of
        the run, `ended` ("complete", or the limit that cut it: "states", "memory", "time"); how many different `ends`
        (connection records), `channels` (contents of a direction) and `segments` there are; how many states are
        `without_a_move`; and `observed`, the first six of the run that the properties were held against, whose states
        are these and what properties need of the past, or None.
        """
        ends, channels, segments, resting = self._explored.tables
        return {
            **self._explored.system,
            "ends": ends,
            "channels": channels,
            "segments": segments,
            "without_a_move": resting,
            "observed": self._explored.observed,
        }

    def __len__(self) -> int:
        return len(self._explored)

    @property
    def states(self) -> npt.NDArray[np.void]:
        """One record a state, by index: a read-only structured array over the memory of the explorer. Needs NumPy.

        It may outlive the Exploration. Fields: `a`, `b` (uint8), the states of A and B, as `State(n)`; `local_a`,
        `local_b` (uint32), numbers of their whole connection records with what their users may still do; `channel_ab`,
        `channel_ba` (uint32), numbers of what is under way, 0 for nothing; `budgets` (uint16), number of what is left
        of the bounds; `depth` (uint32), moves from the initial state; `parent` (uint32), index of a state one move
        before, of the initial state its own. `at` tells what the numbers stand for.
        """
        if self._states is None:
            self._states = self._explored.states()
        return self._states

    @property
    def moves(self) -> npt.NDArray[np.void]:
        """One record a move, in the order of the states that they leave: read-only, made when first asked for.

        Needs NumPy. Fields: `from`, `to` (uint32), indices of states; `kind` (uint8), see `move_kinds`; `end` (uint8),
        0 for A and 1 for B, the one that it happens to; `what` (uint8), of a call and a timeout which, see `call_kinds`
        and `timeout_kinds`; `index` (uint16), among the moves of this kind that the end has there. Of a run that was
        cut, only those of the states whose moves were all taken. Ctrl-C ends the making.
        """
        if self._moves is None:
            with progress_bar("moves", "state", None) as tell:
                self._moves = self._explored.moves(tell)
        return self._moves

    @property
    def levels(self) -> npt.NDArray[np.uint64]:
        """How many states there are at each depth, from 0: uint64, shape (depth + 1,). Needs NumPy."""
        return self._explored.levels

    @property
    def pairs(self) -> npt.NDArray[np.uint64]:
        """How many states have A in one state (rows) and B in another (columns), in the order of `State`.

        uint64, shape (11, 11). Needs NumPy.
        """
        return self._explored.pairs

    @property
    def matrix(self) -> Picture:
        """`pairs` as a heat map, shaded by logarithm. Needs NumPy."""
        names = [str(state) for state in _STATES]
        return heat_map(
            [f"A {name}" for name in names],
            [f"B {name}" for name in names],
            self.pairs.tolist(),
            title=f"States by the states of A and B: {self.bounds}",
            unit=("state", "states"),
            logarithmic=True,
            zero="never together",
        )

    @property
    def decisions(self) -> Table:
        """One row a property of spec/properties.toml that was decided; none with `properties=False`.

        Columns: `property`, its id; `sentence`; `answer`: "holds", "violated", "vacuous" (it had nothing to say within
        these bounds) or "open" (not violated so far, but the run was cut); `sometimes`: it says that something can
        happen; `liveness`: it speaks of runs without end, in which all of `fairness` is done; `needs_r2`: it holds
        because R2 is finite (RFC 9293 3.8.3), for else ends could retransmit for ever; `path`: of what is violated a
        shortest counterexample, of what holds a shortest witness, or (); `cycle`: what comes again and again behind the
        path, or ().
        """
        return Table(
            ("property", "sentence", "answer", "sometimes", "liveness", "needs_r2", "path", "cycle"),
            self._explored.decisions,
        )

    @property
    def violated(self) -> Table:
        """The rows of `decisions` whose answer is "violated"."""
        return self.decisions.where(answer="violated")

    fairness: tuple[str, ...] = tuple(_core.fairness())
    """What is sooner or later done in a run without end, in words."""

    # ---- one state, one path

    def at(self, index: SupportsIndex) -> dict[str, Any]:
        """What a state is: `a` and `b` (`Config`), `channel_ab` and `channel_ba` (the Segments under way, the oldest
        first unless they may be reordered), `budgets` (what is left, by the keywords of `explore`).

        Raises IndexError when there is no such state.
        """
        return self._explored.at(self._index(index))

    def find(self, a: State, b: State | None = None) -> int | None:
        """The index of the first state with A in state `a` and B in state `b`; of `a` alone, with either end in it.

        None when there is none.
        """
        return self._explored.first(a, b)

    def path_to(self, where: SupportsIndex | State | tuple[State, State]) -> tuple[int, ...]:
        """A shortest path to a state: by its index, the State of either end, or those of A and B.

        Raises LookupError when no state is like this.
        """
        if isinstance(where, State | tuple):
            pair = where if isinstance(where, tuple) else (where, None)
            found = self.find(*pair)
            if found is None:
                yet = "" if self.complete else " so far"
                raise LookupError(f"none of the {len(self)} states{yet} is {' and '.join(str(s) for s in pair if s)}")
            return self._explored.path(found)
        return self._explored.path(self._index(where))

    def words(self, path: Sequence[int], cycle: Sequence[int] = ()) -> list[str]:
        """What each move of a path is: "A: OPEN active", "A->B lost: S 100:100(0) win 65535".

        Raises IndexError where a state has no move of the number.
        """
        return self._explored.walk(list(path), list(cycle), "", [])[0]

    def case(self, path: Sequence[int], cycle: Sequence[int] = (), title: str = "") -> str:
        """The run along a path, and once round the cycle, as the text of a case file (spec/case-files.md).

        Raises IndexError where a state has no move of the number, and ValueError when nothing happens on the path.
        """
        numbers = " ".join(map(str, path)) + (f" ({' '.join(map(str, cycle))})" if cycle else "")
        comment = [f"lastack explore: {self.bounds}", f"path {numbers}"]
        _, text = self._explored.walk(list(path), list(cycle), title or "A run of the explorer", comment)
        if not text:
            raise ValueError("nothing happens on this path")
        return text

    def run(
        self, path: Sequence[int], cycle: Sequence[int] = (), *, title: str = "", numbers: Numbers = "relative"
    ) -> CaseRun:
        """The run along a path, played: what `lastack.play` makes of `case`. A notebook shows its ladder."""
        return CaseRun("path.case", self.case(path, cycle, title), numbers)

    def ladder(self, where: SupportsIndex | State | tuple[State, State]) -> Ladder:
        """The run along `path_to(where)` as a ladder."""
        return self.run(self.path_to(where)).ladder

    def _index(self, index: SupportsIndex) -> int:
        n = operator.index(index)
        if not 0 <= n < len(self):
            raise IndexError(f"state {n} is outside 0..{len(self) - 1}")
        return n

    # ---- for others

    def pairs_to_pandas(self) -> pd.DataFrame:
        """`pairs` as a DataFrame, which needs pandas: rows `A`, columns `B`, by the names of the states."""
        import pandas as pd

        names = [str(state) for state in _STATES]
        return pd.DataFrame(self.pairs, index=pd.Index(names, name="A"), columns=pd.Index(names, name="B"))

    def to_pandas(self) -> pd.DataFrame:
        """`states` as a DataFrame, which needs pandas: `a` and `b` are ordered categories, the names of the states."""
        import pandas as pd

        states = self.states
        names = pd.CategoricalDtype([str(state) for state in _STATES], ordered=True)
        columns: dict[str, Any] = {name: states[name] for name in states.dtype.names or ()}
        for end in ("a", "b"):
            columns[end] = pd.Categorical.from_codes(states[end].astype("int8"), dtype=names)
        return pd.DataFrame(columns)

    def to_networkx(self, *, abstract: bool = True) -> nx.MultiDiGraph[Any] | nx.DiGraph[Any]:
        """The states and moves as a graph, which needs networkx and NumPy.

        Abstract: a DiGraph of pairs (State of A, State of B), each with `states`, how many there are; an edge for the
        moves from one pair to another or itself, with `moves`, how many, and `kinds`, a tuple of names. Otherwise a
        MultiDiGraph of all states by index, each with `a`, `b` and `depth`; an edge for each move with `kind`, `end`
        ("a", "b"), `what` (of a call or timeout, else "") and `index`. That takes a kilobyte a state and more, so
        ValueError for more than 200 000 states.
        """
        import networkx as nx
        import numpy as np

        if not abstract and len(self) > _MOST_NODES:
            raise ValueError(
                f"{len(self)} states are too many for a graph of Python objects (at most {_MOST_NODES}); "
                "abstract=True makes one of pairs of states, and `states` and `moves` are arrays"
            )
        states, moves = self.states, self.moves
        if abstract:
            graph: nx.DiGraph[Any] = nx.DiGraph(bounds=self.bounds)
            for (i, j), count in np.ndenumerate(self.pairs):
                if count:
                    graph.add_node((_STATES[i], _STATES[j]), states=int(count))
            pair = states["a"].astype(np.int64) * 11 + states["b"]
            kinds = len(self.move_kinds)
            keys, counts = np.unique(
                (pair[moves["from"]] * 121 + pair[moves["to"]]) * kinds + moves["kind"], return_counts=True
            )
            for key, count in zip(keys.tolist(), counts.tolist(), strict=True):
                both, kind = divmod(key, kinds)
                one, other = ((_STATES[p // 11], _STATES[p % 11]) for p in divmod(both, 121))
                if not graph.has_edge(one, other):
                    graph.add_edge(one, other, moves=0, kinds=())
                edge = graph.edges[one, other]
                edge["moves"] += count
                edge["kinds"] += (self.move_kinds[kind],)
            return graph
        whole: nx.MultiDiGraph[Any] = nx.MultiDiGraph(bounds=self.bounds)
        nodes = zip(states["a"].tolist(), states["b"].tolist(), states["depth"].tolist(), strict=True)
        whole.add_nodes_from((i, {"a": _STATES[a], "b": _STATES[b], "depth": d}) for i, (a, b, d) in enumerate(nodes))
        columns = (moves[name].tolist() for name in ("from", "to", "kind", "end", "what", "index"))
        for from_, to, kind, end, what, index in zip(*columns, strict=True):
            word = self.move_kinds[kind]
            of = _CALLS[what] if word == "call" else _TIMEOUTS[what] if word == "timeout" else ""
            whole.add_edge(from_, to, kind=word, end="ab"[end], what=of, index=index)
        return whole

    def __repr__(self) -> str:
        counts = self._explored.system
        cut = "" if self.complete else f", cut by {counts['ended']}"
        wrong = len(self.violated)
        said = f"; {wrong} properties violated" if wrong else ""
        return f"<Exploration of {self.bounds}: {counts['states']} states, {counts['moves']} moves{cut}{said}>"

    def _repr_svg_(self) -> str:
        return self.matrix.svg


def _number(what: str, value: SupportsIndex, most: int, least: int = 0) -> int:
    if isinstance(value, bool):
        raise TypeError(f"{what}: {value} is no number")
    try:
        n = operator.index(value)
    except TypeError:
        raise TypeError(f"{what}: {value!r} is no whole number") from None
    if not least <= n <= most:
        raise ValueError(f"{what}: {n} is outside {least}..{most}")
    return n


def _both(what: str, value: Any) -> tuple[Any, Any]:
    """Of A and of B: what is no tuple or list is for both."""
    if not isinstance(value, tuple | list):
        return (value, value)
    if len(value) != 2:
        raise ValueError(f"{what}: one value, or one of A and one of B, not {len(value)}")
    return (value[0], value[1])


def _flags(what: str, value: Any) -> tuple[bool, bool]:
    both = _both(what, value)
    for one in both:
        if not isinstance(one, bool):
            raise TypeError(f"{what}: {one!r} is neither True nor False")
    return both


def _limit(what: str, value: float | None) -> float | None:
    if value is not None and not 0 < value < 1e15:
        raise ValueError(f"{what}: {value} is not above 0")
    return value


def explore(
    *,
    loss: int = 0,
    duplicates: int = 0,
    reordering: bool = False,
    data: int | tuple[int, int] = 1,
    opens: int | tuple[int, int] = 1,
    early_retransmissions: int = 0,
    aborts: int = 0,
    give_ups: int = 0,
    injections: int = 0,
    crashes: int = 0,
    capacity: int = 3,
    segment: int = 65535,
    window: int | tuple[int, int] = 65535,
    isn: _Isn | tuple[_Isn, _Isn] = "beyond",
    listen: bool | tuple[bool, bool] = True,
    call: bool | tuple[bool, bool] = True,
    close: bool | tuple[bool, bool] = True,
    receive_ahead: bool = False,
    eager: bool = False,
    blind: bool = False,
    policy: Policy | str | None | tuple[Policy | str | None, Policy | str | None] = None,
    variant: str | None = None,
    without: str | None = None,
    inverted: str | None = None,
    properties: bool = True,
    liveness: bool = True,
    threads: int = 1,
    memory: float | None = None,
    time: float | None = None,
    states: int | None = None,
    progress: bool | None = None,
) -> Exploration:
    """Every state that two ends, their users and the network between them can reach, and what holds in all of them.

    Nothing has a clock: whatever may happen next may happen, so a run is any order of events. What may happen is
    bounded. A tuple is of A and of B.

    For the whole run, 0 to 255 each: segments that get lost (`loss`) and that arrive twice (`duplicates`),
    `early_retransmissions` (a retransmission timeout in a quiet network costs nothing), `aborts`, `give_ups` (user
    timeouts, RFC 9293 3.8.3), `injections` of forged or ancient segments, `crashes` (an end forgets everything).
    `data`: octets that each user sends in an incarnation, one a SEND; `opens`: OPENs of each user. `capacity`: segments
    under way in each direction, 1 to 8; `segment`: octets of text in one, at most. `reordering`: any of those under way
    may arrive next, otherwise the oldest.

    The ends: `window`, their receive windows in octets; `isn`, where the next incarnation's ISS lies, seen from the
    numbers of the one before: "beyond" them (RFC 9293 3.4.1), "inside" their window, the "same", "behind"; whether
    users `listen`, `call` (OPEN actively) and `close`; `receive_ahead`, RECEIVE before there is anything; `eager`, of
    what may leave the first leaves, instead of any; `blind`, injections never hit the number that is expected; `policy`,
    see `Policy`, what it leaves open at its first reading; `variant`, a protocol with a piece left out (see `cases`
    that begin with "why"); `without` and `inverted`, a rule that is switched off or whose guard is turned round.

    `properties=False` decides nothing, and is more than ten times quicker; `liveness=False` leaves out the properties
    of runs without end. `threads`: 0 for all cores. With one, everything is the same in each run; with more, the order
    of states of equal depth and the choice among paths of equal length may differ, and nothing else. Limits, of each of
    the two runs: `memory` of the explorer in GiB (by default half of what the machine has free), `time` in seconds,
    `states`, about; a run that meets one is cut, and what it found counts. `progress`: see `check`. Ctrl-C ends it.

    Raises ValueError for what is out of range, no rule or no variant, and where bounds are too wide to be told apart.
    """
    given: dict[str, Any] = {
        "opens": tuple(_number("opens", n, 255) for n in _both("opens", opens)),
        "data": tuple(_number("data", n, 255) for n in _both("data", data)),
        "window": tuple(_number("window", n, 0x3FFF_FFFF) for n in _both("window", window)),
        "isn": _both("isn", isn),
        "policy": _both("policy", policy),
        "listen": _flags("listen", listen),
        "call": _flags("call", call),
        "close": _flags("close", close),
        "capacity": _number("capacity", capacity, 8, 1),
        "segment": _number("segment", segment, 65535, 1),
        "variant": variant,
        "without": without,
        "inverted": inverted,
    }
    budgets = {"loss": loss, "duplicates": duplicates, "early_retransmissions": early_retransmissions,
               "aborts": aborts, "give_ups": give_ups, "injections": injections, "crashes": crashes}  # fmt: skip
    flags = {"reordering": reordering, "receive_ahead": receive_ahead, "eager": eager, "blind": blind}
    given |= {what: _number(what, n, 255) for what, n in budgets.items()}
    given |= {what: _flags(what, value)[0] for what, value in flags.items()}
    octets = _limit("memory", memory)
    with progress_bar("explore", "state", progress) as tell:
        explored = _core.explore(
            given,
            properties,
            properties and liveness,
            _number("threads", threads, 1024),
            None if octets is None else int(octets * 2**30),
            _limit("time", time),
            None if states is None else _number("states", states, 2**62, 1),
            tell,
        )
    return Exploration(explored)
