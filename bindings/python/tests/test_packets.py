"""What a tap beside one end of a simulation captures."""

import struct

import pytest

import lastack
from lastack import End, Network, parse_packet, simulate

CLIENT, SERVER = "192.0.2.1:49152", "192.0.2.2:80"


def told(packets):
    """Time, sender and segment of each."""
    parsed = [(time, parse_packet(octets)) for time, octets in packets]
    return [(time, p.source, str(p.segment)) for time, p in parsed]


def test_a_departure_stands_at_its_own_end_when_it_leaves_and_at_the_other_when_it_arrives():
    run = simulate(End(iss=100), End(iss=300), Network(latency=0.25))
    # The handshake of RFC 9293 Figure 6, each message a quarter of a second under way.
    opening = ["S 100:100(0) win 65535", "S. 300:300(0) ack 101 win 65535", ". 101:101(0) ack 301 win 65535"]
    senders = [CLIENT, SERVER, CLIENT]
    at_client = told(run.packets("client"))[:3]
    at_server = told(run.packets("server"))[:3]
    assert at_client == list(zip([0.0, 0.5, 0.5], senders, opening, strict=True))
    assert at_server == list(zip([0.25, 0.25, 0.75], senders, opening, strict=True))


def test_what_is_lost_behind_the_tap_stands_only_at_its_sender():
    lost = Network(loss=1.0)
    run = simulate(network=(lost, Network()), seed=1)
    syns = run.packets("client")
    assert run.packets("server") == []
    # RFC 6298: one second, and twice as long each time.
    assert [time for time, _ in syns[:4]] == [0.0, 1.0, 3.0, 7.0]
    assert {p.segment.flags for p in (parse_packet(octets) for _, octets in syns)} == {"S"}


def test_addresses_can_be_chosen():
    packets = simulate().packets("server", client="[2001:db8::1]:50000", server="[2001:db8::2]:443")
    routes = {(p.source, p.destination) for p in (parse_packet(octets) for _, octets in packets)}
    assert routes == {
        ("[2001:db8::1]:50000", "[2001:db8::2]:443"),
        ("[2001:db8::2]:443", "[2001:db8::1]:50000"),
    }


def test_every_checksum_is_correct():
    packets = simulate(End(octets=3000, mss=1460), seed=2).packets("client")
    assert {parse_packet(octets).checksum for _, octets in packets} == {"correct"}


@pytest.mark.parametrize(("end", "host"), [("client", "192.0.2.1"), ("server", "192.0.2.2")])
def test_the_capture_conforms(tmp_path, end, host):
    run = simulate(End(octets=500), End(octets=5000, mss=1460), Network(loss=0.1, latency=0.03), seed=3)
    capture = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 101)
    for time, octets in run.packets(end):
        capture += struct.pack("<IIII", int(time), int(time % 1 * 1e6), len(octets), len(octets)) + octets
    file = tmp_path / "run.pcap"
    file.write_bytes(capture)
    result = lastack.check(file, host=host)
    assert [v.verdict for v in result] == ["conforms"]
    assert result.packets == len(run.packets(end))


def test_another_word_than_client_and_server_is_an_error():
    with pytest.raises(ValueError, match="end: 'middle' is none of client, server"):
        simulate().packets("middle")
