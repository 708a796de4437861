"""The light pages around signing in, as HTML: forms that work by keyboard, on a phone, without scripts."""

from collections.abc import Sequence
from urllib.parse import quote

from playground.preference import campaign as campaigns
from playground.preference.access import Invitation
from playground.store.accounts import LONGEST, SHORTEST
from playground.ui import markup
from playground.ui.gate import Person
from playground.ui.share import page

_WELCOME = {
    "owner": "Make the owner's account",
    "viewer": "You are invited to look on",
    "annotator": "You are invited to judge answers",
}
_TOLD = {
    "owner": "Whoever makes it owns this playground: starts runs, makes campaigns, invites others.",
    "viewer": "You will see every run and result, and change nothing.",
    "annotator": "You will read answers of language models and say which are better.",
}
_RULE = f"At least {SHORTEST} characters."


def sign_in(
    wanted: str, outside: bool, said: str = "", name: str = "", base: str = "./", ended: bool = False
) -> str:
    """Where one signs in; `outside` offers Hugging Face, `ended` a way out to whoever it was not."""
    fields = (
        f'<input type="hidden" name="next" value="{markup.escape(wanted)}">'
        f"{name_field(name, focus=True)}{_password('Password', 'password', 'current-password')}"
    )
    other = _huggingface(wanted, "Sign in with Hugging Face") if outside else ""
    told = markup.lede("No account? An owner of this playground can send you an invitation.")
    if ended:
        told = markup.lede(
            "Your session in this browser has ended. If you were not the one who signed in here:"
        )
        told += form("sign-out", "", "Begin as somebody else", kind="plain")
    local = form("sign-in", fields, "Sign in")
    return sheet("Sign in", markup.note(said, bad=True) + local + other + told, base)


def join(found: Invitation, token: str, person: Person, outside: bool, said: str = "", name: str = "") -> str:
    """Where an invitation is accepted, with a new account or the one that is signed in."""
    action, trouble = f"join/{token}", markup.note(said, bad=True)
    told = markup.lede(_TOLD[found.role])
    if person.account is not None:
        body = form(action, "", f"Accept as {person.account.name}")
    else:
        fields = name_field(name, focus=True, told="It stands beside your votes.") + new_password_field()
        body = form(action, fields, "Make the account" if found.role == "owner" else "Join")
        other = _huggingface(f"/{action}", "Join with Hugging Face") if outside else ""
        known = f'<a href="sign-in?next={quote(f"/{action}")}">I have an account</a>'
        body += f'{other}<p class="lede">{known}</p>'
    return sheet(_WELCOME[found.role], told + trouble + body, base="../")


def closed(said: str) -> str:
    """An invitation that lets nobody in."""
    return sheet("This invitation is closed", markup.lede(said), base="../")


def account(person: Person, said: str = "", bad: bool = False, base: str = "./") -> str:
    """One's own account: who one is here, another password, signing out."""
    if person.account is None:
        told = markup.lede("Whoever can reach this playground owns it.")
        return sheet("Nobody signs in here", told, base)
    links = {"annotator": ("campaigns", "Your campaigns"), "owner": ("people", "People and invitations")}
    target, label = links.get(person.role, (".", "Open the playground"))
    body = markup.lede(f"You are signed in. Role: {person.role}.") + f'<p><a href="{target}">{label}</a></p>'
    body += markup.note(said, bad=bad)
    if not person.account.outside:
        fields = _password("Present password", "old", "current-password") + _password(
            "New password", "new", "new-password", f"{_RULE} It ends every other session of yours."
        )
        body += f"<h2>Another password</h2>{form('account/password', fields, 'Change the password')}"
    body += form("sign-out", "", "Sign out", kind="plain")
    return sheet(person.name, body, base)


def own_campaigns(person: Person, found: Sequence[tuple[campaigns.Campaign, int, int]]) -> str:
    """An annotator's home: (campaign, its items, those they judged). A name may be a model's: not shown."""
    rows = "".join(
        f'<li class="card"><a href="annotate/{markup.escape(one.id)}">{_task(one)}</a>'
        f"<span>{done} of {items} judged by you</span></li>"
        for one, items, done in found
    )
    empty = markup.empty("Nothing to judge at the moment", "Campaigns you are invited to appear here.")
    who = f'<p class="lede">{markup.escape(person.name)} · <a href="account">account and sign out</a></p>'
    return sheet("Your campaigns", (f'<ul class="campaigns">{rows}</ul>' if rows else empty) + who)


def sheet(title: str, body: str, base: str = "./", kind: str = "entry") -> str:
    """A page of its own without scripts."""
    return page(markup.escape(title), body, script="", kind=kind, base=base)


def _task(one: campaigns.Campaign) -> str:
    first = one.guidelines.strip().split("\n")[0][:120]
    kinds = {"pairwise": "Say which of two answers is better", "ranking": "Rank several answers"}
    return markup.escape(first or kinds.get(one.task, "Judge answers"))


def new_password_field() -> str:
    """Where a password for a new account is typed."""
    return _password("Password", "password", "new-password", _RULE)


def form(action: str, fields: str, verb: str, kind: str = "primary") -> str:
    """Fields and one button."""
    button = f'<button class="{kind}">{markup.escape(verb)}</button>'
    return f'<form method="post" action="{action}">{fields}{button}</form>'


def name_field(value: str, focus: bool = False, told: str = "") -> str:
    """Where a name is typed."""
    return (
        f'<label>Name<input name="name" value="{markup.escape(value)}" autocomplete="username" required '
        f'maxlength="200" autocapitalize="none" spellcheck="false"{" autofocus" if focus else ""}>'
        f"{_small(told)}</label>"
    )


def _password(label: str, name: str, purpose: str, told: str = "") -> str:
    least = f' minlength="{SHORTEST}"' if purpose == "new-password" else ""
    return (
        f'<label>{label}<input type="password" name="{name}" autocomplete="{purpose}" required'
        f'{least} maxlength="{LONGEST}">{_small(told)}</label>'
    )


def _small(text: str) -> str:
    return f"<small>{text}</small>" if text else ""


def _huggingface(wanted: str, label: str) -> str:
    # A Space stands in a frame, in which Hugging Face does not let itself be shown.
    target = f"login/huggingface?next={quote(wanted)}"
    return f'<p><a class="button" target="_blank" href="{target}">{label}</a></p>'
