"""Whole runs of two ends over a described network."""

from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lastack import End, Network, State, check, play, simulate
from lastack._simulate import Closing, Opening

# What a judge of this file's end can be told: a trace has no word for a crash.
CLOSINGS = [c for c in get_args(Closing) if "crash" not in c]

networks = st.builds(
    Network,
    loss=st.sampled_from([0.0, 0.1, 0.3]),
    duplicate=st.sampled_from([0.0, 0.2]),
    reorder=st.sampled_from([0.0, 0.2]),
    latency=st.sampled_from([1e-9, 0.001, 0.1, 2.0]),
    jitter=st.sampled_from([0.0, 0.05]),
)
ends = st.builds(
    End,
    policy=st.sampled_from([None, "rfc9293", "linux", "rfc793"]),
    octets=st.integers(0, 20_000),
    rcv_wnd=st.sampled_from([0, 100, 5000, 65535]),
    iss=st.none() | st.sampled_from([0, 2**32 - 1, 2**31]),
    mss=st.none() | st.sampled_from([1400, 536, 88]),
    timestamps=st.booleans(),
    sack_permitted=st.booleans(),
    reads_late=st.booleans(),
)


def judged(trace: str, tmp_path: Path) -> list[str]:
    file = tmp_path / "trace.jsonl"
    file.write_text(trace, encoding="utf-8")
    result = check(file, progress=False)
    assert result.error == ""
    assert len(result) >= 1
    return [
        f"{v.verdict} {v.reason} {v.deviations and v.deviations[0].rule}" for v in result if v.verdict != "conforms"
    ]


def test_a_quiet_network() -> None:
    # One handshake, one request, a normal close: each segment takes 10 ms, TIME-WAIT two of 120 s.
    run = simulate(End(octets=1000, iss=100), End(octets=2000, iss=300), seed=1)
    assert run.ended == "closed"
    assert (run.client.state, run.server.state) == (State.CLOSED, State.CLOSED)
    assert run.path("client")[:3] == (State.CLOSED, State.SYN_SENT, State.ESTABLISHED)
    assert run.path("client")[-2:] == (State.TIME_WAIT, State.CLOSED)
    assert run.path("server")[:4] == (State.CLOSED, State.LISTEN, State.SYN_RECEIVED, State.ESTABLISHED)
    assert 240 < run.duration < 300
    client, server = run.traffic
    assert (client["end"], server["end"]) == ("client", "server")
    assert (client["accepted"], server["delivered"]) == (1000, 1000)
    assert (server["accepted"], client["delivered"]) == (2000, 2000)
    assert client["lost"] == server["lost"] == client["retransmitted"] == server["retransmitted"] == 0
    assert not client["gave_up"] and not server["gave_up"]
    times = run.events.column("time")
    assert times == sorted(times)
    assert times[-1] == run.duration
    assert {row["end"] for row in run.events} == {"client", "server"}
    assert "2 of" not in repr(run)
    assert run._repr_svg_().startswith("<svg ")
    assert len(run.events.to_pandas()) == len(run.events)


@given(
    ends,
    ends,
    networks,
    st.integers(0, 2**64 - 1),
    st.sampled_from(get_args(Closing)),
    st.sampled_from(get_args(Opening)),
)
def test_the_same_seed_gives_the_same_run(
    client: End, server: End, network: Network, seed: int, closing: Any, opening: Any
) -> None:
    one, two = (
        simulate(client, server, network, seed, closing=closing, opening=opening, max_events=3000, progress=False)
        for _ in range(2)
    )
    assert one.events == two.events
    assert one.traffic == two.traffic
    assert one.case() == two.case()
    assert (one.client, one.server, one.ended, one.duration) == (two.client, two.server, two.ended, two.duration)
    assert len(one.events) <= 3001
    for row in one.traffic:
        assert row["lost"] <= row["sent"]
        assert row["retransmitted"] <= row["sent"]
    for sender, receiver in ((0, 1), (1, 0)):
        assert one.traffic[receiver]["delivered"] <= one.traffic[sender]["accepted"]
    assert one.ladder().text
    assert play(one.case("again")).mismatch is None


