"""What is known of the models behind an engine: id, licence and digest."""

from dataclasses import dataclass

from configs.settings import PlateDetectorSettings, PlateReaderSettings
from pipelines.engines import paddle_models, weights


@dataclass(frozen=True, slots=True)
class ModelCard:
    """One model that a replica runs.

    Attributes:
        task: What it is for.
        id: Its name, or its file's where the registry does not know it.
        licence: SPDX expression or a sentence; None where nobody said.
        sha256: Hexadecimal digest of its file; None where it is no single file of ours to read.
    """

    task: str
    id: str
    licence: str | None
    sha256: str | None


def plate_detector_cards(settings: PlateDetectorSettings) -> tuple[ModelCard, ...]:
    """The models behind the plate detector."""
    if settings.engine == "fake":
        return (ModelCard("plate detection", "fake", None, None),)
    return (
        _of_weights("plate detection", settings.weights),
        _of_weights("plate corners", "plate_corners"),
    )


def plate_reader_cards(settings: PlateReaderSettings) -> tuple[ModelCard, ...]:
    """The models behind the plate reader."""
    if settings.engine == "fake":
        return (ModelCard("plate reading", "fake", None, None),)
    cards = []
    if settings.engine in ("plates", "both"):
        cards.append(_of_weights("plate reading", settings.weights))
    if settings.engine in ("paddleocr", "both"):
        carried = paddle_models.RECOGNISER
        if settings.model == carried.name and settings.model_dir is None:
            cards.append(_of_wheel("plate reading", carried))
        else:
            cards.append(ModelCard("plate reading", settings.model, None, None))
        cards.append(_of_wheel("lines of plates", paddle_models.LINE_FINDER))
    return tuple(cards)


def _of_weights(task: str, name_or_path: str) -> ModelCard:
    known = weights.registry().get(name_or_path)
    if known is not None:
        return ModelCard(task, known.name, known.licence, known.sha256)
    path = weights.resolve(name_or_path)
    return ModelCard(task, path.name, None, weights.sha256(path))


def _of_wheel(task: str, model: paddle_models.CarriedModel) -> ModelCard:
    return ModelCard(
        task, model.name, paddle_models.LICENCE, weights.sha256(paddle_models.carried_path(model))
    )
