"""What a run will cost, in words: time, memory, and what is left on disk."""

import functools
from collections.abc import Callable

from playground.errors import PlaygroundError
from playground.fields import as_dict
from playground.model.shapes import KNOWN
from playground.run import calibration, estimate
from playground.run.estimate import Estimate
from playground.run.job import Run
from playground.training import inputs
from playground.ui import markup, shelf
from playground.ui.picker import required
from playground.ui.studio import BASE


def note(read: Callable[[], tuple]) -> str:
    """The cost of what `read` returns: settings, model, rows by part, and for PPO a reward model.

    Empty where the form is not in order, or where nothing is known of the model before it is fetched.
    """
    try:
        settings, model, data, *reward = read()
        found = estimate.expected(settings.stage, as_dict(settings), model, data, *reward)
    except PlaygroundError:
        return ""
    return markup.lede(line(found)) if found else ""


def line(found: Estimate) -> str:
    """Such as "About 50 s, 0.8 GB of memory, a result of 2.4 MB. 590 thousand numbers learn, …"."""
    if not found.trainable:
        cost = f"About {duration(found.seconds)}, {estimate.size(found.peak)} of memory"
        return f"{cost}. Nothing is trained. {basis(found)}"
    share = f"{float(f'{100 * found.trainable / found.total:.2g}'):g} % of all"
    whole = found.trainable == found.total
    learn = (
        f"All {count(found.total)} numbers learn"
        if whole
        else f"{count(found.trainable)} numbers learn, {share}"
    )
    return (
        f"About {duration(found.seconds)}, {estimate.size(found.peak)} of memory, "
        f"a result of {estimate.size(found.artifact)}. {learn}. {basis(found)}"
    )


def basis(found: Estimate) -> str:
    """What an estimate goes by."""
    if not found.runs and calibration.has_graphics():
        return "A rule of thumb for a processor, until a run has been measured on the graphics card here."
    if not found.runs:
        return "A rule of thumb, until a run has been measured here."
    return f"Going by {found.runs} run{'s' if found.runs > 1 else ''} measured here."


def small_models(settings, data: dict[str, list[dict]]) -> str:
    """A table of `pocket` and the well-known small models: what these settings would take on each."""
    known, limit, rows = calibration.lessons(Run.all()), calibration.machine_memory(), []
    for name, asks in [(BASE, ""), *((one.name, one.asks) for one in KNOWN)]:
        plain = as_dict(settings)
        asked = estimate.asked_of(settings.stage, plain, name, data)
        found = estimate.weighed(settings.stage, plain, asked, known)
        fits = calibration.has_graphics() or found.peak <= estimate.ROOM * limit
        verdict = markup.Raw(markup.chip("fits" if fits else "too large", "good" if fits else "bad"))
        rows.append(
            [name, count(found.total), estimate.size(found.peak), duration(found.seconds), verdict, asks]
        )
    head = ["model", "numbers", "memory", "time", "here", "first"]
    return markup.table(head, rows, numbers=[1, 2, 3], kind="models")


def beside(run: Run) -> str:
    """What was expected of a run beside what it took; nothing where neither is known."""
    before, after = run.estimate, run.measured
    if before is None:
        return ""

    def took(value: Callable) -> str:
        return "not yet" if after is None else value(after)

    rows = [
        ("training time", duration(before.seconds), took(lambda m: duration(m.seconds))),
        ("peak memory", estimate.size(before.peak), took(lambda m: estimate.size(m.peak))),
        ("result", estimate.size(before.artifact), took(lambda m: estimate.size(m.artifact))),
        ("numbers that learn", count(before.trainable), took(lambda m: count(m.numbers))),
    ]
    return markup.table(["", "expected", "took"], rows, numbers=[1, 2])


@functools.lru_cache(maxsize=6)
def examples(name: str | None) -> dict[str, list[dict]]:
    """The rows of a dataset as a run would get them. Raises ConflictError where none is chosen."""
    parts = shelf.parts(required(name, "dataset"))
    return {"train": inputs.examples(parts.train), "validation": inputs.examples(parts.validation)}


def pairs(train, validation) -> dict[str, list[dict]]:
    """The rows of judgements as a run would get them."""
    held = {} if validation is None else {"validation": inputs.pairs(validation, least=1)}
    return {"train": inputs.pairs(train), **held}


def duration(seconds: float) -> str:
    """Two significant figures, seconds up to a minute and a half."""
    value, unit = (
        (seconds, "s") if seconds < 90 else (seconds / 60, "min") if seconds < 5400 else (seconds / 3600, "h")
    )
    return f"{float(f'{value:.2g}'):g} {unit}"


def count(number: int) -> str:
    """How many, in two figures."""
    value, unit = (
        (number, "") if number < 1e3 else (number / 1e3, " k") if number < 1e6 else (number / 1e6, " M")
    )
    return f"{float(f'{value:.2g}'):g}{unit}" if number < 1e9 else f"{float(f'{number / 1e9:.2g}'):g} G"
