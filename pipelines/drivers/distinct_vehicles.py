"""That no two vehicles of a gallery file bear one plate or one external id."""

from typing import Final

from pipelines.vehicles.records import VehicleDetails

MOST_VEHICLES: Final = 1_000_000
"""In a file: their plates and external ids are held in memory, some 200 bytes a vehicle."""


class DistinctVehicles:
    """Plates and external ids of the vehicles of a file so far."""

    def __init__(self) -> None:
        self.count = 0
        self._countries: dict[str, tuple[str, ...]] = {}
        self._alone: dict[str, tuple[str, ...]] = {}  # one tuple for the many plates of a country
        self._external_ids: set[str] = set()

    def add(self, details: VehicleDetails) -> str | None:
        """Note a vehicle.

        Returns:
            What it shares with one before it, such as ``bears the plate A1``, and then it is not
            noted; None where it shares nothing.
        """
        country = details.country or ""
        others = self._countries.get(details.plate, ())
        if others and (country in others or "" in {country, *others}):
            return f"bears the plate {details.plate}"
        if details.external_id in self._external_ids:
            return f'has the external id "{details.external_id}"'
        if details.external_id is not None:
            self._external_ids.add(details.external_id)
        alone = self._alone.setdefault(country, (country,))
        self._countries[details.plate] = (*others, country) if others else alone
        self.count += 1
        return None
