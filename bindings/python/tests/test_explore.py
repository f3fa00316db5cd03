"""Every state that two ends can reach: counts, arrays, paths, properties, graphs."""

import gc
import sys
import weakref
from typing import Any

import lastack
import networkx as nx
import numpy as np
import pytest
from lastack import Config, Exploration, Segment, State, explore


@pytest.fixture(scope="module")
def plain() -> Exploration:
    """Nothing is lost and no text is sent."""
    return explore(data=0)


@pytest.fixture(scope="module")
def broken() -> Exploration:
    """SYN-SENT turns the guard round by which it believes a SYN,ACK."""
    return explore(data=0, loss=1, inverted="3.10.7.3-4-SYNACK")


# ---- what is counted


def test_a_system_that_can_be_counted_by_hand() -> None:
    # A may only listen, and B does nothing: CLOSED, LISTEN, and CLOSED again with no OPEN left.
    e = explore(opens=(1, 0), data=0, call=(False, True))
    assert (len(e), e.counts["moves"], e.counts["depth"], e.complete) == (3, 2, 2, True)
    assert e.states["a"].tolist() == [State.CLOSED.value, State.LISTEN.value, State.CLOSED.value]
    assert e.states["b"].tolist() == [0, 0, 0]
    assert e.states["depth"].tolist() == [0, 1, 2]
    assert e.states["parent"].tolist() == [0, 0, 1]
    assert e.moves["from"].tolist() == [0, 1] and e.moves["to"].tolist() == [1, 2]
    assert [e.move_kinds[kind] for kind in e.moves["kind"]] == ["call", "call"]
    assert [e.call_kinds[what] for what in e.moves["what"]] == ["open_passive", "close"]
    assert e.moves["end"].tolist() == [0, 0]
    assert e.levels.tolist() == [1, 1, 1]
    assert e.words((0, 0)) == ["A: OPEN passive", "A: CLOSE"]
    assert e.counts["without_a_move"] == 1


def test_counts_agree_with_each_other(plain: Exploration) -> None:
    counts = plain.counts
    assert plain.complete and counts["ended"] == "complete"
    assert len(plain) == len(plain.states) == counts["states"] == plain.levels.sum() == plain.pairs.sum()
    assert len(plain.moves) == counts["moves"]
    assert counts["depth"] == len(plain.levels) - 1 == plain.states["depth"].max()
    assert plain.levels.tolist() == np.bincount(plain.states["depth"]).tolist()
    pairs = np.zeros((11, 11), np.uint64)
    np.add.at(pairs, (plain.states["a"], plain.states["b"]), np.uint64(1))
    assert (pairs == plain.pairs).all()
    assert counts["without_a_move"] == len(plain) - len(np.unique(plain.moves["from"]))
    assert counts["channels"] == len(np.unique([plain.states["channel_ab"], plain.states["channel_ba"]]))
    # The book of what has happened tells apart what is one state without it.
    assert counts["observed"]["states"] >= counts["states"] and counts["observed"]["ended"] == "complete"
    assert explore(data=0, properties=False).counts["observed"] is None


def test_more_may_happen_where_more_is_allowed(plain: Exploration) -> None:
    sizes = [len(explore(data=0, loss=n, properties=False)) for n in range(3)]
    assert sizes == sorted(set(sizes)) and sizes[0] == len(plain)
    assert len(explore(data=0, eager=True, properties=False)) < len(plain)
    assert len(explore(data=0, reordering=True, properties=False)) > len(plain)
    one_way = explore(data=0, properties=False, call=(True, False), listen=(False, True))
    assert one_way.find(State.LISTEN, State.CLOSED) is None, "A never listens"
    assert plain.find(State.LISTEN, State.CLOSED) is not None


# ---- arrays


def test_states_stand_breadth_first(plain: Exploration) -> None:
    states, moves = plain.states, plain.moves
    indices = np.arange(len(plain))
    assert states["parent"][0] == 0 == states["depth"][0]
    assert (states["parent"][1:] < indices[1:]).all()
    assert (np.diff(states["depth"].astype(int)) >= 0).all()
    assert (states["depth"][states["parent"]][1:] + 1 == states["depth"][1:]).all()
    assert (np.diff(moves["from"].astype(int)) >= 0).all()
    assert (states["depth"][moves["to"]].astype(int) <= states["depth"][moves["from"]].astype(int) + 1).all()
    edges = set(zip(moves["from"].tolist(), moves["to"].tolist(), strict=True))
    assert all((parent, i) in edges for i, parent in enumerate(states["parent"].tolist()) if i)
    assert len(np.unique(states[["local_a", "local_b", "channel_ab", "channel_ba", "budgets"]])) == len(plain)


