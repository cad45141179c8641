"""That no two of a kind in a gallery file have one external id."""


class DistinctExternalIds:
    """External ids of the drivers, or of the vehicles, of a file so far."""

    def __init__(self) -> None:
        self._known: set[str] = set()

    def add(self, external_id: str | None) -> bool:
        """Whether nobody before has it; None is shared by many."""
        if external_id is None:
            return True
        is_new = external_id not in self._known
        self._known.add(external_id)
        return is_new
