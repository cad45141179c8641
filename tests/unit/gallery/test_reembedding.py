"""The command that moves a gallery to another model."""

from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from configs.settings import ROOT, GallerySettings
from pipelines.errors import ConfigurationError
from pipelines.gallery import reembedding
from pipelines.gallery.reembedding import main, settings_of
from pipelines.gallery.store import GalleryStore
from tests.unit.gallery.people import NEW, OLD, enrolled

OLD_ID, NEW_ID = OLD.model_id, NEW.model_id


@pytest.fixture
def config(tmp_path: Path, settings: GallerySettings) -> Path:
    """A Serve YAML that runs the old model on a gallery of two drivers."""
    store = GalleryStore.open(settings, OLD_ID, OLD.dimension)
    store.register(enrolled(1))
    one, other = enrolled(2)
    store.register([replace(one, aligned_png=None), replace(other, aligned_png=b"damaged")])
    store.close()
    return written(tmp_path, settings.database_url, "sface")


def written(folder: Path, database_url: str, model: str) -> Path:
    args = {
        "gallery": {"database_url": database_url},
        "face_encoder": {"engine": "fake", "model": model},
    }
    application = {"name": "gatehouse", "import_path": "deployments.app:build", "args": args}
    path = folder / f"{model}.yaml"
    path.write_text(yaml.safe_dump({"applications": [application]}))
    return path


def run(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, list[str]]:
    status = main(list(map(str, arguments)))
    out, err = capsys.readouterr()
    return status, out.splitlines() if status == 0 else err.splitlines()


def test_embeds_and_says_what_it_could_not(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    summary = [
        f"{NEW_ID}: 2 faces embedded now, 2 in all",
        "1 without a picture, to be enrolled again: face 3 of driver 2",
        "1 with an unusable picture, to be enrolled again: face 4 of driver 2",
    ]
    assert run(capsys, "--config", config, "--model", "second") == (0, summary)
    again = [f"{NEW_ID}: 0 faces embedded now, 2 in all", *summary[1:]]
    assert run(capsys, "--config", config, "--model", "second") == (0, again)


def test_lists_models_and_counts(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["--config", str(config), "--model", "second"])
    capsys.readouterr()
    assert run(capsys, "--config", config, "--list") == (
        0,
        [
            "     faces  to embed  no picture  model",
            f"         2         1           1  {NEW_ID}",
            f"         4         0           0  {OLD_ID} (of the configuration)",
        ],
    )


def test_drops_a_model_that_is_used_no_more(
    config: Path, settings: GallerySettings, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["--config", str(config), "--model", "second"])
    capsys.readouterr()
    assert run(capsys, "--config", config, "--drop", NEW_ID) == (
        0,
        [f"{NEW_ID}: 2 vectors dropped"],
    )
    store = GalleryStore.open(settings, NEW_ID, NEW.dimension)
    assert store.update_since(None).driver_ids.tolist() == []
    store.close()


def test_keeps_the_configured_model_unless_forced(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    refusal = [f"{OLD_ID} is the model of the configuration; --force drops it all the same"]
    assert run(capsys, "--config", config, "--drop", OLD_ID) == (2, refusal)
    forced = run(capsys, "--config", config, "--drop", OLD_ID, "--force")
    assert forced == (0, [f"{OLD_ID}: 4 vectors dropped"])


def test_keeps_vectors_of_faces_that_have_no_others_unless_forced(
    config: Path,
    settings: GallerySettings,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    main(["--config", str(config), "--model", "second"])
    capsys.readouterr()
    changed = written(config.parent, settings.database_url, "second")
    names = "face 3 of driver 2, face 4 of driver 2"
    refusal = "some faces have vectors of no other model; --force drops theirs too: "
    assert run(capsys, "--config", changed, "--drop", OLD_ID) == (2, [refusal + names])
    monkeypatch.setattr(reembedding, "_MOST_NAMED", 1)
    cut = [f"{refusal}face 3 of driver 2 and more"]
    assert run(capsys, "--config", changed, "--drop", OLD_ID) == (2, cut)
    forced = run(capsys, "--config", changed, "--drop", OLD_ID, "--force")
    assert forced == (0, [f"{OLD_ID}: 4 vectors dropped"])


def test_names_the_models_there_are(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    refusal = [f"the gallery has no vectors of third; it has {OLD_ID}"]
    assert run(capsys, "--config", config, "--drop", "third") == (2, refusal)


def test_reads_the_shipped_configuration() -> None:
    assert settings_of(ROOT / "serve_config.yaml").storage.url == "var/crops"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "{} has no application deployments.app:build"),
        ("applications: []", "{} has no application deployments.app:build"),
        ("applications: [3]", "{} has no application deployments.app:build"),
        ("a: [", "{}: while parsing"),
        (
            "applications: [{import_path: 'deployments.app:build', args: {galery: {}}}]",
            "{}: 1 validation error for Settings",
        ),
    ],
)
def test_refuses_what_is_no_configuration(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "serve.yaml"
    path.write_text(text)
    with pytest.raises(ConfigurationError) as caught:
        settings_of(path)
    assert str(caught.value).startswith(message.format(path))


def test_a_missing_configuration_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "none.yaml"
    status, lines = run(capsys, "--config", path, "--list")
    assert (status, lines) == (2, [f"{path}: [Errno 2] No such file or directory: '{path}'"])