def test_the_dtypes_are_as_documented(plain: Exploration) -> None:
    fields = {name: plain.states.dtype[name].str.lstrip("<>|") for name in plain.states.dtype.names or ()}
    assert fields == {"a": "u1", "b": "u1", "local_a": "u4", "local_b": "u4", "channel_ab": "u4", "channel_ba": "u4",
                      "budgets": "u2", "depth": "u4", "parent": "u4"}  # fmt: skip
    fields = {name: plain.moves.dtype[name].str.lstrip("<>|") for name in plain.moves.dtype.names or ()}
    assert fields == {"from": "u4", "to": "u4", "kind": "u1", "end": "u1", "what": "u1", "index": "u2"}
    assert plain.levels.dtype == plain.pairs.dtype == np.uint64 and plain.pairs.shape == (11, 11)


def test_arrays_copy_nothing_and_outlive_the_exploration() -> None:
    e = explore(data=0, properties=False)
    for array in (e.states, e.moves):
        assert not array.flags.owndata and not array.flags.writeable
        with pytest.raises(ValueError, match="read-only"):
            array[0] = array[1]
    # Another array over the same memory.
    again = e._explored.states()
    assert again is not e.states and np.shares_memory(again, e.states)
    states, moves, part = e.states, e.moves, e.states["parent"][10:20]
    kept = [array.copy() for array in (states, moves, part)]
    gone = weakref.ref(e._explored) if hasattr(type(e._explored), "__weakref__") else None
    references = sys.getrefcount(states)
    del e, again
    gc.collect()
    assert gone is None or gone() is None
    assert sys.getrefcount(states) < references, "the Exploration held one"
    filler = [explore(data=0, properties=False).states for _ in range(3)]  # takes the memory if it was given back
    assert all((a == b).all() for a, b in zip((states, moves, part), kept, strict=True))
    del states, filler
    gc.collect()
    assert (part == kept[2]).all()


def test_a_run_says_the_same_twice() -> None:
    one, other = (explore(data=1, loss=1, properties=False) for _ in range(2))
    assert (one.states == other.states).all() and (one.moves == other.moves).all()
    assert one.path_to(State.TIME_WAIT) == other.path_to(State.TIME_WAIT)
    many = explore(data=1, loss=1, properties=False, threads=4)
    assert many.levels.tolist() == one.levels.tolist() and (many.pairs == one.pairs).all()
    assert many.counts["moves"] == one.counts["moves"]


# ---- one state, one path


def test_a_state_is_told(plain: Exploration) -> None:
    first = plain.at(0)
    assert first["a"] == first["b"] == Config()
    assert first["channel_ab"] == first["channel_ba"] == () and set(first["budgets"].values()) == {0}
    index = plain.find(State.SYN_SENT, State.LISTEN)
    assert index is not None and plain.find(State.LISTEN, State.ESTABLISHED) is None
    there = plain.at(index)
    assert (there["a"].state, there["b"].state) == (State.SYN_SENT, State.LISTEN)
    sent = [s for i in range(len(plain)) for s in plain.at(i)["channel_ab"]]
    assert all(isinstance(s, Segment) for s in sent) and any(s.syn for s in sent) and any(s.fin for s in sent)
    lossy = explore(loss=2, data=0, properties=False)
    assert {lossy.at(i)["budgets"]["loss"] for i in range(0, len(lossy), 7)} == {0, 1, 2}
    for wrong in (-1, len(plain)):
        with pytest.raises(IndexError, match=f"state {wrong} is outside"):
            plain.at(wrong)