def test_another_seed_gives_another_run() -> None:
    network = Network(loss=0.3, reorder=0.2)
    runs = {simulate(End(octets=5000), network=network, seed=seed).events.__str__() for seed in range(5)}
    assert len(runs) == 5


def test_loss_delays_and_does_not_corrupt() -> None:
    network = Network(loss=0.2, duplicate=0.1, reorder=0.1)
    policy = "receive_when_closing=deliver"  # by the letter a user who has closed loses what comes late (decision C9)
    complete = 0
    for seed in range(20):
        run = simulate(End(octets=8000, policy=policy), End(octets=3000, policy=policy), network, seed, closing="half")
        client, server = run.traffic
        assert client["lost"] + server["lost"] > 0
        assert client["retransmitted"] + server["retransmitted"] > 0
        if client["gave_up"] or server["gave_up"]:
            continue  # so much lost in a row that the user timeout came
        assert (server["delivered"], client["delivered"]) == (8000, 3000), seed
        assert run.ended == "closed"
        complete += 1
    assert complete >= 15


def test_everything_lost() -> None:
    run = simulate(End(octets=10), network=Network(loss=1.0))
    client, server = run.traffic
    assert client["sent"] == client["lost"] > 1
    assert client["gave_up"]
    assert server["sent"] == server["delivered"] == 0
    assert run.client.state is State.CLOSED


@pytest.mark.parametrize("closing", CLOSINGS)
@pytest.mark.parametrize("opening", get_args(Opening))
def test_both_ends_conform_by_their_own_traces(opening: Any, closing: Any, tmp_path: Path) -> None:
    network = Network(loss=0.1, duplicate=0.1, reorder=0.1, jitter=0.02)
    for seed in range(4):
        policy = (None, "linux", "rfc793", "rfc9293")[seed]
        options = {"policy": policy, "octets": 3000, "mss": 500, "timestamps": seed % 2 == 1}
        run = simulate(
            End(**options), End(**options), network, seed, opening=opening, closing=closing, incarnations=1 + seed % 2
        )
        for end in ("client", "server"):
            assert judged(run.trace(end), tmp_path) == [], (end, seed)  # type: ignore[arg-type]


def test_a_crash_has_no_word_in_a_trace() -> None:
    run = simulate(End(octets=100), closing="server_crashes")
    assert None in run.events.column("event")
    assert run.trace("client").count("\n") > 3
    with pytest.raises(ValueError, match="crashes"):
        run.trace("server")
    for act in (run.trace, run.path):
        with pytest.raises(ValueError, match="client, server"):
            act("nobody")  # type: ignore[arg-type]


