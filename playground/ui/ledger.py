"""What was refused goes into the audit trail, however often somebody tries, at a bounded rate."""

import contextlib
from collections.abc import Iterator

from starlette.requests import HTTPConnection

from playground.errors import ConflictError, ForbiddenError, NotFoundError, PlaygroundError
from playground.store import audit
from playground.ui.limits import Limits, network_of
from playground.ui.studio import Studio

_REFUSALS = (ForbiddenError, NotFoundError, ConflictError)


class Ledger:
    """Writes refusals down, and holds the limits of the app."""

    def __init__(self, studio: Studio):
        self._studio = studio
        self.limits = Limits()

    def refused(self, actor: str, address: str, subject: str, detail: str) -> None:
        """Append an entry. What is refused stays so where the database does not answer."""
        if self.limits.refusals.take(network_of(address)) == 0:
            with contextlib.suppress(PlaygroundError):
                told = f"{detail} From {address}."
                audit.note(actor, "refused", subject, told, engine=self._studio.engine)

    @contextlib.contextmanager
    def watching(self, request: HTTPConnection, subject: str) -> Iterator[None]:
        """Write down what is refused within, and let it go on."""
        try:
            yield
        except _REFUSALS as error:
            self.refused(request.state.annotator, address_of(request.scope), subject, error.value + ".")
            raise


def address_of(scope: dict) -> str:
    """Where a request comes from: the machine, or, behind a proxy the server was told of, its client."""
    client = scope.get("client")
    return client[0] if client else "unknown"
