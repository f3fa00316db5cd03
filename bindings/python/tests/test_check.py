"""Verdicts on captures and traces."""

import os
import shutil
from pathlib import Path

import pytest
from lastack import CheckResult, ConnectionVerdict, Policy, Segment, State, check, rules
from scapy.layers.inet import IP, TCP
from scapy.layers.l2 import Ether
from scapy.utils import PcapReader, wrpcap

# The connections that the tests of C++ know of, and the end that the capture was made at.
KNOWN = {
    "closewait_server": ("10.77.0.2", 3),
    "halfclose_server": ("10.77.0.2", 5),
    "http200_clean_server": ("10.77.0.2", 200),
    "linger0_server": ("10.77.0.2", 5),
    "refused_client": ("10.77.0.1", 10),
    "simopen_client": ("10.77.0.1", 61),
}


def segment(flags: str, seq: int, ack: int = 0, *, client: bool, text: int = 0) -> IP:
    ends = {"src": "192.0.2.1", "dst": "192.0.2.2"} if client else {"src": "192.0.2.2", "dst": "192.0.2.1"}
    ports = {"sport": 1025, "dport": 80} if client else {"sport": 80, "dport": 1025}
    return (
        Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02")
        / IP(**ends)
        / TCP(flags=flags, seq=seq, ack=ack, window=1000, **ports)
        / (b"x" * text)
    )


HANDSHAKE = [
    segment("S", 100, client=True),
    segment("SA", 300, 101, client=False),
    segment("A", 101, 301, client=True),
]


def capture(path: Path, packets: list[IP]) -> Path:
    for i, packet in enumerate(packets):
        packet.time = 1000 + i * 0.01
    wrpcap(str(path), packets)
    return path


@pytest.mark.parametrize("name", KNOWN)
def test_real_traffic_conforms(name: str, captures: Path) -> None:
    host, count = KNOWN[name]
    result = check(captures / f"{name}.pcap", host=host, progress=False)
    assert (result.conforms, result.deviates, result.inconclusive) == (count, 0, 0)
    assert len(result) == count == len(result.connections)
    assert result.error == ""
    assert result.skipped == 0
    with PcapReader(str(captures / f"{name}.pcap")) as reader:
        packets = list(reader)
    assert result.packets == len(packets)
    for verdict in result:
        assert verdict.judged.startswith(f"{host}:")
        first = packets[verdict.first_segment - 1]
        assert {f"{first[IP].src}:{first[TCP].sport}", f"{first[IP].dst}:{first[TCP].dport}"} == {
            verdict.judged,
            verdict.peer,
        }
        assert len(verdict.events) == verdict.segments
        assert verdict.states[0] is State.CLOSED or verdict.states[0] is State.LISTEN
        assert verdict.reason == ""
        assert verdict.deviations == ()
        assert not verdict.mid_path
        assert "linux" in verdict.profiles
    assert sum(v.segments for v in result) == result.packets


def test_the_states_that_the_wire_shows(captures: Path) -> None:
    verdicts = check(captures / "refused_client.pcap", host="10.77.0.1", progress=False)
    assert {v.states for v in verdicts} == {(State.CLOSED, State.SYN_SENT, State.CLOSED)}
    verdicts = check(captures / "simopen_client.pcap", host="10.77.0.1", progress=False)
    paths = [v.states[:4] for v in verdicts]
    assert paths.count((State.CLOSED, State.SYN_SENT, State.SYN_RECEIVED, State.ESTABLISHED)) == 59
    # Hidden calls are told: an active OPEN each.
    assert {row["call"] for row in verdicts.assumed} >= {"OPEN active"}


def test_without_a_host_both_ends_are_judged(captures: Path) -> None:
    result = check(captures / "closewait_server.pcap", progress=False)
    assert (result.conforms, len(result)) == (6, 6)
    assert all(v.mid_path for v in result)


