"""What each network has to do at the gate, on development pictures."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from configs.settings import FaceEncoderSettings, Runtime
from pipelines.engines import networks, weights
from pipelines.engines.detection_networks import OnnxNetwork
from pipelines.engines.face_alignment import aligned
from pipelines.engines.face_detection import FaceFinder, YuNet
from pipelines.engines.face_models import load_sface, load_yunet
from pipelines.engines.letterbox import letterbox
from pipelines.engines.networks import Traits
from pipelines.engines.plate_corners import CornerFinder
from pipelines.engines.plate_evidence import Evidence
from pipelines.engines.plate_recogniser import PlateRecogniser
from pipelines.engines.plate_views import further_views
from pipelines.straightening import crop_limits, straighten, upright
from pipelines.training.plate_metrics import Found, figures, without_overlaps
from pipelines.types import Picture
from tests.bench.dataset import LabelledPicture
from tests.bench.rates import folded

SCORES: Final = (0.1, 0.3, 0.4)
"""Those that the service decides by: min_score, sure_score and clear_score."""

FALSE_ACCEPTS: Final = 1e-3
_MARGIN: Final = 0.06
_SIDE: Final = 416

Points = dict[str, float]
"""Figure -> percent."""


@dataclass(frozen=True, slots=True)
class Variant:
    """A runtime with a precision."""

    name: str
    runtime: Runtime
    bfloat16: bool

    def of(self, traits: Traits) -> Traits:
        """The traits with this precision."""
        return replace(traits, bfloat16=self.bfloat16)


class Task(ABC):
    """One network's work."""

    traits: Traits

    @abstractmethod
    def open(self, variant: Variant) -> Any:
        """The engine around the network, as the service has it."""

    @abstractmethod
    def measure(self, engine: Any) -> Points:
        """How well it does its work."""

    @abstractmethod
    def once(self, engine: Any) -> Callable[[], object]:
        """One usual call of it, to be timed."""


class FindPlates(Task):
    """Average precision and plates found in photos."""

    traits = networks.PLATE_DETECTOR

    def __init__(self, photos: Sequence[LabelledPicture]) -> None:
        self._photos = photos

    def open(self, variant: Variant) -> OnnxNetwork:
        path = weights.resolve("plate_detector")
        network = networks.open_network(path, variant.of(self.traits), variant.runtime)
        return OnnxNetwork(network, 0.02)

    def measure(self, engine: OnnxNetwork) -> Points:
        answers = [self._found(engine, photo) for photo in self._photos]
        found = [figures(answers, score) for score in SCORES]
        return {
            "average precision": 100 * found[0].map50,
            "mean overlap": 100 * found[0].mean_iou,
            "plates found, mean of the service's three scores": 100
            * float(np.mean([one.recall for one in found])),
        }

    def once(self, engine: OnnxNetwork) -> Callable[[], object]:
        canvas = letterbox(_read(self._photos[0].path), _SIDE).canvas
        canvas = cv2.resize(canvas, (416, 320))
        return lambda: engine.boxes([canvas])

    def _found(self, engine: OnnxNetwork, photo: LabelledPicture) -> Found:
        boxed = letterbox(_read(photo.path), _SIDE)
        (rows,) = engine.boxes([boxed.canvas])
        boxes = [boxed.to_source(*sides) for *sides, _ in rows]
        truth = [plate.box for plate in photo.plates if plate.box is not None]
        answer = Found(
            np.array([[b.x1, b.y1, b.x2, b.y2] for b in boxes], np.float64).reshape(-1, 4),
            np.array([row[4] for row in rows], np.float64),
            np.array([[b.x1, b.y1, b.x2, b.y2] for b in truth], np.float64).reshape(-1, 4),
        )
        return without_overlaps(answer)


class FindCorners(Task):
    """Texts read right from plates that are straightened by their corners."""

    traits = networks.PLATE_CORNERS

    def __init__(self, photos: Sequence[LabelledPicture]) -> None:
        self._photos = [one for one in photos if any(plate.text for plate in one.plates)]
        self._reader = PlateRecogniser("plate_reader", 16, "onnxruntime")

    def open(self, variant: Variant) -> CornerFinder:
        return CornerFinder(runtime=variant.runtime, traits=variant.of(self.traits))

    def measure(self, engine: CornerFinder) -> Points:
        crops, texts, sure = [], [], 0
        for photo in self._photos:
            picture = _read(photo.path)
            known = [(plate.box, plate.text) for plate in photo.plates if plate.box and plate.text]
            corners = engine.find(picture, [box for box, _ in known])
            for (box, text), found in zip(known, corners, strict=True):
                limits = crop_limits(1)
                plain = upright(picture, box, _MARGIN, limits)
                crops.append(
                    plain if found is None else straighten(picture, found, _MARGIN, limits)
                )
                texts.append(text)
                sure += found is not None
        return {
            "texts read from its crops": _read_right(self._reader, crops, texts),
            "plates with sure corners": 100 * sure / len(texts),
        }

    def once(self, engine: CornerFinder) -> Callable[[], object]:
        picture = _read(self._photos[0].path)
        boxes = [plate.box for plate in self._photos[0].plates if plate.box][:1]
        return lambda: engine.estimate(picture, boxes)