def test_paths_are_shortest(plain: Exploration) -> None:
    graph = plain.to_networkx(abstract=False)
    nearest = nx.single_source_shortest_path_length(graph, 0)
    for index in (0, 1, 100, len(plain) - 1):
        assert len(plain.path_to(index)) == nearest[index] == plain.states["depth"][index]
    # A opens, its SYN leaves, B listens, the SYN arrives, the SYN,ACK leaves and arrives.
    assert len(plain.path_to(State.ESTABLISHED)) == 6
    assert len(plain.path_to((State.ESTABLISHED, State.ESTABLISHED))) == 8
    with pytest.raises(LookupError, match="LISTEN and ESTABLISHED"):
        plain.path_to((State.LISTEN, State.ESTABLISHED))


def test_a_path_is_played(plain: Exploration) -> None:
    for where in (State.TIME_WAIT, (State.CLOSING, State.TIME_WAIT), len(plain) - 1):
        path = plain.path_to(where)
        run = plain.run(path, title="A title")
        assert run.ok and run.title == "A title" and lastack.play(plain.case(path)).ok
        assert len(plain.words(path)) == len(path)
        end = plain.at(len(plain) - 1)
        if isinstance(where, int):
            assert (run.client, run.server) == (end["a"], end["b"])
        elif isinstance(where, tuple):
            assert (run.client.state, run.server.state) == where
    assert "TIME-WAIT" in plain.ladder(State.TIME_WAIT).text
    with pytest.raises(IndexError):
        plain.words((99,))
    with pytest.raises(ValueError, match="nothing happens"):
        plain.case(())


# ---- properties


def test_everything_holds_of_the_lifecycle_itself(plain: Exploration) -> None:
    answers = {row["property"]: row["answer"] for row in plain.decisions}
    assert set(answers.values()) == {"holds", "vacuous"} and len(plain.violated) == 0
    # Opens and closes may cross (RFC 9293 Figures 8 and 13); without a crash no end is half-open.
    assert answers["R3"] == answers["R4"] == answers["U2"] == "holds" and answers["R7"] == "vacuous"
    witness = plain.decisions.where(property="R4")[0]
    assert witness["sometimes"] and "CLOSING" in plain.run(witness["path"]).ladder.text
    assert plain.decisions.where(property="L6")[0]["liveness"]
    assert len(plain.fairness) >= 3


def test_a_fault_has_a_counterexample(broken: Exploration) -> None:
    answers = {row["property"]: row["answer"] for row in broken.decisions}
    assert answers["S33"] == "violated", "spec/properties.toml names the fault"
    assert "violated" in repr(broken)
    for row in broken.violated:
        run = broken.run(row["path"], row["cycle"])
        assert run.ok and run.fault == "inverted 3.10.7.3-4-SYNACK"
    never_ends = explore(data=0, without="3.10.8-TW").violated
    assert "L6" in never_ends.column("property")
    assert all(row["liveness"] for row in never_ends.where(property="L6"))


def test_properties_are_decided_only_when_asked_for(plain: Exploration) -> None:
    assert len(explore(data=0, properties=False).decisions) == 0
    # An old SYN that crosses a new one leaves two ends that only R2 tells apart.
    crossed = explore(data=0, opens=(2, 1)).decisions.where(property="U2")[0]
    assert crossed["answer"] == "holds" and crossed["needs_r2"]
    assert not plain.decisions.where(property="U2")[0]["needs_r2"]
    safety = explore(data=0, liveness=False, without="3.10.8-TW")
    assert safety.decisions.where(property="S1")[0]["answer"] == "holds"
    assert "L6" not in safety.violated.column("property")


@pytest.mark.parametrize("limit", [{"states": 1000}, {"memory": 0.002}, {"time": 0.02}], ids=str)
def test_a_run_that_is_cut_says_so(limit: dict[str, Any]) -> None:
    e = explore(loss=3, duplicates=3, reordering=True, properties=False, **limit)
    assert not e.complete and e.counts["ended"] == next(iter(limit)) and "cut" in repr(e)
    assert len(e) == len(e.states) == e.levels.sum() > 0
    assert (e.states["parent"][1:] < np.arange(1, len(e))).all()
    assert len(e.moves) <= e.counts["moves"] and (e.moves["to"] < len(e)).all()
    answers = explore(loss=1, states=500).decisions.column("answer")
    assert "open" in answers and "vacuous" not in answers


# ---- for others


