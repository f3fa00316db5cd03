"""Segments: keywords, notation, octets and scapy say the same (RFC 9293 3.1, RFC 7323, RFC 2018)."""

import copy
import pickle
import struct

import lastack
import pytest
from drawn import segments, u16, u32
from hypothesis import assume, given
from hypothesis import strategies as st
from lastack import Segment, parse_packet
from scapy.layers.inet import IP, TCP
from scapy.layers.inet6 import IPv6
from scapy.packet import Raw

FIELDS = (
    "flags",
    "seq",
    "ack",
    "text",
    "wnd",
    "urgent",
    "mss",
    "wscale",
    "timestamps",
    "sack_permitted",
    "security_mismatch",
)
V4 = ("192.0.2.7:1025", "198.51.100.9:80")
V6 = ("[2001:db8::7]:1025", "[2001:db8::9]:80")
endpoints = st.sampled_from([V4, V6])


# ---- keywords and notation


@given(segments())
def test_what_keywords_said_is_what_the_segment_says(s: Segment) -> None:
    assert Segment(**{field: getattr(s, field) for field in FIELDS}) == s


@given(segments())
def test_notation_reads_back(s: Segment) -> None:
    assert Segment(str(s), security_mismatch=s.security_mismatch) == s
    assert Segment(s.notation(bits=True), security_mismatch=s.security_mismatch) == s
    assert eval(repr(s)) == s


@given(segments())
def test_length_counts_text_and_syn_and_fin(s: Segment) -> None:
    # RFC 9293 3.4: SEG.LEN counts SYN and FIN too; RFC 9293 3.4: all arithmetic is modulo 2**32.
    assert s.len == (s.text + ("S" in s.flags) + ("F" in s.flags)) % 2**32
    assert s.end == (s.seq + s.len) % 2**32
    assert (s.syn, s.fin, s.rst, s.psh, s.urg) == tuple(letter in s.flags for letter in "SFRPU")
    assert (s.ack is None) == ("." not in s.flags)


@given(segments())
def test_bits_stand_as_in_the_header(s: Segment) -> None:
    # RFC 9293 3.1: URG ACK PSH RST SYN FIN.
    assert s.bits == "".join("1" if letter in s.flags else "0" for letter in "U.PRSF")


@given(segments(), u32, u32)
def test_relative_numbers_count_from_the_initial_ones(s: Segment, sender: int, receiver: int) -> None:
    shown = Segment(s.notation("relative", sender_isn=sender, receiver_isn=receiver))
    assert (shown.seq + sender) % 2**32 == s.seq
    if s.ack is not None:
        assert shown.ack is not None
        assert (shown.ack + receiver) % 2**32 == s.ack
    assert shown.replace(seq=s.seq, ack=s.ack, security_mismatch=s.security_mismatch) == s


def test_notation_of_known_segments() -> None:
    syn = Segment("S 100:100(0) win 65535 <mss 1460,wscale 7>")
    assert (syn.flags, syn.seq, syn.ack, syn.text, syn.wnd, syn.mss, syn.wscale) == ("S", 100, None, 0, 65535, 1460, 7)
    answer = Segment(flags="S.", seq=300, ack=101, wnd=1000)
    assert answer.notation() == "S. 300:300(0) ack 101 win 1000"
    assert answer.notation("symbolic", sender_isn=300, receiver_isn=100) == "S. x:x(0) ack y+1 win 1000"
    # Behind the wrap: ISN 2**32-6, ten octets from ISN+10.
    text = Segment(flags=".", seq=4, ack=1001, text=10)
    assert text.notation("relative", sender_isn=2**32 - 6, receiver_isn=1000) == ". 10:20(10) ack 1 win 0"
    assert text.notation("symbolic", sender_isn=2**32 - 6, receiver_isn=1000) == ". x+10:x+20(10) ack y+1 win 0"
    assert Segment(flags="F.", seq=2**32 - 1, ack=0, text=1).notation() == "F. 4294967295:0(1) ack 0 win 0"
    assert Segment(flags="S.", ack=0).notation(bits=True).startswith("010010 ")
    assert Segment().notation() == "- 0:0(0) win 0"


