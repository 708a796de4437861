"""What this machine's finished runs teach about the next one.

A run leaves `estimate.json` when it is prepared and `measured.json` when it has completed. From the
pairs two factors are learned for memory and two for time, held near rules of thumb while runs are few.
"""

import contextlib
import json
import math
import resource
import shutil
import struct
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from playground.run.burden import Burden
from playground.store import files

LIBRARIES = 360e6
"""Bytes of a worker, forked with what training needs, before it opens a model."""
OVERHEAD = 30e6
"""Bytes that training takes whatever the model."""
PER_PASS = 0.6e-3
"""Seconds to walk through one layer once, beside the arithmetic."""
PER_FLOP = 1 / 70e9
"""Seconds an operation, where one thread works."""
TRUST = 0.05
"""Weight of the rules of thumb beside one run."""
ZYGOTE = "playground.run.zygote"
NEWEST = 40
"""Runs that are learned from."""


@dataclass(frozen=True)
class Measured:
    """What a completed run took."""

    peak: int
    """Most bytes its process held."""
    start: int
    """Bytes its process held before it opened a model."""
    seconds: float
    steps: int
    artifact: int
    """Bytes of the result's weights on disk."""
    numbers: int
    """Numbers in the result's weights."""
    device: str = "cpu"
    worker: bool = False
    """Whether the process was a worker, which holds what training needs and nothing else at its start."""

    @property
    def grown(self) -> int:
        """Bytes that the run added to its process."""
        return self.peak - self.start


@dataclass(frozen=True)
class Lesson:
    """One finished run, to learn from."""

    stage: str
    kind: str
    """The kind of tuning."""
    threads: int
    burden: Burden
    measured: Measured

    def weight(self, stage: str, kind: str, threads: int) -> float:
        """How much it tells about a run of this kind."""
        alike = 1.0 if (self.stage, self.kind) == (stage, kind) else 0.03 if self.stage == stage else 0.01
        return alike * (1.0 if self.threads == threads else 0.3)


@contextlib.contextmanager
def measuring(run):
    """Around the execution of a run: what it takes is kept in its folder once it has completed."""
    start = _start_peak()
    yield
    if run.state != "completed":
        return
    status, weights = run.status, list((run.folder / "result").glob("*.safetensors"))
    torch = sys.modules.get("torch")
    measured = Measured(
        peak=_peak(), start=start, seconds=status.seconds, steps=status.step,
        artifact=sum(file.stat().st_size for file in weights), numbers=sum(map(_numbers, weights)),
        device="cuda" if torch is not None and torch.cuda.is_available() else "cpu",
        worker=getattr(sys.modules["__main__"].__spec__, "name", "") == ZYGOTE,
    )
    files.write_atomic(run.folder / "measured.json", json.dumps(asdict(measured)))


def measured(folder: Path) -> Measured | None:
    """What a run took, or None where it has not completed or was measured by nobody."""
    return _read(Measured, folder / "measured.json")


def lessons(runs: Iterable) -> list[Lesson]:
    """The newest runs that completed on a device like this machine's, with what was asked and what taken."""
    found, here = [], "cuda" if has_graphics() else "cpu"
    for run in runs:
        asked, taken = _read(Burden, run.folder / "burden.json"), measured(run.folder)
        if asked and taken and taken.device == here and taken.seconds > 0 and taken.grown > 0:
            kind = (run.spec.settings.get("tuning") or {}).get("kind", "")
            found.append(Lesson(run.spec.stage, kind, run.spec.threads, asked, taken))
        if len(found) == NEWEST:
            break
    return found


def memory(asked: Burden, known: list[Lesson], stage: str, kind: str, threads: int) -> float:
    """Peak bytes of a worker, as the app starts one; only workers teach it.

    What a run in a notebook adds depends on what ran there before.
    """
    known = [one for one in known if one.measured.worker]
    points = [
        (one.weight(stage, kind, threads), OVERHEAD, one.burden.memory, one.measured.grown) for one in known
    ]
    once, each = fit(points)
    start = min([LIBRARIES, *(one.measured.start for one in known)])
    return start + once * OVERHEAD + each * asked.memory


def seconds(asked: Burden, known: list[Lesson], stage: str, kind: str, threads: int) -> float:
    """Training time."""

    def parts(one: Burden) -> tuple[float, float]:
        return PER_PASS * one.passes, PER_FLOP * one.flops

    points = [(one.weight(stage, kind, threads), *parts(one.burden), one.measured.seconds) for one in known]
    walking, working = fit(points)
    passes, flops = parts(asked)
    return walking * passes + working * flops


def fit(points: list[tuple[float, float, float, float]]) -> tuple[float, float]:
    """Factors (u, v) such that u a + v b comes near y for each (weight, a, b, y), as shares of y.

    First one factor for both, the weighted median, which few runs tell well; then weighted least
    squares, drawn towards that factor with the weight TRUST, and never below a twentieth of it.
    """
    scale = _median([(y / (a + b), weight) for weight, a, b, y in points]) if points else 1.0
    aa = bb = TRUST
    ab, ay, by = 0.0, TRUST, TRUST
    for weight, a, b, y in points:
        a, b = a * scale / y, b * scale / y
        aa, ab, bb = aa + weight * a * a, ab + weight * a * b, bb + weight * b * b
        ay, by = ay + weight * a, by + weight * b
    determinant = aa * bb - ab * ab
    u, v = (ay * bb - by * ab) / determinant, (by * aa - ay * ab) / determinant
    if u < 0.05:
        u, v = 0.05, (by - 0.05 * ab) / bb
    elif v < 0.05:
        u, v = (ay - 0.05 * ab) / aa, 0.05
    return scale * u, scale * v


def _median(values: list[tuple[float, float]]) -> float:
    """The value with half the weight on either side."""
    half = sum(weight for _, weight in values) / 2
    for value, weight in sorted(values):
        half -= weight
        if half <= 0:
            return value
    return max(values)[0]


def has_graphics() -> bool:
    """Whether runs here would train on a graphics card, whose memory is not what we count."""
    return shutil.which("nvidia-smi") is not None


def machine_memory() -> int:
    """Bytes this machine, or the container we run in, has at all."""
    limit = Path("/sys/fs/cgroup/memory.max")
    with contextlib.suppress(OSError, ValueError):
        return min(psutil.virtual_memory().total, int(limit.read_text()))
    return psutil.virtual_memory().total


def _start_peak() -> int:
    """Have the system forget the highest mark so far, where it can; bytes held now."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")
    return psutil.Process().memory_info().rss


def _peak() -> int:
    with contextlib.suppress(OSError, StopIteration, ValueError):
        lines = Path("/proc/self/status").read_text().splitlines()
        return int(next(line for line in lines if line.startswith("VmHWM:")).split()[1]) * 1024
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used if sys.platform == "darwin" else used * 1024


def _numbers(path: Path) -> int:
    """How many numbers a safetensors file holds, from its header."""
    with path.open("rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
    return sum(math.prod(one["shape"]) for name, one in header.items() if name != "__metadata__")


def _read(kind, path: Path):
    try:
        return kind(**json.loads(path.read_text()))
    except (OSError, ValueError, TypeError):
        return None
