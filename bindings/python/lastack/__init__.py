"""The lifecycle of a TCP connection, RFC 9293, as a program you can ask.

    import lastack

    machine = lastack.Machine(iss=100)            # one end, by hand
    machine.call("OPEN active")
    machine.depart()                              # Segment('S 100:100(0) win 65535')

    lastack.play("handshake")                     # a run of two ends as a ladder
    lastack.check("capture.pcap", host="192.0.2.1").deviations  # did this end do what the RFC allows?

Everything stands on one pure function, `step(config, event, policy)`: what happens to a connection end, and the rules
of the RFC by which it happens. `allowed` gives every answer that some policy gives, with the policies. `Machine` steps
one end in virtual time, `Pair` two of them with the line between them, `simulate` runs two over a described network,
`explore` finds every state that two can reach, and `why` tells what a piece of the protocol is there for.
`rules`, `requirements`, `choices` and `profiles` are the specification as tables.

Sequence numbers are 0 to 2**32-1; windows and text are octets; times are seconds.
"""

from lastack import _wire  # it completes Segment
from lastack._case import CaseRun, cases, play
from lastack._check import CheckResult, check
from lastack._core import (
    Allowed,
    Arrival,
    Call,
    Config,
    ConnectionVerdict,
    Departure,
    Deviation,
    Outcome,
    Owed,
    Policy,
    Segment,
    State,
    Timeout,
    __version__,
    allowed,
    step,
)
from lastack._diagram import state_diagram
from lastack._explore import Exploration, explore
from lastack._ladder import Ladder
from lastack._machine import Event, Machine, Refused, Step
from lastack._matrix import coverage_matrix, rules_matrix
from lastack._pair import Pair, UnderWay
from lastack._picture import Picture
from lastack._simulate import End, Network, Simulation, simulate
from lastack._table import Table
from lastack._tables import Coverage, choices, coverage, profiles, requirements, rules
from lastack._why import Why, stories, why
from lastack._wire import Packet, parse_packet

__all__ = [
    "Allowed",
    "Arrival",
    "Call",
    "CaseRun",
    "CheckResult",
    "Config",
    "ConnectionVerdict",
    "Coverage",
    "Departure",
    "Deviation",
    "End",
    "Event",
    "Exploration",
    "Ladder",
    "Machine",
    "Network",
    "Outcome",
    "Owed",
    "Packet",
    "Pair",
    "Picture",
    "Policy",
    "Refused",
    "Segment",
    "Simulation",
    "State",
    "Step",
    "Table",
    "Timeout",
    "UnderWay",
    "Why",
    "__version__",
    "allowed",
    "cases",
    "check",
    "choices",
    "coverage",
    "coverage_matrix",
    "explore",
    "parse_packet",
    "play",
    "profiles",
    "requirements",
    "rules",
    "rules_matrix",
    "simulate",
    "state_diagram",
    "step",
    "stories",
    "why",
]

for _type in (Allowed, Arrival, Call, Config, ConnectionVerdict, Departure, Deviation, Outcome, Owed, Policy, Segment,
              State, Timeout):  # fmt: skip
    _type.__module__ = "lastack"  # where people find them
for _function in (allowed, step):
    _function.__module__ = "lastack"
del _type, _function, _wire
