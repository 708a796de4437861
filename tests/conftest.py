"""One home folder a test session, quiet libraries, and the switches that CI flips."""

import glob
import os
import shutil
import subprocess
import tempfile
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings

HOME = Path(tempfile.mkdtemp(prefix="playground-tests-"))
os.environ["PLAYGROUND_HOME"] = str(HOME)
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("GOMP_SPINCOUNT", "2000")
os.environ.setdefault("TRL_EXPERIMENTAL_SILENCE", "1")
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")

# A busy machine is no fault of the code.
hypothesis_settings.register_profile("playground", deadline=None)
hypothesis_settings.load_profile("playground")

LONGEST = (
    "test_notebooks.py", "ui/test_walk.py", "test_readme.py", "training/test_tunings.py",
    "training/test_ranks.py", "training/test_eject.py", "training/test_exact.py",
)
"""Files that are begun first, so that two processes that share the tests end together."""

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def pytest_collection_modifyitems(items):
    def place(item) -> int:
        return next((at for at, name in enumerate(LONGEST) if str(item.path).endswith(name)), len(LONGEST))

    items.sort(key=place)


def pytest_sessionfinish():
    shutil.rmtree(HOME, ignore_errors=True)


def pytest_runtest_setup(item):
    if item.get_closest_marker("browser") and CHROMIUM is None:
        if os.environ.get("PLAYGROUND_REQUIRE_BROWSER"):
            pytest.fail("Chromium is required here and is not installed.")
        pytest.skip("Chromium is not installed.")
    if item.get_closest_marker("gpu"):
        import torch

        if not torch.cuda.is_available():
            pytest.skip("No CUDA device.")


@pytest.fixture
def home(tmp_path, monkeypatch) -> Path:
    """A playground home of this test's own."""
    from playground import settings

    monkeypatch.setenv("PLAYGROUND_HOME", str(tmp_path / "home"))
    settings.get.cache_clear()
    yield settings.get().home
    settings.get.cache_clear()


@pytest.fixture
def quick_passwords(monkeypatch):
    """Argon2id at its cheapest; returns what is used otherwise."""
    from argon2 import PasswordHasher

    from playground.store import accounts

    usual = accounts._HASHES
    monkeypatch.setattr(accounts, "_HASHES", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    accounts._decoy.cache_clear()
    yield usual
    accounts._decoy.cache_clear()


@pytest.fixture(scope="session")
def postgres():
    """The URL of a PostgreSQL server that lives as long as the tests; skips where none is installed."""
    folders = [os.path.dirname(found)] if (found := shutil.which("initdb")) else []
    folders += sorted(glob.glob("/usr/lib/postgresql/*/bin"), reverse=True)
    if not folders or find_spec("psycopg") is None:
        if os.environ.get("PLAYGROUND_REQUIRE_POSTGRES"):
            pytest.fail("PostgreSQL is required here and is not installed.")
        pytest.skip("PostgreSQL or its driver psycopg is not installed.")
    place = Path(tempfile.mkdtemp(prefix="playground-postgres-"))
    who = {}
    if os.geteuid() == 0:  # it does not run as root
        who = {"user": "postgres", "group": "postgres", "extra_groups": []}
        shutil.chown(place, "postgres", "postgres")

    def run(program: str, *arguments: str) -> None:
        command = [os.path.join(folders[0], program), "-D", str(place / "data"), *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=place, **who)

    run("initdb", "-A", "trust", "-U", "postgres", "-E", "UTF8", "--no-sync")
    options = f"-k {place} -c listen_addresses= -c fsync=off -c max_connections=200"
    run("pg_ctl", "-w", "-l", str(place / "log"), "-o", options, "start")
    yield f"postgresql+psycopg://postgres@/postgres?host={place}"
    run("pg_ctl", "-m", "immediate", "stop")
    shutil.rmtree(place, ignore_errors=True)


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of the browser that the tests drive."""
    return CHROMIUM
