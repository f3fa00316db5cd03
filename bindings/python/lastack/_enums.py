"""What the enumerations of lastack can do beside being named."""

import enum


class NamedState(enum.Enum):
    """A state of RFC 9293 3.3.2. It prints as the RFC spells it: str(State.SYN_RECEIVED) is "SYN-RECEIVED"."""

    def __str__(self) -> str:
        return self.name.replace("_", "-")

    def __repr__(self) -> str:
        return f"State.{self.name}"

    @property
    def synchronized(self) -> bool:
        """Both initial numbers are known and acknowledged (RFC 9293 3.5.2, group 3)."""
        from lastack import _core

        return _core.state_synchronized(self)  # type: ignore[arg-type]
