"""The promises of every face encoder, then those of the real one."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest
from skimage import data

from configs.settings import FaceEncoderSettings, Runtime
from pipelines.engines import openvino_runtime
from pipelines.engines.face_alignment import aligned
from pipelines.engines.face_encoder import InsightFaceEncoder, build_face_encoder, display_crop
from pipelines.engines.fake_face_encoder import FakeFaceEncoder, draw_fake_face
from pipelines.errors import ConfigurationError
from pipelines.imaging import decode, encode_png
from pipelines.types import Box, FaceEncoder, Picture
from tests.unit.runtimes import NEEDS_OPENVINO


def grey(height: int, width: int) -> Picture:
    return np.full((height, width, 3), 127, np.uint8)


def portrait() -> Picture:
    return read(Path(data.__file__).with_name("astronaut.png"))


def drawn(identity: int = 7) -> Picture:
    return draw_fake_face(grey(240, 320), 60, 50, identity)[0]


@pytest.fixture(scope="module")
def sface() -> FaceEncoder:
    runtime: Runtime = "openvino" if openvino_runtime.is_installed() else "auto"
    return build_face_encoder(FaceEncoderSettings(runtime=runtime))


@pytest.fixture(scope="module")
def sface_on_onnx_runtime() -> FaceEncoder:
    return build_face_encoder(FaceEncoderSettings(runtime="onnxruntime"))


@pytest.fixture(
    params=["fake", pytest.param("sface", marks=NEEDS_OPENVINO), "sface_on_onnx_runtime"]
)
def engine(request: pytest.FixtureRequest) -> tuple[FaceEncoder, Picture]:
    """An encoder and a picture in which it finds one face."""
    if request.param == "fake":
        return build_face_encoder(FaceEncoderSettings(engine="fake")), drawn()
    encoder: FaceEncoder = request.getfixturevalue(request.param)
    return encoder, portrait()


Engine = tuple[FaceEncoder, Picture]


def test_no_pictures_give_no_answers(engine: Engine) -> None:
    assert engine[0].encode([]) == []


def test_a_picture_without_a_face_gives_an_empty_tuple_in_its_place(engine: Engine) -> None:
    encoder, picture = engine
    first, second, third = encoder.encode([grey(200, 200), picture, grey(50, 90)])
    assert (first, third) == ((), ())
    assert len(second) == 1


@pytest.mark.parametrize("shape", [(0, 0), (0, 7), (1, 1), (1, 3000), (3000, 2), (31, 33)])
def test_tiny_and_odd_pictures_hold_no_face(engine: Engine, shape: tuple[int, int]) -> None:
    assert engine[0].encode([grey(*shape)]) == [()]


def test_a_face_is_complete(engine: Engine) -> None:
    encoder, picture = engine
    (face,) = encoder.encode([picture])[0]
    height, width = picture.shape[:2]
    assert face.embedding.shape == (encoder.dimension,)
    assert face.embedding.dtype == np.float32
    assert float(np.linalg.norm(face.embedding)) == pytest.approx(1.0, abs=1e-5)
    assert 0 <= face.box.x1 < face.box.x2 <= width
    assert 0 <= face.box.y1 < face.box.y2 <= height
    assert 0.6 <= face.score <= 1
    assert face.landmarks.shape == (5, 2)
    assert face.landmarks.dtype == np.float32
    (left_eye, right_eye, nose, left_mouth, right_mouth) = face.landmarks
    assert left_eye[0] < nose[0] < right_eye[0]
    assert left_mouth[0] < right_mouth[0]
    assert left_eye[1] < nose[1] < left_mouth[1]
    assert face.aligned.shape == (112, 112, 3)
    assert face.aligned.dtype == np.uint8
    assert max(face.crop.shape[:2]) <= 256
    assert face.quality.size_px == pytest.approx(min(face.box.width, face.box.height))


def test_pictures_are_left_as_they_are(engine: Engine) -> None:
    encoder, picture = engine
    before = picture.copy()
    (face,) = encoder.encode([picture])[0]
    np.testing.assert_array_equal(picture, before)
    assert not np.shares_memory(face.crop, picture)
    assert not np.shares_memory(face.aligned, picture)


def test_a_batch_equals_single_pictures(engine: Engine) -> None:
    encoder, picture = engine
    pictures = [picture, np.ascontiguousarray(picture[:-10, 20:]), grey(64, 64), picture]
    batch = encoder.encode(pictures)
    singles = [encoder.encode([one])[0] for one in pictures]
    assert [len(faces) for faces in batch] == [1, 1, 0, 1]
    for together, alone in zip(batch, singles, strict=True):
        for one, other in zip(together, alone, strict=True):
            np.testing.assert_allclose(one.embedding, other.embedding, atol=1e-5)
            assert one.box == other.box


def test_threads_agree(engine: Engine) -> None:
    encoder, picture = engine
    pictures = [picture[: picture.shape[0] - cut].copy() for cut in (0, 3, 7, 12)] * 2
    expected = [encoder.encode([one])[0][0].embedding for one in pictures]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda one: encoder.encode([one])[0][0].embedding, pictures))
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)


def test_a_stored_face_is_embedded_as_it_was_when_it_was_found(sface: FaceEncoder) -> None:
    pictures = [portrait()[: 512 - cut] for cut in range(9)]
    found = [faces[0] for faces in sface.encode(pictures)]
    stored = [decode(encode_png(face.aligned), max_pixels=112 * 112) for face in found]
    vectors = sface.embed(stored)
    assert vectors.shape == (9, sface.dimension)
    assert vectors.dtype == np.float32
    for face, vector in zip(found, vectors, strict=True):
        assert float(face.embedding @ vector) > 0.9999


def test_an_aligned_face_is_embedded_as_the_person_it_shows(engine: Engine) -> None:
    encoder, picture = engine
    (face,) = encoder.encode([picture])[0]
    vectors = encoder.embed([face.aligned, grey(112, 112)])
    assert vectors.shape == (2, encoder.dimension)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert float(face.embedding @ vectors[0]) > 0.9
    assert float(face.embedding @ vectors[1]) < 0.5


def test_embedding_no_faces_gives_no_rows(engine: Engine) -> None:
    vectors = engine[0].embed([])
    assert vectors.shape == (0, engine[0].dimension)
    assert vectors.dtype == np.float32


def test_refuses_to_embed_what_is_no_aligned_face(sface: FaceEncoder) -> None:
    message = r"^an aligned face is 112 x 112 pixels, not \(112, 100\)$"
    with pytest.raises(ValueError, match=message):
        sface.embed([grey(112, 100)])


def two_faces(picture: Picture) -> Picture:
    small = cv2.resize(picture, None, fx=0.6, fy=0.6, interpolation=cv2.INTER_AREA)
    both = grey(picture.shape[0], picture.shape[1] + small.shape[1])
    both[: small.shape[0], : small.shape[1]] = small
    both[:, small.shape[1] :] = picture
    return both


def test_the_largest_face_comes_first(engine: Engine) -> None:
    encoder, picture = engine
    faces = encoder.encode([two_faces(picture)])[0]
    assert len(faces) == 2
    assert all(one.box.area > other.box.area for one, other in pairwise(faces))


@pytest.mark.parametrize("name", ["fake", "insightface"])
def test_settings_bound_the_faces(name: str) -> None:
    picture = two_faces(drawn() if name == "fake" else portrait())

    def count(**bounds: int) -> int:
        settings = FaceEncoderSettings.model_validate({"engine": name, **bounds})
        return len(build_face_encoder(settings).encode([picture])[0])

    assert count(max_faces=1) == 1
    assert count(min_face_px=70) == 1
    assert count(min_face_px=300) == 0


def test_the_engine_setting_chooses_the_class(sface: FaceEncoder) -> None:
    assert isinstance(sface, InsightFaceEncoder)
    assert isinstance(build_face_encoder(FaceEncoderSettings(engine="fake")), FakeFaceEncoder)


def test_refuses_a_device_that_is_not_there() -> None:
    with pytest.raises(ConfigurationError, match="needs the package onnxruntime-gpu"):
        build_face_encoder(FaceEncoderSettings(device="cuda"))


@pytest.mark.parametrize(
    ("picture", "message"),
    [
        (np.zeros((40, 40), np.uint8), "a picture is (H, W, 3) uint8 BGR, not (40, 40) uint8"),
        (np.zeros((9, 9, 4), np.uint8), "a picture is (H, W, 3) uint8 BGR, not (9, 9, 4) uint8"),
        (
            np.zeros((9, 9, 3), np.float32),
            "a picture is (H, W, 3) uint8 BGR, not (9, 9, 3) float32",
        ),
    ],
)
def test_refuses_what_is_no_picture(sface: FaceEncoder, picture: Picture, message: str) -> None:
    with pytest.raises(ValueError) as caught:
        sface.encode([picture])
    assert str(caught.value) == message


@pytest.mark.parametrize(
    "change",
    [
        lambda picture: picture[:, 30:-30],
        lambda picture: cv2.resize(picture, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA),
        lambda picture: cv2.resize(picture, None, fx=4, fy=4, interpolation=cv2.INTER_CUBIC),
        lambda picture: picture[:, ::-1],
        lambda picture: cv2.copyMakeBorder(picture, 0, 900, 1500, 0, cv2.BORDER_REPLICATE),
    ],
    ids=["cropped", "half size", "four times the size", "mirrored", "small in a large picture"],
)
def test_one_person_stays_one_person(
    sface: FaceEncoder, change: Callable[[Picture], Picture]
) -> None:
    picture = portrait()
    (face,), (changed,) = sface.encode([picture, change(picture)])
    assert float(face.embedding @ changed.embedding) > 0.85


def test_finds_a_face_of_100_px_in_12_megapixels(sface: FaceEncoder) -> None:
    picture = grey(3000, 4000)
    picture[1900:2412, 2900:3412] = portrait()
    (face,) = sface.encode([picture])[0]
    (known,) = sface.encode([portrait()])[0]
    assert 80 < face.box.width < 120
    assert face.box.x1 == pytest.approx(known.box.x1 + 2900, abs=8)
    assert face.box.y1 == pytest.approx(known.box.y1 + 1900, abs=8)
    assert float(face.embedding @ known.embedding) > 0.9


def test_the_embedding_comes_from_the_aligned_crop(sface: FaceEncoder) -> None:
    picture = portrait()
    (face,) = sface.encode([picture])[0]
    np.testing.assert_array_equal(face.aligned, aligned(picture, face.landmarks))


def test_display_crop_has_context_inside_the_picture() -> None:
    picture = np.arange(100 * 200 * 3, dtype=np.uint8).reshape(100, 200, 3)
    crop = display_crop(picture, Box(0, 20, 40, 70))
    np.testing.assert_array_equal(crop, picture[5:85, 0:52])


def test_display_crop_of_a_face_that_the_border_all_but_hides_is_not_empty() -> None:
    assert display_crop(grey(100, 200), Box(199, 99, 200, 100)).shape == (2, 2, 3)


def test_display_crop_of_a_large_face_is_shrunk() -> None:
    assert display_crop(grey(2000, 3000), Box(500, 500, 1500, 1750)).shape == (256, 218, 3)


@pytest.mark.slow
def test_drivers_are_told_from_strangers(sface: FaceEncoder, gatehouse_data: Path) -> None:
    faces = gatehouse_data / "data" / "faces"
    people = sorted((faces / "drivers").iterdir())[:12]
    own: list[float] = []
    templates = []
    for person in people:
        pictures = [read(path) for path in sorted(person.glob("*.jpg"))[:5]]
        vectors = np.stack([found[0].embedding for found in sface.encode(pictures)])
        template = vectors[:3].mean(axis=0)
        templates.append(template / np.linalg.norm(template))
        own.extend(vectors[3:] @ templates[-1])
    strangers = [read(path) for path in sorted((faces / "strangers").glob("*.jpg"))[:40]]
    others = [
        max(float(found[0].embedding @ template) for template in templates)
        for found in sface.encode(strangers)
    ]
    assert np.mean(np.array(own) > 0.45) > 0.95
    assert np.mean(np.array(others) > 0.45) < 0.05


def test_a_small_search_finds_the_same_embedding(sface: FaceEncoder, gatehouse_data: Path) -> None:
    drivers = gatehouse_data / "data" / "faces" / "drivers"
    pictures = [read(next(path.glob("*.jpg"))) for path in sorted(drivers.iterdir())[:20]]
    coarse = InsightFaceEncoder(FaceEncoderSettings(detection_size=128))
    near = [faces[0].embedding for faces in sface.encode(pictures)]
    far = [faces[0].embedding for faces in coarse.encode(pictures)]
    assert np.median([one @ other for one, other in zip(near, far, strict=True)]) > 0.95


def read(path: Path) -> Picture:
    return np.asarray(cv2.imread(str(path)), np.uint8)
