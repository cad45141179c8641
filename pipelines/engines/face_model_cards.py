"""What is known of the models behind the face encoder."""

from configs.settings import FaceEncoderSettings
from pipelines.engines.face_models import SFACE, YUNET
from pipelines.engines.face_pack_folder import LICENCE
from pipelines.engines.model_cards import ModelCard


def face_encoder_cards(settings: FaceEncoderSettings) -> tuple[ModelCard, ...]:
    """The models behind the face encoder."""
    if settings.engine == "fake":
        return (ModelCard("face embedding", "fake", None, None),)
    if settings.model == "sface":
        return (
            ModelCard("face detection", YUNET.name, YUNET.licence, YUNET.sha256),
            ModelCard("face embedding", SFACE.name, SFACE.licence, SFACE.sha256),
        )
    pack = f"insightface-{settings.model}"
    return (ModelCard("face detection and embedding", pack, LICENCE, None),)