def test_a_deviation_is_told_with_its_rule(tmp_path: Path) -> None:
    # The client has sent 10 octets from 101; the server acknowledges 112: nobody has sent that.
    packets = [
        *HANDSHAKE,
        segment("PA", 101, 301, client=True, text=10),
        segment("A", 301, 112, client=False),
    ]
    result = check(capture(tmp_path / "bad.pcap", packets), host="192.0.2.2", progress=False)
    assert (result.conforms, result.deviates, result.inconclusive) == (0, 1, 0)
    (row,) = result.deviations
    assert (row["segment"], row["state"], row["unanswered"]) == (5, State.ESTABLISHED, False)
    assert row["observed"].startswith(". 1:1(0) ack 12")
    assert any(a.startswith(". 1:1(0) ack 11 by ") for a in row["allowed"])
    assert row["rule"] in rules().column("rule")
    assert row["section"].startswith("RFC 9293 3.")
    assert row["time"] == pytest.approx(1000.04)
    deviation = result[0].deviations[0]
    assert deviation.observed == Segment(flags=".", seq=301, ack=112, wnd=1000)
    assert deviation.config.state is State.ESTABLISHED
    assert "1 deviate" in repr(result)
    assert row["rule"] in result._repr_html_()


def test_a_policy_admits_only_its_stacks(tmp_path: Path) -> None:
    # RFC 5961 3.2: a RST in the window, but not at RCV.NXT, draws a challenge ACK; RFC 793 resets.
    packets = [
        *HANDSHAKE,
        segment("R", 111, client=True),
        segment("A", 301, 101, client=False),
    ]
    file = capture(tmp_path / "rst.pcap", packets)
    assert check(file, host="192.0.2.2", progress=False).conforms == 1
    assert check(file, host="192.0.2.2", policy="rfc9293", progress=False).conforms == 1
    strict = check(file, host="192.0.2.2", policy=Policy("rfc793"), progress=False)
    assert strict.deviates == 1
    with pytest.raises(ValueError, match="linus"):
        check(file, policy="linus")
    with pytest.raises(TypeError):
        check(file, policy=5)  # type: ignore[arg-type]


def test_pandas_takes_the_tables(captures: Path, tmp_path: Path) -> None:
    result = check(captures / "http200_clean_server.pcap", host="10.77.0.2", progress=False)
    frame = result.connections.to_pandas()
    assert list(frame.columns) == [
        "connection",
        "judged",
        "peer",
        "verdict",
        "reason",
        "first_segment",
        "segments",
        "states",
        "profiles",
        "mid_path",
    ]
    assert frame.shape == (200, 10)
    assert {c: frame[c].dtype.kind for c in ("connection", "first_segment", "segments", "mid_path")} == {
        "connection": "i",
        "first_segment": "i",
        "segments": "i",
        "mid_path": "b",
    }
    assert frame["verdict"].value_counts().to_dict() == {"conforms": 200}
    assert list(result.deviations.to_pandas().columns) == list(result.deviations.columns)
    assert len(result.deviations.to_pandas()) == 0
    assert list(result.assumed.to_pandas().columns) == ["connection", "call", "segment"]


def test_ladders_need_segments(captures: Path) -> None:
    file = captures / "closewait_server.pcap"
    result = check(file, host="10.77.0.2", progress=False)
    for numbers in ("relative", "absolute", "symbolic"):
        ladder = result[0].ladder(numbers)  # type: ignore[arg-type]
        assert ladder.text
        assert ladder._repr_svg_().startswith("<svg ")
    assert "S 0:0(0)" in str(result[0].ladder())
    light = check(file, host="10.77.0.2", keep_segments=False, progress=False)
    assert [v.verdict for v in light] == [v.verdict for v in result]
    assert light[0].events == ()
    with pytest.raises(ValueError, match="keep_segments=True"):
        light[0].ladder()


def test_a_result_is_a_sequence(captures: Path) -> None:
    result = check(str(captures / "closewait_server.pcap"), host="10.77.0.2", progress=False)
    assert isinstance(result, CheckResult)
    assert [type(v) for v in result] == [ConnectionVerdict] * 3
    assert len(result[1:]) == 2
    assert result[-1].peer == result[2].peer
    with pytest.raises(IndexError):
        result[3]
    assert result.file == str(captures / "closewait_server.pcap")
    assert "3 conform" in result._repr_html_()
    for v in result:
        with pytest.raises(AttributeError):
            v.verdict = "deviates"  # type: ignore[misc]


# ---- files


def test_a_cut_file_is_judged_up_to_there(captures: Path, tmp_path: Path) -> None:
    octets = (captures / "closewait_server.pcap").read_bytes()
    file = tmp_path / "cut.pcap"
    file.write_bytes(octets[:-7])
    result = check(file, host="10.77.0.2", progress=False)
    assert str(file) in result.error
    assert "\n" not in result.error
    assert len(result) == 3
    assert result.packets == 23
    assert result.error in result._repr_html_().replace("&#x27;", "'").replace("&quot;", '"')