class ReadPlates(Task):
    """Texts read right from labelled crops and from further views of them."""

    traits = networks.PLATE_READER

    def __init__(self, crops: Sequence[tuple[Path, str]]) -> None:
        read = [(_read(path), text) for path, text in crops]
        views = [(view, text) for crop, text in read for view in (crop, *further_views(crop))]
        self._crops, self._texts = [view for view, _ in views], [text for _, text in views]

    def open(self, variant: Variant) -> PlateRecogniser:
        return PlateRecogniser("plate_reader", 16, variant.runtime, variant.of(self.traits))

    def measure(self, engine: PlateRecogniser) -> Points:
        return {
            "texts read, each crop in several views": _read_right(engine, self._crops, self._texts)
        }

    def once(self, engine: PlateRecogniser) -> Callable[[], object]:
        return lambda: engine(self._crops[:1])


class FindFaces(Task):
    """Pairs of one person's photos that are told from strangers' by the landmarks' embeddings."""

    traits = networks.FACE_DETECTOR

    def __init__(self, people: Sequence[Sequence[Picture]]) -> None:
        self._people = people
        self._encoder = load_sface(
            "cpu", "openvino", replace(networks.FACE_ENCODER, bfloat16=False)
        )

    def open(self, variant: Variant) -> FaceFinder:
        network = load_yunet(variant.runtime, variant.of(self.traits))
        return FaceFinder(YuNet(network), FaceEncoderSettings())

    def measure(self, engine: FaceFinder) -> Points:
        vectors = []
        for photos in self._people:
            crops = list(_crops(engine, photos))
            vectors.append(_units(self._encoder.get_feat(crops)) if crops else np.empty((0, 128)))
        return {f"pairs accepted at {FALSE_ACCEPTS} false": accepted(vectors)}

    def once(self, engine: FaceFinder) -> Callable[[], object]:
        return lambda: engine.find(self._people[0][0])


class EncodeFaces(Task):
    """Pairs of one person's photos that are told from strangers'."""

    traits = networks.FACE_ENCODER

    def __init__(self, people: Sequence[Sequence[Picture]]) -> None:
        finder = FaceFinder(YuNet(load_yunet("onnxruntime")), FaceEncoderSettings())
        self._crops = [crops for photos in people if (crops := list(_crops(finder, photos)))]
        self._reference: list[NDArray[np.float32]] | None = None

    def open(self, variant: Variant) -> Any:
        return load_sface("cpu", variant.runtime, variant.of(self.traits))

    def measure(self, engine: Any) -> Points:
        vectors = [_units(engine.get_feat(crops)) for crops in self._crops]
        if self._reference is None:
            self._reference = vectors
        same = [
            float((one * other).sum(axis=1).min())
            for one, other in zip(vectors, self._reference, strict=True)
        ]
        return {
            f"pairs accepted at {FALSE_ACCEPTS} false": accepted(vectors),
            "least cosine to the reference's vector": 100 * min(same),
        }

    def once(self, engine: Any) -> Callable[[], object]:
        return lambda: engine.get_feat(self._crops[0][:1])


def _read(path: Path) -> Picture:
    picture: Picture = cv2.imread(str(path))
    return picture


def _read_right(reader: PlateRecogniser, crops: Sequence[Picture], texts: Sequence[str]) -> float:
    found = [Evidence((one,)).texts()[0].text for one in reader(crops)]
    return 100 * float(np.mean([folded(a) == folded(b) for a, b in zip(found, texts, strict=True)]))


def _crops(finder: FaceFinder, photos: Sequence[Picture]) -> Iterator[Picture]:
    for photo in photos:
        faces = finder.find(photo)
        if faces:
            yield aligned(photo, faces[0].landmarks)


def _units(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


def accepted(vectors: Sequence[NDArray[Any]]) -> float:
    """Percent of one person's pairs above the threshold that so many of others' pairs pass."""
    everything = np.concatenate(vectors)
    person = np.repeat(np.arange(len(vectors)), [len(its) for its in vectors])
    cosines = everything @ everything.T
    upper = np.triu(np.ones_like(cosines, bool), 1)
    same = person[:, None] == person[None, :]
    threshold = np.quantile(cosines[upper & ~same], 1 - FALSE_ACCEPTS)
    return 100 * float(np.mean(cosines[upper & same] > threshold))