def test_notation_names_no_other_numbers() -> None:
    with pytest.raises(ValueError, match="numbers"):
        Segment().notation("roman")  # type: ignore[arg-type]
    for isn in (-1, 2**32):
        with pytest.raises(ValueError, match="sender_isn"):
            Segment().notation("relative", sender_isn=isn)


# ---- what it is as a value


@given(segments(), segments())
def test_equality_hash_copy_and_pickle(a: Segment, b: Segment) -> None:
    same = all(getattr(a, field) == getattr(b, field) for field in FIELDS)
    assert (a == b) == same
    assert (a != b) != same
    twin = a.replace()
    assert twin == a
    assert hash(twin) == hash(a)
    for other in (copy.copy(a), copy.deepcopy(a), pickle.loads(pickle.dumps(a))):
        assert other == a
        assert hash(other) == hash(a)


def test_a_segment_is_no_text() -> None:
    assert Segment("S 0:0(0)") != "S 0:0(0) win 0"
    assert Segment() is not None
    assert len({Segment("S 1:1(0)"), Segment(flags="S", seq=1), Segment("S 2:2(0)")}) == 2


@pytest.mark.parametrize("field", [*FIELDS, "bits", "syn", "fin", "len", "end"])
def test_a_segment_does_not_change(field: str) -> None:
    s = Segment("S. 300:300(0) ack 101")
    with pytest.raises(AttributeError):
        setattr(s, field, getattr(s, field))
    with pytest.raises(AttributeError):
        s.other = 1  # type: ignore[attr-defined]


@given(segments(), u32)
def test_replace_changes_just_what_it_names(s: Segment, number: int) -> None:
    other = s.replace(seq=number)
    assert other.seq == number
    for field in FIELDS:
        if field != "seq":
            assert getattr(other, field) == getattr(s, field)
    assert (
        s.replace(ack=number).flags.replace(".", "") == s.flags.replace(".", "").replace("-", "") or s.ack is not None
    )
    assert s.replace(ack=None).ack is None


# ---- bad input


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("seq", -1),
        ("seq", 2**32),
        ("seq", 2**64),
        ("seq", -(2**64)),
        ("ack", -1),
        ("ack", 2**32),
        ("text", -1),
        ("text", 2**32),
        ("wnd", -1),
        ("wnd", 65536),
        ("urgent", 65536),
        ("mss", 0),
        ("mss", 65536),
        ("mss", -1),
        ("wscale", 15),
        ("wscale", -1),
        ("timestamps", (2**32, 0)),
        ("timestamps", (0, -1)),
        ("flags", "X"),
        ("flags", "SS"),
        ("flags", "S-"),
        ("flags", "S\0"),
        ("flags", "\ud800"),
        ("flags", "s"),
    ],
)
def test_a_value_out_of_range_is_a_value_error(field: str, value: object) -> None:
    with pytest.raises(ValueError, match=field) as error:
        Segment(**{field: value})
    assert "\n" not in str(error.value)
    with pytest.raises(ValueError):
        Segment().replace(**{field: value})


