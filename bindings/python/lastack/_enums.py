"""What the enumerations of lastack can do beside being named."""

import enum


class NamedState(enum.Enum):
    """A base for `State`: spelled as RFC 9293 spells it."""

    def __str__(self) -> str:
        return self.name.replace("_", "-")
