"""Makes a clip of vehicles and people who pass a camera, and counts what the camera makes of it.

``python -m tests.bench.camera_clip`` cuts vehicles and faces out of photos under GATEHOUSE_DATA,
has them pass over a street, some together, some with a stop, one twice, and writes the clip with
its truth. Without GATEHOUSE_DATA the vehicles are those of the sample pictures, and nobody walks
by. Then a camera watches it in this process, and its events are held against the truth, and against
reading each picture by itself. With ``--rtsp`` a service watches it too, by RTSP.
"""

import argparse
import asyncio
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from configs.camera_settings import CameraSettings
from configs.settings import Settings
from pipelines.events.records import EventKind
from pipelines.gallery.gallery import Gallery
from tests.bench.camera_clip import over_rtsp, sprites
from tests.bench.camera_clip.rtsp import MISSING, has_rtsp
from tests.bench.camera_clip.scene import Passage, plan, seen
from tests.bench.camera_clip.scoring import Score, score, told
from tests.bench.camera_clip.sprites import Person
from tests.bench.camera_clip.watching import Studio, Watched
from tests.bench.camera_clip.writing import write_clip, write_truth
from tests.contract.engines import Engines


def cast(options: argparse.Namespace) -> tuple[list[sprites.Sprite], list[Person]]:
    """Who passes."""
    if options.data is None:
        return list(sprites.drawn_vehicles()), []
    vehicles = sprites.photographed_vehicles(options.data, options.vehicles, options.seed)
    return vehicles, sprites.walkers(options.data, options.people, options.seed)


async def watched(
    clip: Path, camera: CameraSettings, people: Sequence[Person], folder: Path
) -> tuple[Watched, dict[int, str]]:
    """Has a camera watch a clip; what came of it, and the names of the drivers by id."""
    settings = Settings.model_validate(
        {
            "gallery": {"database_url": f"sqlite:///{folder}/gatehouse.db", "snapshots": None},
            "storage": {"url": str(folder / "crops")},
        }
    )
    engines = Engines.real(settings)
    gallery = Gallery.open(settings.gallery, engines.encoder.model_id, engines.encoder.dimension)
    try:
        studio = Studio(settings, gallery, engines)
        names = {await studio.enrol(one.name, one.enrolled): one.name for one in people}
        return await studio.watch(clip, camera), names
    finally:
        gallery.close()


def lines(
    passages: Sequence[Passage], found: Watched, vehicles: Score, people: Score | None
) -> list[str]:
    """What is printed."""
    alone = Counter(found.texts)
    said = [
        f"clip: {found.clip_s:.0f} s, {len(passages)} passages, {found.pictures} pictures",
        told("vehicles", vehicles),
        f"every picture by itself: {sum(alone.values())} readings, {len(alone)} different texts",
    ]
    if people is not None:
        said.append(told("people", people))
    tally = found.tally
    said.append(f"came again: {tally.repeated}, unclear: {tally.unclear}")
    said.append(
        f"processor: {found.processor_s / max(found.clip_s, 1e-9):.2f} s a second of video, "
        f"{1000 * found.processor_s / max(found.pictures, 1):.0f} ms a picture"
    )
    return said


def main(arguments: Sequence[str]) -> int:
    """Makes the clip and prints the figures; returns the exit status."""
    options = _parse(arguments)
    if options.rtsp and not has_rtsp():
        sys.exit(MISSING)
    options.out.mkdir(parents=True, exist_ok=True)
    clip = options.out / f"clip{'.avi' if options.rtsp else options.format}"
    vehicles, people = cast(options)
    passages = plan(vehicles, [one.sprite for one in people], options.seed)
    shutter_s = 1.0 / options.shutter
    write_clip(clip, seen(sprites.street(), passages, options.rate, shutter_s), options.rate)
    write_truth(options.out / "truth.json", passages)
    sys.stdout.write(f"{clip}: {clip.stat().st_size / 2**20:.1f} MiB\n")
    if options.only_write:
        return 0
    look_for = ("plates", "faces") if people else ("plates",)
    camera = CameraSettings(
        id="demo", url=str(clip), look_for=look_for, frames_per_second=options.frames_per_second
    )
    with tempfile.TemporaryDirectory() as folder:
        found, names = asyncio.run(watched(clip, camera, people, Path(folder)))
    raised = [one.plate.text for one in found.events if one.plate]
    walked = [
        names.get(one.driver_id or 0, "somebody unknown")
        for one in found.events
        if one.kind is EventKind.FACE_IDENTIFIED
    ]
    of_people = score([one.name for one in people], walked) if people else None
    passed = [one.name for one in vehicles]
    sys.stdout.write("\n".join(lines(passages, found, score(passed, raised), of_people)) + "\n")
    if options.rtsp:
        with tempfile.TemporaryDirectory() as folder:
            for line in over_rtsp.shown(clip, found.clip_s, passed, people, Path(folder)):
                sys.stdout.write(f"{line}\n")
                sys.stdout.flush()
    return 0


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    data = os.environ.get("GATEHOUSE_DATA")
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=Path("var/camera_clip"), help="folder")
    parser.add_argument("--data", type=Path, default=data and Path(data))
    parser.add_argument("--samples", dest="data", action="store_const", const=None)
    parser.add_argument("--format", choices=(".mp4", ".avi"), default=".mp4")
    parser.add_argument("--rate", type=float, default=20.0, help="pictures a second of the clip")
    parser.add_argument("--shutter", type=float, default=250.0, help="a fraction: 250 is 1/250 s")
    parser.add_argument("--vehicles", type=int, default=16)
    parser.add_argument("--people", type=int, default=4)
    parser.add_argument("--frames-per-second", type=float, default=4.0, help="that are looked at")
    parser.add_argument("--rtsp", action="store_true", help="show it to a service by RTSP too")
    parser.add_argument("--only-write", action="store_true", help="make the clip alone")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