def test_a_number_of_5000_digits_is_a_value_error() -> None:
    with pytest.raises(ValueError):
        Segment(seq=10**5000)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("seq", None),
        ("seq", 1.0),
        ("seq", "1"),
        ("seq", True),
        ("ack", 1.0),
        ("ack", False),
        ("text", None),
        ("wnd", True),
        ("wnd", None),
        ("mss", 1.5),
        ("mss", True),
        ("wscale", "7"),
        ("flags", 2),
        ("flags", None),
        ("flags", b"S"),
        ("timestamps", 1),
        ("timestamps", [1, 2]),
        ("timestamps", (1,)),
        ("timestamps", (1, 2, 3)),
        ("timestamps", (1.5, 2)),
        ("timestamps", (None, 2)),
        ("timestamps", (True, 2)),
        ("sack_permitted", 1),
        ("sack_permitted", None),
        ("security_mismatch", "yes"),
        ("window", 1),
        ("len", 1),
        ("", 1),
    ],
)
def test_a_value_of_another_type_is_a_type_error(field: str, value: object) -> None:
    with pytest.raises(TypeError) as error:
        Segment(**{field: value})
    if field:
        assert field in str(error.value)
    with pytest.raises(TypeError):
        Segment().replace(**{field: value})


@pytest.mark.parametrize(
    "notation",
    [
        "",
        " ",
        "S",
        "S 0",
        "S 0:0",
        "S 0:1(0)",
        "S 0:0(1)",
        "S 0:0(0) ack",
        "S 0:0(0) ack 1",
        ". 0:0(0)",
        "S 0:0(0) win 65536",
        "S 0:0(0) win -1",
        "S -1:0(0)",
        "S 4294967296:4294967296(0)",
        "S 0:0(0) <",
        "S 0:0(0) <mss>",
        "S 0:0(0) <mss 0>",
        "S 0:0(0) <mss 65536>",
        "S 0:0(0) <wscale 15>",
        "S 0:0(0) <nonsense>",
        "S 0:0(0)\0",
        "S 0:0(0) \ud800",
        "é",
        "S 0:0(0) win 1 win 2",
        "S 0:0(0) trailing",
        "S" * 10_000,
        "S 0:0(" + "9" * 10_000 + ")",
    ],
    ids=lambda notation: ascii(notation[:20]),
)
def test_notation_that_is_none_is_a_value_error(notation: str) -> None:
    with pytest.raises(ValueError) as error:
        Segment(notation)
    assert "\n" not in str(error.value)


@given(st.text(max_size=40) | st.text("FSRP.UEW0123456789:()ackwin<>mstTS, \0-", max_size=60))
def test_any_text_is_a_segment_or_a_value_error(text: str) -> None:
    try:
        s = Segment(text)
    except ValueError:
        return
    assert Segment(str(s)) == s


def test_other_arguments_are_type_errors() -> None:
    for arguments in ((5,), (b"S 0:0(0)",), ("S 0:0(0)", 1), (Segment(),)):
        with pytest.raises(TypeError):
            Segment(*arguments)
    with pytest.raises(TypeError):
        Segment().replace("S 0:0(0)")


# ---- octets


