"""The images: what can be told of them without building any."""

import re
import subprocess
import sys
import tomllib
from importlib.util import find_spec
from pathlib import Path

import pytest

from configs.settings import ROOT

DOCKERFILE = ROOT / "Dockerfile"
TARGETS = ("cpu", "gpu")
Step = tuple[str, str]


def steps() -> list[Step]:
    """Instructions and their arguments, in order; comments are gone and lines joined."""
    lines = DOCKERFILE.read_text(encoding="utf-8").splitlines()
    text = "\n".join(line for line in lines if not line.lstrip().startswith("#"))
    joined = re.sub(r"\\\n\s*", " ", text)
    found = [line.split(maxsplit=1) for line in joined.splitlines() if line]
    return [(one[0], re.sub(r"\s+", " ", one[1])) for one in found]


def stages() -> dict[str, list[Step]]:
    """The instructions of each stage, FROM included."""
    found: dict[str, list[Step]] = {}
    for step in steps():
        if step[0] == "FROM":
            found[step[1].rsplit(" AS ", 1)[1]] = []
        found[list(found)[-1]].append(step)
    return found


def arguments(stage: str, instruction: str) -> list[str]:
    return [text for name, text in stages()[stage] if name == instruction]


def project() -> dict[str, object]:
    loaded: dict[str, object] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return loaded


def hadolint(path: Path) -> subprocess.CompletedProcess[str]:
    tool = Path(sys.executable).with_name("hadolint")
    return subprocess.run(
        [tool, "--no-color", "--failure-threshold", "style", path],
        check=False,
        capture_output=True,
        text=True,
    )


def test_hadolint_finds_nothing() -> None:
    done = hadolint(DOCKERFILE)
    assert (done.returncode, done.stdout) == (0, "")


def test_hadolint_would_find_something(tmp_path: Path) -> None:
    changed = tmp_path / "Dockerfile"
    text = DOCKERFILE.read_text(encoding="utf-8")
    changed.write_text(re.sub(r"python:[\w.-]+", "python:latest", text))
    assert "DL3007" in hadolint(changed).stdout


def test_bases_are_pinned_to_a_version() -> None:
    known: set[str] = set()
    outside = []
    for name, text in steps():
        if name == "FROM":
            base, stage = text.rsplit(" AS ", 1)
            if base not in known:
                outside.append(base)
            known.add(stage)
    assert len(outside) == 2
    assert all(re.fullmatch(r"[a-z/]+:\d+\.\d+\.\d+-[a-z0-9.-]+", base) for base in outside)
    (python,) = [base for base in outside if base.startswith("python:")]
    assert python.startswith("python:3.11.")  # as requires-python has it


@pytest.mark.parametrize("target", TARGETS)
def test_images_run_as_a_user_of_their_own_and_say_how_they_are(target: str) -> None:
    names = [name for name, _ in stages()[target]]
    assert arguments(target, "USER") == ["10001:10001"]
    assert "useradd --uid 10001" in " ".join(arguments(target, "RUN"))
    after = names[names.index("USER") :]
    assert not {"RUN", "COPY", "USER"} & set(after[1:])
    (check,) = arguments(target, "HEALTHCHECK")
    assert '"http://127.0.0.1:8000/healthz"' in check
    assert "wget" in " ".join(arguments(target, "RUN"))  # KubeRay's own probes need it too
    assert arguments(target, "EXPOSE") == ["8000"]


@pytest.mark.parametrize("target", TARGETS)
def test_images_have_nothing_that_installs_python_packages(target: str) -> None:
    commands = " && ".join(arguments(target, "RUN"))
    assert re.search(r"python -m pip uninstall -qy \S+ setuptools wheel pip(?: |$)", commands)
    assert "rm -rf /usr/local/lib/python3.11/ensurepip" in commands
    (made,) = arguments(f"environment-{target}", "RUN")
    assert made.endswith("&& /opt/venv/bin/python -m pip uninstall -qy pip")


@pytest.mark.parametrize("target", TARGETS)
def test_images_name_the_version_and_licence(target: str) -> None:
    (labels,) = arguments(target, "LABEL")
    found = dict(re.findall(r'org\.opencontainers\.image\.(\w+)="([^"]+)"', labels))
    assert found["version"] == project()["version"]
    assert found["licenses"] == project()["license"]


@pytest.mark.parametrize("target", TARGETS)
def test_every_python_process_of_an_image_starts_lean(target: str) -> None:
    (variables,) = arguments(target, "ENV")
    (path,) = re.findall(r"PYTHONPATH=(\S+)", variables)
    inside = [folder.removeprefix("/opt/gatehouse") for folder in path.split(":")]
    assert inside == ["/deployments/lean", ""]
    assert (ROOT / "deployments/lean/sitecustomize.py").exists()


def test_the_images_differ_in_base_and_environment_alone() -> None:
    def alike(target: str) -> list[Step]:
        return [
            (name, text.replace("environment-gpu", "environment-cpu"))
            for name, text in stages()[target]
            if name not in ("FROM", "RUN") and text != "--from=python /usr/local /usr/local"
        ]

    assert alike("cpu") == alike("gpu")


def test_nothing_is_added_from_elsewhere_and_copies_are_in_the_tree() -> None:
    assert not [text for name, text in steps() if name == "ADD"]
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    allowed = {line[1:] for line in ignored if line.startswith("!")}
    assert ignored[1] == "*"
    copied = set()
    for name, text in steps():
        if name == "COPY" and "--from=" not in text:
            *sources, _ = text.split()
            for source in sources:
                assert (ROOT / source).exists()
                copied.add(source.split("/")[0])
    assert copied == allowed


def test_copies_from_a_stage_name_one_that_came_before() -> None:
    seen: list[str] = []
    for stage, inner in stages().items():
        for name, text in inner:
            if name == "COPY" and text.startswith("--from="):
                assert text.split()[0].removeprefix("--from=") in seen
        seen.append(stage)


@pytest.mark.parametrize("target", TARGETS)
def test_environments_are_made_as_the_makefile_does(target: str) -> None:
    (command,) = arguments(f"environment-{target}", "RUN")
    made = re.search(r"make env (\S+=\S+ ?)+", command)
    assert made is not None
    given = dict(re.findall(r"(\w+)=(\S+)", made[0]))
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for variable in given:
        assert re.search(rf"^{variable} \?=", makefile, re.MULTILINE)
    extras = project()["optional-dependencies"]
    assert isinstance(extras, dict)
    assert set(given["EXTRAS"].split(",")) <= extras.keys()
    assert "dev" not in given["EXTRAS"].split(",")


def test_the_gpu_image_takes_the_pinned_version_of_onnx_runtime() -> None:
    (command,) = arguments("environment-gpu", "RUN")
    assert "pip uninstall -qy onnxruntime" in command
    (expression,) = re.findall(r"\$\(sed -n '(.+)' (\S+)\)", command)
    printed = subprocess.run(
        ["sed", "-n", *expression], check=True, capture_output=True, text=True, cwd=ROOT
    ).stdout
    assert re.fullmatch(r"\d+\.\d+\.\d+\n", printed)


def test_modules_that_are_run_are_there() -> None:
    text = " ".join(argument for _, argument in steps())
    modules = set(re.findall(r'-m (deployments\.\w+)|"-m", "(deployments\.\w+)"', text))
    named = {one or other for one, other in modules}
    assert named == {"deployments.prepare", "deployments.run"}
    assert all(find_spec(name) is not None for name in named)
