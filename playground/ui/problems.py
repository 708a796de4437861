"""Problem documents (RFC 9457): what a request is told that fails, whoever finds that it does."""

from starlette.responses import JSONResponse

from playground import errors

_STATUS = (
    (errors.NotFoundError, 404, "Not found"),
    (errors.ForbiddenError, 403, "Forbidden"),
    (errors.ConflictError, 409, "Conflict"),
    (errors.InputError, 422, "Invalid input"),
    (errors.UnavailableError, 503, "Unavailable"),
    (errors.PlaygroundError, 500, "Error"),
)


def problem(status: int, title: str, detail: str, **more) -> JSONResponse:
    body = {
        "type": "about:blank",
        "title": title,
        "status": status,
        "detail": detail,
        **{name: text for name, text in more.items() if text},
    }
    return JSONResponse(body, status, media_type="application/problem+json")


def of_error(error: errors.PlaygroundError) -> JSONResponse:
    """The document of an error of ours."""
    status, title = next((s, t) for kind, s, t in _STATUS if isinstance(error, kind))
    return problem(status, title, str(error), value=error.value, rule=error.rule, remedy=error.remedy)