@given(segments(on_wire=True), endpoints, st.integers(0, 255), st.data())
def test_octets_read_back(s: Segment, ends: tuple[str, str], ttl: int, data: st.DataObject) -> None:
    text = data.draw(st.binary(min_size=min(s.text, 64), max_size=min(s.text, 64)))
    text = (text * (s.text // 64 + 1))[: s.text]
    octets = s.to_bytes(*ends, text=text, ttl=ttl)
    packet = parse_packet(octets)
    assert packet == (s, *ends, text, "correct", None)
    assert Segment.from_bytes(octets) == s
    assert octets[8 if ends is V4 else 7] == ttl


def ones_complement_sum(octets: bytes) -> int:
    """RFC 9293 3.1, from RFC 1071."""
    octets += b"\0" * (len(octets) % 2)
    total = sum(struct.unpack(f"!{len(octets) // 2}H", octets))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return total


@given(segments(on_wire=True), endpoints)
def test_scapy_reads_the_octets_alike(s: Segment, ends: tuple[str, str]) -> None:
    packet = s.to_scapy(*ends)
    ip, tcp = (packet[IP] if ends is V4 else packet[IPv6]), packet[TCP]
    assert (f"[{ip.src}]" if ends is V6 else ip.src) + f":{tcp.sport}" == ends[0]
    assert (f"[{ip.dst}]" if ends is V6 else ip.dst) + f":{tcp.dport}" == ends[1]
    assert set(str(tcp.flags)) == set(s.flags.replace("-", "").replace(".", "A").replace("W", "C"))
    assert (tcp.seq, tcp.ack, tcp.window, tcp.urgptr) == (s.seq, s.ack or 0, s.wnd, s.urgent)
    options = dict(tcp.options)
    assert options.get("MSS") == s.mss
    assert options.get("WScale") == s.wscale
    assert options.get("Timestamp") == s.timestamps
    assert ("SAckOK" in options) == s.sack_permitted
    assert len(bytes(tcp.payload)) == s.text
    # The checksum over pseudo-header and segment, that included, is all ones (MUST-2).
    octets = bytes(tcp)
    if ends is V4:
        pseudo = bytes(ip)[12:20] + struct.pack("!BBH", 0, 6, len(octets))
    else:
        pseudo = bytes(ip)[8:40] + struct.pack("!II", len(octets), 6)
    assert ones_complement_sum(pseudo + octets) == 0xFFFF
    assert Segment.from_scapy(packet) == s


@given(u32, u32, u16, u16, st.sets(st.sampled_from("FSRPAU")), st.binary(max_size=60), st.booleans())
def test_what_scapy_builds_reads_alike(
    seq: int, ack: int, window: int, urgent: int, flags: set[str], text: bytes, four: bool
) -> None:
    ip = IP(src="192.0.2.1", dst="192.0.2.2") if four else IPv6(src="2001:db8::1", dst="2001:db8::2")
    packet = ip / TCP(sport=7, dport=9, seq=seq, ack=ack, window=window, urgptr=urgent, flags="".join(sorted(flags)))
    s = Segment.from_scapy(packet / Raw(text))
    assert (s.seq, s.wnd, s.text) == (seq, window, len(text))
    assert s.ack == (ack if "A" in flags else None)
    assert set(s.flags.replace("-", "")) == {"." if f == "A" else f for f in flags}
    if "U" in flags:
        assert s.urgent == urgent
    parsed = parse_packet(bytes(packet / Raw(text)))
    assert (parsed.text, parsed.checksum, parsed.option_fault) == (text, "correct", None)


@given(segments(on_wire=True), endpoints, st.data())
def test_a_flipped_bit_never_passes_the_checksum(s: Segment, ends: tuple[str, str], data: st.DataObject) -> None:
    octets = bytearray(s.to_bytes(*ends))
    begin = 20 if ends is V4 else 40
    bit = data.draw(st.integers(8 * begin, 8 * len(octets) - 1))
    octets[bit // 8] ^= 1 << bit % 8
    try:
        packet = parse_packet(bytes(octets))
    except ValueError as error:
        assert str(error).startswith("octet ")
        return
    assert packet.checksum != "correct"


@given(segments(on_wire=True), endpoints, st.data())
def test_damaged_octets_are_a_segment_or_a_value_error(s: Segment, ends: tuple[str, str], data: st.DataObject) -> None:
    octets = bytearray(s.to_bytes(*ends))
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(0, min(len(octets), 100) - 1))
        octets[at] = data.draw(st.integers(0, 255))
    cut = bytes(octets[: data.draw(st.integers(0, len(octets)))])
    try:
        packet = parse_packet(cut)
    except ValueError as error:
        assert str(error).startswith("octet ") and "\n" not in str(error)
        return
    assert len(packet.text) <= packet.segment.text
    Segment(str(packet.segment))


@given(st.binary(max_size=120))
def test_any_octets_are_a_segment_or_a_value_error(octets: bytes) -> None:
    try:
        parse_packet(octets)
    except ValueError as error:
        assert str(error).startswith("octet ")


def test_a_cut_packet_tells_that_its_checksum_is_unknown() -> None:
    s = Segment(". 1:11(10) ack 1 win 5")
    octets = s.to_bytes(text=b"0123456789")
    packet = parse_packet(octets[:-4], length=len(octets))
    assert packet == (s, "192.0.2.1:49152", "192.0.2.2:80", b"012345", "unknown", None)
    assert parse_packet(octets[:-1] + b"!").checksum == "wrong"
    assert parse_packet(octets + b"padding").checksum == "correct"
    with pytest.raises(ValueError, match="octet 2: "):
        parse_packet(octets[:-4])
    for length in (-1, len(octets) - 1, 2**32, 2**64):
        with pytest.raises(ValueError, match="length"):
            parse_packet(octets, length=length)


def test_an_illegal_option_is_named_and_the_rest_read() -> None:
    # MUST-7: an illegal option length is handled, here an MSS option of 3 octets.
    octets = bytearray(Segment("S 5:5(0) win 9 <mss 1460>").to_bytes())
    octets[41] = 3
    packet = parse_packet(bytes(octets))
    assert packet.option_fault
    assert (packet.segment.seq, packet.segment.mss) == (5, None)


@pytest.mark.parametrize(
    ("segment", "arguments"),
    [
        (". 0:0(0) ack 0 <mss 1460>", {}),  # an option of a SYN
        (". 0:0(0) ack 0 <wscale 1>", {}),
        (". 0:65536(65536) ack 0", {}),
        (". 0:4294967295(4294967295) ack 0", {}),
        (". 0:10(10) ack 0", {"text": b"123"}),
        ("S 0:0(0)", {"text": b"1"}),
        ("S 0:0(0)", {"ttl": -1}),
        ("S 0:0(0)", {"ttl": 256}),
        ("S 0:0(0)", {"source": ""}),
        ("S 0:0(0)", {"source": "192.0.2.1"}),
        ("S 0:0(0)", {"source": "192.0.2.1:65536"}),
        ("S 0:0(0)", {"source": "192.0.2.1:-1"}),
        ("S 0:0(0)", {"source": "192.0.2.1:x"}),
        ("S 0:0(0)", {"source": "192.0.2.256:1"}),
        ("S 0:0(0)", {"source": "example.org:1"}),
        ("S 0:0(0)", {"source": "[2001:db8::1]:1"}),  # the other end has an IPv4 address
        ("S 0:0(0)", {"source": "\ud800:1"}),
        ("S 0:0(0)", {"source": "192.0.2.1\0:1"}),
    ],
)
def test_what_the_wire_has_no_form_for_is_a_value_error(segment: str, arguments: dict[str, object]) -> None:
    with pytest.raises(ValueError) as error:
        Segment(segment).to_bytes(**arguments)  # type: ignore[arg-type]
    assert "\n" not in str(error.value)
    with pytest.raises(ValueError):
        Segment(segment).to_scapy(**arguments)  # type: ignore[arg-type]


def test_octets_are_octets() -> None:
    octets = Segment("S 1:1(0)").to_bytes()
    for form in (octets, bytearray(octets), memoryview(octets)):
        assert Segment.from_bytes(form) == Segment("S 1:1(0)")  # type: ignore[arg-type]
    for nothing in (5, 10**15, "text", None, [1, 2], 1.5):
        with pytest.raises(TypeError):
            parse_packet(nothing)  # type: ignore[arg-type]


def test_scapy_packets_without_tcp_are_value_errors() -> None:
    for packet in (TCP(), Raw(b"x"), IP() / Raw(b"x"), IPv6()):
        with pytest.raises(ValueError):
            Segment.from_scapy(packet)


@given(segments(on_wire=True))
def test_addresses_default_to_those_of_documentation(s: Segment) -> None:
    packet = parse_packet(s.to_bytes())
    assert (packet.source, packet.destination) == ("192.0.2.1:49152", "192.0.2.2:80")
    assert isinstance(packet, lastack.Packet)
    assume(s.text == 0)
    assert packet.text == b""
