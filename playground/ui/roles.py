"""What each role may do: one table over every route of the app, Gradio's included.

What the table does not name only an owner may. Whether an annotator may judge this campaign, or vote
on this assignment, is decided where the campaign is known.
"""

from starlette.routing import compile_path

OWNER = frozenset({"owner"})
LOOK = OWNER | {"viewer"}
SIGNED_IN = LOOK | {"annotator"}
JUDGE = OWNER | {"annotator", "nobody"}
ALL = SIGNED_IN | {"nobody"}

_TABLE = (
    # Pages of their own
    ("GET", "/playground/{path:path}", ALL),
    ("GET", "/favicon.ico", ALL),
    ("GET", "/robots.txt", ALL),
    ("GET POST", "/sign-in", ALL),
    ("GET", "/login/huggingface", ALL),
    ("GET", "/login/callback", ALL),
    ("GET POST", "/join/{token}", ALL),
    ("POST", "/sign-out", SIGNED_IN),
    ("GET", "/account", SIGNED_IN),
    ("POST", "/account/password", SIGNED_IN),
    ("GET", "/campaigns", SIGNED_IN),
    ("GET", "/annotate/{campaign}", JUDGE),
    ("GET", "/race/{race_id}", LOOK),
    ("GET", "/people", OWNER),
    ("POST", "/people/{deed}", OWNER),
    # REST
    ("GET", "/api/health", ALL),
    ("GET", "/api/me", ALL),
    ("GET", "/api/openapi.json", ALL),
    ("POST", "/api/campaigns/{campaign}/next", JUDGE),
    ("POST", "/api/campaigns/{campaign}/undo", JUDGE),
    ("POST", "/api/votes", JUDGE),
    ("GET", "/api/campaigns", SIGNED_IN),
    ("GET", "/api/campaigns/{campaign}", LOOK),
    ("GET", "/api/campaigns/{campaign}/overview", LOOK),
    ("GET", "/api/runs", LOOK),
    ("GET", "/api/runs/{run_id}", LOOK),
    ("GET", "/api/runs/{run_id}/metrics", LOOK),
    ("GET", "/api/runs/{run_id}/samples", LOOK),
    ("GET", "/api/runs/{run_id}/held-out", LOOK),
    ("GET", "/api/runs/{run_id}/ceiling", LOOK),
    ("GET", "/api/runs/{run_id}/code", LOOK),
    ("GET", "/api/races/{race_id}", LOOK),
    ("GET", "/api/transfers/{transfer_id}/memorized", LOOK),
    # What Gradio's page needs to be looked at; which of its events may be called is told below
    ("GET", "/", LOOK),
    ("GET", "/config", LOOK),
    ("GET", "/theme.css", LOOK),
    ("GET", "/manifest.json", LOOK),
    ("GET", "/pwa_icon", LOOK),
    ("GET", "/pwa_icon/{size}", LOOK),
    ("GET", "/assets/{path:path}", LOOK),
    ("GET", "/static/{path:path}", LOOK),
    ("GET", "/svelte/{path:path}", LOOK),
    ("GET", "/gradio_api/app_id", LOOK),
    ("GET", "/gradio_api/info", LOOK),
    ("GET", "/gradio_api/startup-events", LOOK),
    ("GET", "/gradio_api/theme.css", LOOK),
    ("GET", "/gradio_api/heartbeat/{session_hash}", LOOK),
    ("GET", "/gradio_api/queue/data", LOOK),
    ("GET", "/gradio_api/file={path:path}", LOOK),
    ("POST", "/gradio_api/queue/join", LOOK),
    ("POST", "/gradio_api/run/{api_name}", LOOK),
    ("POST", "/gradio_api/reset", LOOK),
)

_RULES = [
    (method, compile_path(template)[0], roles)
    for methods, template, roles in _TABLE
    for method in methods.split()
]


def allowed(method: str, path: str) -> frozenset[str]:
    """The roles that may send this request."""
    method = "GET" if method == "HEAD" else method
    fitting = (roles for verb, pattern, roles in _RULES if verb == method and pattern.match(path))
    return next(fitting, OWNER)
