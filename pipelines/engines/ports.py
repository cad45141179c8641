"""What goes into a network and comes out of it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Port:
    """An input or an output of a network.

    Attributes:
        name: As its file names it.
        shape: None where it is free.
        dtype: NumPy's name of the elements' type.
    """

    name: str
    shape: tuple[int | None, ...]
    dtype: str
