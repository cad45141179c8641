"""The walls between the rooms."""

import ast
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
OURS = {"configs", "pipelines", "deployments", "tests"}
MAY_IMPORT = {
    "configs": {"configs"},
    "pipelines": {"pipelines", "configs"},
    "deployments": {"deployments", "pipelines", "configs"},
}
NOT_IN_PIPELINES = {"ray", "fastapi", "starlette", "uvicorn"}
LONGEST_MODULE_LINES = 300
FIXED_TOP_LEVEL = {"deployments", "pipelines", "configs", "tests"}

MODULES = sorted(path for room in (*MAY_IMPORT, "tests") for path in (ROOT / room).rglob("*.py"))


def imported_packages(path: Path) -> set[str]:
    """Top-level names of all absolute imports of a module, inside functions too."""
    packages = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            packages |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            packages.add((node.module or "").split(".")[0])
    return packages


@pytest.mark.parametrize("room", sorted(MAY_IMPORT))
def test_imports_go_one_way(room: str) -> None:
    modules = list((ROOT / room).rglob("*.py"))
    assert modules
    for path in modules:
        assert imported_packages(path) & OURS <= MAY_IMPORT[room], path


@pytest.mark.parametrize("room", ["configs", "pipelines"])
def test_only_deployments_know_ray_and_fastapi(room: str) -> None:
    for path in (ROOT / room).rglob("*.py"):
        assert not imported_packages(path) & NOT_IN_PIPELINES, path


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_modules_stay_short(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST_MODULE_LINES


def test_the_top_level_is_fixed() -> None:
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.splitlines()
    folders = {line.split("/")[0] for line in tracked if "/" in line}
    assert {folder for folder in folders if not folder.startswith(".")} == FIXED_TOP_LEVEL
