"""The house keeps its shape: layer order, public names, what an import may load, file sizes."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

import playground as pg

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "playground"
LAYERS = [
    {"records", "errors", "settings", "fields"}, {"store"}, {"world"}, {"dataset"}, {"model"}, {"evaluation"},
    {"preference"}, {"run"}, {"training"}, {"deployment"}, {"ui"}, {"__main__"},
]
RANK = {name: rank for rank, names in enumerate(LAYERS) for name in names}
MODULES = sorted(PACKAGE.rglob("*.py"))
TORCH_FREE = ["records", "errors", "settings", "fields", "store", "world", "preference", "ui", "run"]
HEAVY = ("torch", "transformers", "trl", "peft")


def _room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def _imports(path: Path, top_level_only: bool = False) -> set[str]:
    tree = ast.parse(path.read_text())
    nodes = tree.body if top_level_only else ast.walk(tree)
    found = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found.add(node.module)
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_only_from_the_left(path):
    room = _room(path)
    if room == "__init__":
        return
    for name in _imports(path):
        parts = name.split(".")
        if parts[0] == "playground" and len(parts) > 1 and parts[1] in RANK:
            assert RANK[parts[1]] <= RANK[room], f"{path}: {room} may not import {name}"


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_gradio_stays_in_the_app(path):
    if _room(path) != "ui":
        assert not {name.split(".")[0] for name in _imports(path)} & {"gradio"}


@pytest.mark.parametrize("path", [p for p in MODULES if _room(p) in TORCH_FREE],
                         ids=lambda p: str(p.relative_to(PACKAGE)))
def test_torch_free_rooms_do_not_import_torch_at_the_top(path):
    roots = {name.split(".")[0] for name in _imports(path, top_level_only=True)}
    assert not roots & set(HEAVY)


def test_every_public_name_resolves():
    for name in pg.__all__:
        assert getattr(pg, name) is not None


def test_no_public_name_shadows_a_subpackage():
    rooms = {p.parent.name for p in PACKAGE.glob("*/__init__.py")}
    assert not rooms & set(pg.__all__)


def test_importing_playground_loads_nothing_heavy_and_is_fast():
    code = (
        "import time; t=time.perf_counter(); import playground; s=time.perf_counter()-t\n"
        "import sys, json; print(json.dumps([s, sorted(set(m.split('.')[0] for m in sys.modules))]))"
    )
    runs = [subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
            for _ in range(3)]
    seconds, modules = min(json.loads(r.stdout) for r in runs)
    assert seconds < 0.2
    assert not set(modules) & {*HEAVY, "gradio", "numpy", "pandas"}


def test_files_stay_readable():
    long = {str(p.relative_to(ROOT)): n for p in MODULES if (n := p.read_text().count("\n")) > 330}
    assert not long