def test_the_seed_may_be_given_numbers() -> None:
    run = simulate(End(iss=2**32 - 1), End(iss=0), incarnations=1)
    assert "S 4294967295:4294967295(0)" in str(run.ladder("absolute"))


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        ({"seed": -1}, "seed"),
        ({"seed": 2**64}, "seed"),
        ({"max_events": 0}, "max_events"),
        ({"max_events": 2**64}, "max_events"),
        ({"max_seconds": -1}, "max_seconds"),
        ({"max_seconds": float("nan")}, "max_seconds"),
        ({"max_seconds": 1e12}, "max_seconds"),
        ({"incarnations": 0}, "incarnations"),
        ({"incarnations": 256}, "incarnations"),
        ({"incarnations": -1}, "incarnations"),
        ({"opening": "slowly"}, "opening"),
        ({"closing": "never"}, "closing"),
        ({"msl": -1}, "msl"),
        ({"msl": float("inf")}, "msl"),
        ({"fin_wait_2": -1}, "fin_wait_2"),
        ({"user_timeout": float("nan")}, "user_timeout"),
        ({"client": End(octets=-1)}, "octets"),
        ({"client": End(octets=2**32)}, "octets"),
        ({"server": End(rcv_wnd=65536)}, "rcv_wnd"),
        ({"server": End(rcv_wnd=-1)}, "rcv_wnd"),
        ({"server": End(rcv_wnd=3, wscale=14)}, "rcv_wnd"),
        ({"client": End(iss=2**32)}, "iss"),
        ({"client": End(mss=0)}, "mss"),
        ({"client": End(mss=65536)}, "mss"),
        ({"client": End(wscale=15)}, "wscale"),
        ({"client": End(policy="linus")}, "linus"),
        ({"network": Network(loss=1.1)}, "loss"),
        ({"network": Network(loss=-0.1)}, "loss"),
        ({"network": Network(loss=float("nan"))}, "loss"),
        ({"network": Network(duplicate=2)}, "duplicate"),
        ({"network": Network(reorder=-1)}, "reorder"),
        ({"network": Network(latency=0)}, "latency"),
        ({"network": Network(latency=1e6)}, "latency"),
        ({"network": Network(latency=float("nan"))}, "latency"),
        ({"network": Network(jitter=-1)}, "jitter"),
        ({"network": Network(jitter=1e6)}, "jitter"),
        ({"network": (Network(), Network(loss=3))}, "loss"),
        ({"network": (Network(),)}, "network"),
        ({"network": (Network(),) * 3}, "network"),
        ({"network": ()}, "network"),
    ],
)
def test_what_is_out_of_range_is_one_clear_line(arguments: dict[str, Any], what: str) -> None:
    with pytest.raises(ValueError, match=what) as error:
        simulate(**arguments, progress=False)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "arguments",
    [
        {"client": 5},
        {"client": "linux"},
        {"network": 5},
        {"network": (1, 2)},
        {"seed": "1"},
        {"seed": 1.5},
        {"seed": None},
        {"opening": None},
        {"max_events": 1.5},
        {"max_events": None},
        {"msl": "1"},
        {"incarnations": 1.5},
        {"client": End(octets=1.5)},
        {"client": End(octets=None)},
        {"client": End(iss="1")},
        {"client": End(policy=5)},  # type: ignore[arg-type]
        {"network": Network(loss=None)},
        {"network": Network(loss="1")},
        {"network": Network(latency=None)},
    ],  # type: ignore[arg-type]
)
def test_other_types_are_type_errors(arguments: dict[str, Any]) -> None:
    with pytest.raises(TypeError):
        simulate(**arguments, progress=False)


def test_limits_hold() -> None:
    run = simulate(End(octets=2**32 - 1), End(octets=2**32 - 1), max_events=2000, progress=False)
    assert run.ended == "max_events"
    assert len(run.events) == 2000
    assert play(run.case()).mismatch is None
    run = simulate(End(octets=2**32 - 1), max_seconds=1.0, max_events=50_000, progress=False)
    assert run.ended in ("max_seconds", "max_events")
    run = simulate(max_seconds=0.0)
    assert run.ended == "max_seconds"
    run = simulate(End(octets=100), End(rcv_wnd=0), max_events=5000)
    assert len(run.events) <= 5000
    run = simulate(incarnations=255, msl=0, max_events=20_000)
    assert run.ended in ("closed", "rest", "max_events")


def test_events_can_be_counted() -> None:
    frame = simulate(End(octets=10), seed=1).events.to_pandas()
    counts = frame.groupby(["end", "kind"]).size()
    # The client: OPEN, SEND, CLOSE; S, ACK, text, FIN, ACK of the FIN.
    assert counts["client", "call"] == 3 and counts["client", "departure"] == 5
    assert counts["client", "departure"] == counts["server", "arrival"]
    assert frame.query("kind == 'departure'")["segment"].map(lambda s: s.flags).value_counts()["S"] == 1
    assert frame.query("kind == 'timeout'")["client"].tolist() == [State.CLOSED]
