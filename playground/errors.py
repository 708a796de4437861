"""What can go wrong, and what to do about it.

    PlaygroundError
    ├── InputError (ValueError)         a value the person gave breaks a rule
    │   └── DatasetError                a file or table of examples cannot be read
    ├── NotFoundError (LookupError)     a name, run, dataset or model that does not exist
    ├── ForbiddenError (PermissionError) something that belongs to somebody else
    ├── ConflictError (RuntimeError)    the thing exists but is in the wrong state
    ├── TrainingError (RuntimeError)    a run had to stop
    │   └── DivergedError               loss, gradient or weights became non-finite
    └── UnavailableError (RuntimeError) a process or service we need does not answer
"""


class PlaygroundError(Exception):
    """An error whose cause and cure can be told in one breath.

    `value` is what was given, `rule` what holds, `remedy` what to do next; `str(error)`
    reads them in that order and is fit for a person's screen.
    """

    def __init__(self, value: str, *, rule: str = "", remedy: str = ""):
        self.value, self.rule, self.remedy = value, rule, remedy
        super().__init__(" ".join(_sentence(part) for part in (value, rule, remedy) if part))

    def __reduce__(self):
        return _rebuild, (type(self), self.value, self.rule, self.remedy)


class InputError(PlaygroundError, ValueError):
    """A value the person gave breaks a rule."""


class DatasetError(InputError):
    """A file or table of examples cannot be read as a whole."""


class NotFoundError(PlaygroundError, LookupError):
    """A name, run, dataset or model does not exist."""


class ForbiddenError(PlaygroundError, PermissionError):
    """The thing exists and belongs to somebody else."""


class ConflictError(PlaygroundError, RuntimeError):
    """The thing exists but is in the wrong state for this."""


class TrainingError(PlaygroundError, RuntimeError):
    """A run had to stop."""


class DivergedError(TrainingError):
    """Loss, gradient norm, weights or reward became non-finite."""


class UnavailableError(PlaygroundError, RuntimeError):
    """A process or service the playground needs does not answer."""


def _sentence(text: str) -> str:
    text = text.strip()
    return text if text[-1:] in ".!?" else text + "."


def _rebuild(kind, value, rule, remedy):
    return kind(value, rule=rule, remedy=remedy)
