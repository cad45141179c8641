"""What the outcomes of a job with plates depend on, by name."""

from collections.abc import Iterator, Mapping
from typing import Any

from configs.settings import Settings
from pipelines.engines.model_cards import plate_detector_cards, plate_reader_cards


def settings_record(settings: Settings) -> dict[str, str]:
    """The settings that decide about plates, and the digests of the models that they name.

    Raises:
        ConfigurationError: A model cannot be had.
    """
    sections = {
        "plate_detector": settings.plate_detector,
        "plate_reader": settings.plate_reader,
        "plate_text": settings.plate_text,
    }
    values = {name: section.model_dump(mode="json") for name, section in sections.items()}
    values["limits"] = {"max_pixels": settings.limits.max_pixels}
    values["pictures"] = {"max_bytes": settings.pictures.max_bytes}
    cards = (
        *plate_detector_cards(settings.plate_detector),
        *plate_reader_cards(settings.plate_reader),
    )
    models = {f"model {card.id}": card.sha256 or "of no known digest" for card in cards}
    return {**dict(_flat(values, "")), **models}


def _flat(values: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, str]]:
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", str(value)
