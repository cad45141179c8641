"""Moves a gallery to another face model while the service answers.

The vectors of the new model are made from the stored aligned faces and written beside those of the
old one, which the service goes on searching. Then the configuration's model is changed and the
service redeployed; then this is run once more, for those who were enrolled in between.

Run: ``python -m pipelines.gallery.reembedding --config serve_config.yaml --model buffalo_l``
"""

import argparse
import os
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Final

import yaml
from pydantic import ValidationError
from tqdm import tqdm

from configs.settings import Settings
from pipelines.engines.face_encoder import build_face_encoder
from pipelines.errors import ConfigurationError, Conflict, GatehouseError
from pipelines.gallery.embedding_job import EmbeddingJob
from pipelines.gallery.store import GalleryStore
from pipelines.gallery.stored_models import (
    FaceName,
    faces_of_only,
    lost_faces,
    named_faces,
    stored_models,
)
from pipelines.types import FaceEncoder

_IMPORT_PATH: Final = "deployments.app:build"
_MOST_NAMED: Final = 20
_NO_MODEL: Final = "none"  # of a store that is opened to look after vectors, not to use them


def main(arguments: Sequence[str]) -> int:
    """Run the command; returns its exit status, 0 where it did what it was asked to."""
    options = _parser().parse_args(arguments)
    try:
        settings = settings_of(options.config)
        if options.list:
            _list(settings)
        elif options.drop is not None:
            _drop(settings, options.drop, force=options.force)
        else:
            _embed(settings, options.model)
    except GatehouseError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


def settings_of(config: Path) -> Settings:
    """The settings in a Serve YAML.

    Raises:
        ConfigurationError: The file is no Serve YAML of this service, or a setting is wrong.
    """
    try:
        document = yaml.safe_load(config.read_text(encoding="utf-8"))
        ours = [one for one in document["applications"] if one.get("import_path") == _IMPORT_PATH]
        return Settings.model_validate(ours[0].get("args") or {})
    except (OSError, UnicodeDecodeError, yaml.YAMLError, ValidationError) as error:
        raise ConfigurationError(f"{config}: {error}") from error
    except (AttributeError, KeyError, IndexError, TypeError) as error:
        raise ConfigurationError(f"{config} has no application {_IMPORT_PATH}") from error


def _embed(settings: Settings, model: str | None) -> None:
    encoder = _encoder(settings, model)
    model_id = encoder.model_id
    with closing(GalleryStore.open(settings.gallery, model_id, encoder.dimension)) as store:
        (before,) = [one for one in stored_models(store, model_id) if one.model_id == model_id]
        with tqdm(total=before.missing, desc=model_id, unit="face") as bar:
            done = EmbeddingJob(store, encoder).run(bar.update)
        (after,) = [one for one in stored_models(store, model_id) if one.model_id == model_id]
        lost = lost_faces(store, model_id, _MOST_NAMED)
        unusable = named_faces(store, done.undecodable[:_MOST_NAMED])
    _say(f"{model_id}: {done.embedded} faces embedded now, {after.faces} in all")
    if after.lost:
        _say(f"{after.lost} without a picture, to be enrolled again: {_names(lost, after.lost)}")
    if done.undecodable:
        count = len(done.undecodable)
        _say(f"{count} with an unusable picture, to be enrolled again: {_names(unusable, count)}")


def _list(settings: Settings) -> None:
    configured = _encoder(settings).model_id
    with closing(GalleryStore.open(settings.gallery, _NO_MODEL, 1)) as store:
        models = stored_models(store, configured)
    _say(f"{'faces':>10}{'to embed':>10}{'no picture':>12}  model")
    for one in models:
        note = " (of the configuration)" if one.model_id == configured else ""
        _say(f"{one.faces:>10}{one.missing:>10}{one.lost:>12}  {one.model_id}{note}")


def _drop(settings: Settings, model_id: str, *, force: bool) -> None:
    if model_id == _encoder(settings).model_id and not force:
        raise Conflict(
            f"{model_id} is the model of the configuration; --force drops it all the same"
        )
    with closing(GalleryStore.open(settings.gallery, _NO_MODEL, 1)) as store:
        known = [one.model_id for one in stored_models(store)]
        if model_id not in known:
            raise Conflict(f"the gallery has no vectors of {model_id}; it has {', '.join(known)}")
        only = faces_of_only(store, model_id, _MOST_NAMED + 1)
        if only and not force:
            names = _names(only, len(only))
            raise Conflict(
                f"some faces have vectors of no other model; --force drops theirs too: {names}"
            )
        _say(f"{model_id}: {store.directory.drop_model(model_id)} vectors dropped")


def _encoder(settings: Settings, model: str | None = None) -> FaceEncoder:
    chosen = settings.face_encoder
    return build_face_encoder(chosen.model_copy(update={"model": model}) if model else chosen)


def _names(faces: Sequence[FaceName], count: int) -> str:
    named = ", ".join(str(face) for face in faces[:_MOST_NAMED])
    return f"{named} and more" if count > _MOST_NAMED else named


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m pipelines.gallery.reembedding",
        description="Moves a gallery to another face model while the service answers.",
    )
    parser.add_argument("--config", type=Path, required=True, help="the service's Serve YAML")
    parser.add_argument("--force", action="store_true", help="let --drop drop what is in use")
    what = parser.add_mutually_exclusive_group()
    what.add_argument(
        "--model", help="face_encoder.model to embed with; that of the configuration by default"
    )
    what.add_argument("--list", action="store_true", help="show the models and their vectors")
    what.add_argument("--drop", metavar="MODEL_ID", help="delete the vectors of a model")
    return parser


if __name__ == "__main__":
    os.nice(19)  # Serve's replicas run at 15, and they have callers waiting
    sys.exit(main(sys.argv[1:]))