def test_the_graph_of_pairs(plain: Exploration) -> None:
    graph = plain.to_networkx()
    assert isinstance(graph, nx.DiGraph) and not graph.is_multigraph()
    assert sum(count for _, count in graph.nodes(data="states")) == len(plain)
    assert sum(count for _, _, count in graph.edges(data="moves")) == len(plain.moves)
    both = (State.ESTABLISHED, State.ESTABLISHED)
    assert graph.nodes[both]["states"] == plain.pairs[4, 4]
    assert nx.has_path(graph, (State.CLOSED, State.CLOSED), both)
    edge = graph.edges[(State.CLOSED, State.CLOSED), (State.LISTEN, State.CLOSED)]
    assert edge["kinds"] == ("call",)


def test_the_graph_of_states() -> None:
    e = explore(opens=(1, 0), data=0, call=(False, True), properties=False)
    graph = e.to_networkx(abstract=False)
    assert graph.is_multigraph()
    assert dict(graph.nodes(data=True))[1] == {"a": State.LISTEN, "b": State.CLOSED, "depth": 1}
    assert [d for _, _, d in graph.edges(data=True)] == [
        {"kind": "call", "end": "a", "what": "open_passive", "index": e.moves["index"][0]},
        {"kind": "call", "end": "a", "what": "close", "index": e.moves["index"][1]},
    ]
    large = explore(loss=1, duplicates=1, states=200_001, properties=False)
    with pytest.raises(ValueError, match="too many for a graph"):
        large.to_networkx(abstract=False)


def test_pandas(plain: Exploration) -> None:
    states = plain.to_pandas()
    assert len(states) == len(plain) and list(states.columns) == list(plain.states.dtype.names or ())
    assert states["a"].iloc[0] == "CLOSED"
    assert (states["a"] > "LAST-ACK").sum() == plain.pairs[10].sum(), "categories are ordered"
    pairs = plain.pairs_to_pandas()
    assert pairs.loc["CLOSING", "TIME-WAIT"] == plain.pairs[8, 10]
    assert (pairs.index.name, pairs.columns.name) == ("A", "B")


def test_the_matrix_is_a_picture(plain: Exploration) -> None:
    svg = plain._repr_svg_()
    assert svg == plain.matrix.svg and svg.startswith("<svg")
    assert f"A CLOSING, B TIME-WAIT: {plain.pairs[8, 10]} states" in svg


# ---- what is asked for


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"loss": 256}, "loss: 256 is outside 0..255"),
        ({"data": -1}, "data: -1 is outside 0..255"),
        ({"data": (1, 2, 3)}, "data: one value, or one of A and one of B, not 3"),
        ({"capacity": 0}, "capacity: 0 is outside 1..8"),
        ({"segment": 0}, "segment: 0 is outside 1..65535"),
        ({"isn": "above"}, "no such isn"),
        ({"policy": "bsd"}, "bsd"),
        ({"without": "3.10.8-TX"}, "without: no rule"),
        ({"inverted": ""}, "inverted: no rule"),
        ({"variant": "four-way"}, "no such variant"),
        ({"memory": 0}, "memory: 0 is not above 0"),
        ({"time": -1.0}, "time: -1.0 is not above 0"),
        ({"states": 0}, "states: 0 is outside"),
        ({"threads": -1}, "threads: -1 is outside"),
        ({"loss": 255, "duplicates": 255, "crashes": 1}, "more than 65536 combinations"),
    ],
    ids=str,
)
def test_what_is_out_of_range_is_refused(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        explore(**wrong)


@pytest.mark.parametrize("wrong", [{"loss": 0.5}, {"loss": True}, {"listen": 1}, {"eager": "no"}], ids=str)
def test_what_is_of_another_type_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match=next(iter(wrong))):
        explore(**wrong)


def test_policies_and_variants_are_taken() -> None:
    assert len(explore(data=0, policy="linux", properties=False)) > 0
    assert len(explore(data=0, policy=("rfc793", None), properties=False)) > 0
    two_way = explore(data=0, variant="two-way-handshake")
    assert "variant two-way-handshake" in two_way.bounds and len(two_way.violated) > 0
    assert two_way.run(two_way.violated[0]["path"]).fault == "variant two-way-handshake"
