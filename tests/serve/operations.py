"""What clients ask of the gallery about one person, and what they are told."""

import math
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Register:
    """Enrol a new driver with this many faces; the person must not be enrolled, but for a twin."""

    faces: int
    name: str | None = None
    twin: bool = False


@dataclass(frozen=True, slots=True)
class AddFaces:
    """Add this many faces to a driver."""

    driver_id: int
    faces: int


@dataclass(frozen=True, slots=True)
class RemoveFace:
    """Take one face from a driver, who keeps the last one."""

    driver_id: int
    face_id: int


@dataclass(frozen=True, slots=True)
class Rename:
    """Name a driver; with a version, only if it has not changed since."""

    driver_id: int
    name: str
    version: int | None = None


@dataclass(frozen=True, slots=True)
class Erase:
    """Erase a driver."""

    driver_id: int


@dataclass(frozen=True, slots=True)
class Merge:
    """Give a driver the faces of another one of the same person, which is erased."""

    driver_id: int
    other_id: int


@dataclass(frozen=True, slots=True)
class Search:
    """Ask whose face it is."""


@dataclass(frozen=True, slots=True)
class Look:
    """Read one driver."""

    driver_id: int


Write = AddFaces | RemoveFace | Rename | Merge | Erase
"""Calls that change one driver who is there."""

Call = Register | Write | Search | Look


@dataclass(frozen=True, slots=True)
class Registered:
    """The new driver's id."""

    driver_id: int


@dataclass(frozen=True, slots=True)
class Done:
    """It was done; the driver's version after it where the answer tells."""

    version: int | None = None


@dataclass(frozen=True, slots=True)
class Absent:
    """There is no such driver, or the driver has no such face."""


@dataclass(frozen=True, slots=True)
class Changed:
    """Refused: the driver is not at the version that was asked for."""


@dataclass(frozen=True, slots=True)
class Enrolled:
    """Refused: the person is enrolled already."""


@dataclass(frozen=True, slots=True)
class Last:
    """Refused: the driver has no other face."""


@dataclass(frozen=True, slots=True)
class Found:
    """All drivers that the face resembles, and the change that the answer is as new as."""

    driver_ids: frozenset[int]
    sequence: int | None = None


@dataclass(frozen=True, slots=True)
class Named:
    """The one driver that the face was recognised as, or nobody: also where two are too alike."""

    driver_id: int | None


@dataclass(frozen=True, slots=True)
class Record:
    """A driver as it was read; what the answer does not tell is None."""

    faces: int
    version: int | None = None
    name: str | None = None


Answer = Registered | Done | Absent | Changed | Enrolled | Last | Found | Named | Record


@dataclass(frozen=True, slots=True)
class Operation:
    """One call about one person.

    Attributes:
        person: Whose face it is.
        invoked_at: Monotonic seconds just before the request was sent.
        answered_at: Monotonic seconds just after the answer was there; infinite without one.
        answer: None where it is not known whether the call took effect, or ever will.
    """

    person: int
    call: Call
    invoked_at: float
    answered_at: float = math.inf
    answer: Answer | None = None
    client: int = field(default=0, compare=False)

    @property
    def changes_nothing(self) -> bool:
        """Whether the ideal gallery is the same after this call as before it."""
        refused = isinstance(self.answer, Absent | Changed | Enrolled)
        return refused or isinstance(self.call, Search | Look)
