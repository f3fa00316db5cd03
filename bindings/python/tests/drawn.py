"""What several tests draw from."""

from hypothesis import strategies as st
from lastack import Policy, Segment, choices

u16 = st.integers(0, 2**16 - 1)
u32 = st.integers(0, 2**32 - 1) | st.sampled_from([0, 1, 2**31 - 1, 2**31, 2**31 + 1, 2**32 - 2, 2**32 - 1])
letters = st.sets(st.sampled_from("FSRP.UEW"))


@st.composite
def segments(draw: st.DrawFn, *, on_wire: bool = False) -> Segment:
    """Any segment; `on_wire`: that a packet can hold."""
    flags = draw(letters)
    of_syn = not on_wire or "S" in flags
    return Segment(
        flags="".join(sorted(flags)) or "-",
        seq=draw(u32),
        text=draw(st.integers(0, 3000) if on_wire else u32),
        wnd=draw(u16),
        timestamps=draw(st.none() | st.tuples(u32, u32)),
        mss=draw(st.none() | st.integers(1, 65535)) if of_syn else None,
        wscale=draw(st.none() | st.integers(0, 14)) if of_syn else None,
        sack_permitted=draw(st.booleans()) if of_syn else False,
        security_mismatch=draw(st.booleans()) if not on_wire else False,
        **({"ack": draw(u32)} if "." in flags else {}),
        **({"urgent": draw(u16)} if "U" in flags else {}),
    )


full_policies = st.fixed_dictionaries({row["choice"]: st.sampled_from(row["readings"]) for row in choices()}).map(
    lambda readings: Policy(**readings)
)
"""Every choice is decided."""
