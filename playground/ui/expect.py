"""What a run will cost, going by the runs this machine has done."""

from playground.run.job import Run


def line(stage: str, settings: dict, rows: int) -> str:
    """One sentence, such as "About 50 s here, going by sft-0003."; empty before the first run."""
    for run in Run.all():
        spec = run.spec
        alike = spec.stage == stage and _kind(spec.settings) == _kind(settings)
        if alike and run.state == "completed" and (done := work(spec.settings, _rows(run))):
            seconds = run.seconds / done * work(settings, rows)
            return f"About {duration(seconds)} here, going by {run.id}."
    return ""


def work(settings: dict, rows: int) -> float:
    """Answers or examples that a run handles: what its time grows with."""
    if "updates" in settings:
        return settings["updates"] * settings["rollout"]
    return rows * settings["epochs"]


def duration(seconds: float) -> str:
    """Two significant figures, seconds up to a minute and a half."""
    value, unit = (seconds, "s") if seconds < 90 else (seconds / 60, "min")
    return f"{float(f'{value:.2g}'):g} {unit}"


def _kind(settings: dict) -> str | None:
    return (settings.get("tuning") or {}).get("kind")


def _rows(run: Run) -> int:
    return sum(part.rows for name, part in run.spec.data.items() if name != "validation")
