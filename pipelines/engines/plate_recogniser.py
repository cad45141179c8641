"""The network of the small plate reader: crops in, characters' and regions' probabilities out."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from configs.settings import Runtime
from pipelines.engines import weights
from pipelines.engines.networks import PLATE_READER, Traits, load_failures, open_network
from pipelines.errors import ConfigurationError
from pipelines.plate_alphabet import ALPHABET
from pipelines.types import Picture

WIDTH: Final = 160
HEIGHT: Final = 64
"""Size of the network's input, pixels; crops are stretched to it."""

STEPS_PER_ROW: Final = 40
ROWS: Final = 2
"""The output reads the crop's upper half from left to right, then its lower half."""

UNKNOWN_REGION: Final = "unknown"

_INPUT: Final = "crops"
_OUTPUTS: Final = ("characters", "regions")


@dataclass(frozen=True, slots=True, eq=False)
class Recognition:
    """What the network says about one crop.

    Attributes:
        frames: ``(80, 1 + 36)`` float32 probabilities of blank and the characters of ``ALPHABET``.
        regions: ``(R,)`` float32 probabilities, in the order of ``PlateRecogniser.regions``.
    """

    frames: NDArray[np.float32]
    regions: NDArray[np.float32]


class PlateRecogniser:
    """An ONNX file of the small plate reader.

    Its input ``crops`` is ``(N, 64, 160, 3)`` uint8 RGB. Its outputs are ``characters``, ``(N, 80,
    37)`` float32 log-probabilities of blank and the characters that the metadata ``alphabet``
    names, and ``regions``, ``(N, R)`` float32 probabilities of the regions that the metadata
    ``regions`` names, separated by commas, the first being ``unknown``. Thread-safe.

    Args:
        name_or_path: A name from the weights registry, or a path.
        batch_size: Most crops of one forward pass.
        runtime: What computes it, on the CPU.
        traits: What was measured of it.

    Raises:
        ConfigurationError: The file cannot be loaded or is not such a reader.
    """

    def __init__(
        self,
        name_or_path: str,
        batch_size: int,
        runtime: Runtime = "auto",
        traits: Traits = PLATE_READER,
    ) -> None:
        self.path: Final = weights.resolve(name_or_path)
        self.model_id: Final = f"{self.path.stem}-{weights.sha256(self.path)[:8]}"
        self._batch_size = batch_size
        try:
            self._network = open_network(self.path, traits, runtime)
        except load_failures(OSError) as error:
            raise ConfigurationError(
                f"the plate reader {self.path} cannot be loaded: {error}"
            ) from error
        inputs = {one.name: one.dtype for one in self._network.inputs}
        classes = {one.name: one.shape[-1] for one in self._network.outputs}
        metadata = self._network.metadata
        alphabet = metadata.get("alphabet", "")
        if (
            inputs != {_INPUT: "uint8"}
            or not classes.keys() >= set(_OUTPUTS)
            or sorted(alphabet) != sorted(ALPHABET)
        ):
            raise ConfigurationError(f"{self.path} is not a plate reader of this service")
        self.regions: Final = tuple(metadata.get("regions", UNKNOWN_REGION).split(","))
        expected = {"characters": 1 + len(ALPHABET), "regions": len(self.regions)}
        if any(classes[name] != count for name, count in expected.items()):
            raise ConfigurationError(
                f"{self.path} answers classes {classes}, and its description names {expected}"
            )
        self._order = [0, *(1 + alphabet.index(character) for character in ALPHABET)]

    def __call__(self, crops: Sequence[Picture]) -> list[Recognition]:
        """Recognise crops, ``(h, w, 3)`` uint8 BGR, in order."""
        found: list[Recognition] = []
        for start in range(0, len(crops), self._batch_size):
            batch = np.stack([stretched(one) for one in crops[start : start + self._batch_size]])
            characters, regions = self._network.run(_OUTPUTS, {_INPUT: batch})
            frames = np.exp(characters[..., self._order])
            found += [Recognition(*one) for one in zip(frames, regions, strict=True)]
        return found

    def calibration(self, name: str) -> Mapping[str, Any] | None:
        """Return a calibration from the JSON file beside the weights, or None.

        Raises:
            ConfigurationError: The file cannot be read.
        """
        path = self.path.with_suffix(".json")
        try:
            fields = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
            found: Mapping[str, Any] | None = fields.get("calibration", {}).get(name)
        except (OSError, ValueError, AttributeError) as error:
            raise ConfigurationError(f"{path} does not describe weights: {error!r}") from error
        return found


def stretched(crop: Picture) -> Picture:
    """Return a crop as the network takes it: ``(64, 160, 3)`` uint8 RGB.

    Args:
        crop: ``(h, w, 3)`` uint8 BGR of any proportions; not changed.
    """
    height, width = crop.shape[:2]
    # OpenCV averages areas only where both sides shrink, so what must shrink does so first.
    least = (min(width, WIDTH), min(height, HEIGHT))
    shrunk = cv2.resize(crop, least, interpolation=cv2.INTER_AREA)
    resized = cv2.resize(shrunk, (WIDTH, HEIGHT), interpolation=cv2.INTER_LINEAR)
    rgb: Picture = cv2.cvtColor(resized, cv2.COLOR_BGR2RGB)
    return rgb
