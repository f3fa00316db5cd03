"""Segments as octets of an IP packet, and as packets of scapy."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from lastack import _core
from lastack._core import Segment

if TYPE_CHECKING:
    from scapy.packet import Packet as ScapyPacket

__all__ = ["Packet", "parse_packet"]

SOURCE = "192.0.2.1:49152"  # addresses for documentation (RFC 5737)
DESTINATION = "192.0.2.2:80"


class Packet(NamedTuple):
    """A TCP segment with what stands around it in its IP packet."""

    segment: Segment
    """With absolute numbers; its options are those that are legal."""
    source: str
    """"address:port"; "[address]:port" for IPv6 (RFC 5952)."""
    destination: str
    """As `source`."""
    text: bytes
    """The octets of text, as far as they are there."""
    checksum: Literal["correct", "offloaded", "wrong", "unknown"]
    """`wrong`: TCP discards it (MUST-3). `offloaded`: left to a network card. `unknown`: octets are missing."""
    option_fault: str | None
    """What is illegal about an option, or None; `segment` has the options that are legal (MUST-7)."""


def parse_packet(octets: bytes, *, length: int | None = None) -> Packet:
    """Reads a packet that begins with its IPv4 or IPv6 header (RFC 9293 3.1, 3.2).

    `length` is that of the packet on the wire, where a capture has kept only its beginning; None: `octets` is all of
    it. ValueError "octet N: reason" when there is no TCP segment in it, and for a `length` below that of `octets`.
    """
    octets = bytes(memoryview(octets))  # bytes(5) would be five octets
    if length is None:
        length = len(octets)
    if not len(octets) <= length < 2**32:
        raise ValueError(f"length: {length} is outside {len(octets)}..2**32-1")
    return Packet(*_core.parse_octets(octets, length))


def _endpoint(text: str, what: str) -> tuple[bytes, int]:
    address, colon, port = text.rpartition(":")
    try:
        if not colon:
            raise ValueError
        number = int(port)
        if not 0 <= number <= 65535:
            raise ValueError
        return ipaddress.ip_address(address.removeprefix("[").removesuffix("]")).packed, number
    except ValueError:
        raise ValueError(f'{what}: "{text}" is not "address:port" or "[address]:port"') from None


def _to_bytes(
    self: Segment, source: str = SOURCE, destination: str = DESTINATION, *, text: bytes = b"", ttl: int = 64
) -> bytes:
    """The segment in an IPv4 or IPv6 packet, with valid checksums (RFC 9293 3.1).

    `source` and `destination` are "address:port". `text` has as many octets as the segment counts; without it they
    are zeros. `ttl` is 0 to 255. ValueError where the wire has no form for it: an option that only a SYN may carry,
    another length of `text`, more octets than a packet holds.
    """
    if not 0 <= ttl <= 255:
        raise ValueError(f"ttl: {ttl} is outside 0..255")
    return _core.octets_of(self, *_endpoint(source, "source"), *_endpoint(destination, "destination"), text, ttl)


def _from_bytes(octets: bytes) -> Segment:
    """The segment in a packet that begins with its IP header; see `parse_packet`, which tells more.

    ValueError "octet N: reason" when there is no TCP segment in it. The checksum is not judged here.
    """
    return parse_packet(octets).segment


def _to_scapy(
    self: Segment, source: str = SOURCE, destination: str = DESTINATION, *, text: bytes = b"", ttl: int = 64
) -> ScapyPacket:
    """The segment as a packet of scapy, IP or IPv6; arguments and errors as `to_bytes`. Needs scapy."""
    from scapy.layers.inet import IP
    from scapy.layers.inet6 import IPv6

    octets = _to_bytes(self, source, destination, text=text, ttl=ttl)
    return IP(octets) if octets[0] >> 4 == 4 else IPv6(octets)


def _from_scapy(packet: ScapyPacket) -> Segment:
    """The segment in a packet of scapy that has an IP or IPv6 layer. Needs scapy.

    Fields that scapy fills in when it sends (checksums, lengths) are filled in. ValueError when there is no TCP in it.
    """
    from scapy.layers.inet import IP
    from scapy.layers.inet6 import IPv6

    for layer in (IP, IPv6):
        if packet.haslayer(layer):
            return _from_bytes(bytes(packet[layer]))
    raise ValueError(f"there is no IP layer in {packet.summary()}")


def _attach(name: str, function: Any) -> None:
    function.__name__ = name
    function.__qualname__ = f"Segment.{name}"
    static = name.startswith("from_")
    setattr(Segment, name, staticmethod(function) if static else function)


_attach("to_bytes", _to_bytes)
_attach("from_bytes", _from_bytes)
_attach("to_scapy", _to_scapy)
_attach("from_scapy", _from_scapy)
