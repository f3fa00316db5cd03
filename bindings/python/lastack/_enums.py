"""What the enumerations of lastack can do beside being named."""

import enum
from typing import Self


class NamedState(enum.Enum):
    """A state of RFC 9293 3.3.2. It prints as the RFC spells it: str(State.SYN_RECEIVED) is "SYN-RECEIVED".

    State("SYN-RECEIVED") is the way back. States are ordered as the RFC lists them.
    """

    def __str__(self) -> str:
        return self.name.replace("_", "-")

    def __repr__(self) -> str:
        return f"State.{self.name}"

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        return next((state for state in cls if str(state) == value), None)

    # In the order of the RFC, so that tables can be sorted and grouped.
    def __lt__(self, other: object) -> bool:
        return bool(self.value < other.value) if isinstance(other, NamedState) else NotImplemented

    def __le__(self, other: object) -> bool:
        return bool(self.value <= other.value) if isinstance(other, NamedState) else NotImplemented

    def __gt__(self, other: object) -> bool:
        return bool(self.value > other.value) if isinstance(other, NamedState) else NotImplemented

    def __ge__(self, other: object) -> bool:
        return bool(self.value >= other.value) if isinstance(other, NamedState) else NotImplemented

    @property
    def synchronized(self) -> bool:
        """Both initial numbers are known and acknowledged (RFC 9293 3.5.2, group 3)."""
        from lastack import _core

        return _core.state_synchronized(self)  # type: ignore[arg-type]