def test_damaged_files_end_somehow(captures: Path, tmp_path: Path) -> None:
    octets = bytearray((captures / "closewait_server.pcap").read_bytes())
    file = tmp_path / "damaged.pcap"
    for at in range(0, len(octets), 13):
        changed = bytearray(octets)
        changed[at] ^= 0xFF
        file.write_bytes(changed)
        try:
            result = check(file, host="10.77.0.2", progress=False)
        except ValueError as error:
            assert "\n" not in str(error)
            continue
        result.connections, result.deviations, result.assumed, result._repr_html_()
        for v in result:
            str(v.ladder())


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"\n",
        b"nonsense",
        b"\xd4\xc3\xb2\xa1",
        bytes(24),
        b"{}",
        b'{"lastack_trace": 2}\n',
        b'{"lastack_trace": 1}\n{"time": 0}\n',
        b"\xff\xfe" * 100,
        b"{" * 10_000,
    ],
)
def test_what_cannot_be_read_is_one_clear_line(octets: bytes, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(octets)
    with pytest.raises(ValueError, match="file") as error:
        check(file, progress=False)
    assert "\n" not in str(error.value)


def test_missing_files_are_pythons_errors(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        check(tmp_path / "none.pcap")
    with pytest.raises(FileNotFoundError):
        check("-")  # a name like any other
    with pytest.raises(IsADirectoryError):
        check(tmp_path)
    with pytest.raises(ValueError):
        check("a\0b")
    for wrong in (5.5, None, ["a"]):
        with pytest.raises(TypeError):
            check(wrong)  # type: ignore[arg-type]
    with pytest.raises(FileNotFoundError):
        check("")
    secret = tmp_path / "secret.pcap"
    secret.write_bytes(b"")
    secret.chmod(0)
    if not os.access(secret, os.R_OK):  # root may
        with pytest.raises(PermissionError):
            check(secret)


@pytest.mark.parametrize("name", ["a b.pcap", "é.pcap", "日本.pcap", os.fsdecode(b"\xff\xfe.pcap"), "-", "%s\n.pcap"])
def test_names_of_files(name: str, captures: Path, tmp_path: Path) -> None:
    file = tmp_path / name
    shutil.copy(captures / "closewait_server.pcap", file)
    result = check(file, host="10.77.0.2", progress=False)
    assert result.conforms == 3
    assert result.file == result[0].file == str(file)
    assert os.path.exists(result.file)
    file.write_bytes(b"nonsense")
    with pytest.raises(ValueError):
        check(file, progress=False)


def test_what_is_no_regular_file_is_refused(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for file in (pipe, Path("/dev/zero"), Path("/dev/null")):
        with pytest.raises(ValueError, match="no regular file"):
            check(file, progress=False)


def test_a_host_that_is_none(captures: Path) -> None:
    for host in ("10.77.0.3", "nonsense", "10.77.0.2:9003", "\ud800"):
        try:
            result = check(captures / "closewait_server.pcap", host=host, progress=False)
        except (ValueError, TypeError):
            continue
        assert result.conforms == len(result)


def test_traces(tmp_path: Path) -> None:
    file = tmp_path / "trace.jsonl"
    file.write_text(
        '{"lastack_trace": 1, "host": "me"}\n'
        '{"time": 0, "call": {"kind": "open_active", "iss": 100}}\n'
        '{"time": 0, "out": "S 100:100(0) win 65535"}\n'
        '{"time": 1, "in": "S. 300:300(0) ack 101 win 65535"}\n'
        '{"time": 1, "out": ". 102:102(0) ack 301 win 65535"}\n',
        encoding="utf-8",
    )
    result = check(file, progress=False)
    assert result.deviates == 1
    assert result[0].judged.startswith("me")
    (row,) = result.deviations
    assert row["segment"] == 5  # its line
    assert row["observed"].startswith(". 2:2(0) ack 1")
    file.write_text(file.read_text().replace(". 102:102(0)", ". 101:101(0)"), encoding="utf-8")
    assert check(file, progress=False).conforms == 1


def test_a_host_is_an_address_without_a_port(captures: Path) -> None:
    for host in ("10.77.0.2:9003", "somebody", "[::1]"):
        with pytest.raises(ValueError, match="is no address; it has no port"):
            check(captures / "closewait_server.pcap", host=host)
