"""The parts of the owner's page of people, as HTML."""

import time
from collections.abc import Iterable, Mapping, Sequence
from typing import get_args

from playground.preference.access import Invitation
from playground.store.accounts import Account, Role
from playground.store.audit import Entry, Verdict
from playground.ui import markup, sheets

WAYS = '<p class="lede"><a href="./">Open the playground</a> · <a href="account">Your account</a></p>'
_UNOWNED = (
    "This playground is open to this machine alone, and nobody signs in. Once it has an owner's account, "
    "everybody signs in, and others can be invited."
)
_DAYS = (("1", "1 day"), ("7", "7 days"), ("30", "30 days"))


def unowned() -> str:
    """Where nobody signs in yet: the first owner's account."""
    fields = sheets.name_field("") + sheets.new_password_field()
    form = sheets.form("people/owner", fields, "Make the owner's account")
    return _section("The first owner", markup.lede(_UNOWNED) + form)


def invite(campaigns: Mapping[str, str], link: str) -> str:
    """Make a link; campaigns are names by id. `link` is the one just made."""
    whom = [(one, f"Judge: {name}") for one, name in campaigns.items()]
    whom += [("viewer", "See runs and results (viewer)"), ("owner", "Own it with you (owner)")]
    fields = (
        _select("To do what", "whom", whom)
        + _select("How many people", "most", (("1", "One"), ("any", "Any number")))
        + _select("Valid for", "days", _DAYS, "7")
    )
    made = link and (
        f"{markup.note('Send this link; it is shown only now.')}<label>Invitation link"
        f'<input id="link" readonly value="{markup.escape(link)}" autofocus></label>'
    )
    return _section("Invite", sheets.form("people/invite", fields, "Make a link") + made)


def people(found: Sequence[Account], you: str) -> str:
    """Every account, and its role to be changed."""
    rows = []
    for one in found:
        choices = [*((role, role) for role in get_args(Role)), ("revoked", "no access")]
        label = f"Role of {one.name}"
        fields = (
            f'<select name="value" aria-label="{markup.escape(label)}">'
            f"{_options(choices, 'revoked' if one.revoked else one.role)}</select>"
        )
        change = _button("people/role", one.name, "Change", label, fields)
        rows.append([one.name + (" (you)" if one.name == you else ""), _day(one.created), change])
    return _section("Who may come in", markup.table(["name", "since", "role"], rows))


def invitations(found: Sequence[Invitation], campaigns: Mapping[str, str]) -> str:
    """What became of every link."""
    rows = []
    for one in found:
        what = f"judge {campaigns.get(one.campaign, one.campaign)}" if one.campaign else one.role
        came = f"{one.used} of {one.most or 'any number'}"
        revoke = _button("people/withdraw", one.id, "Revoke", f"Revoke {one.id}")
        rows.append([what, came, _day(one.expires), one.state, revoke if one.state == "open" else ""])
    return _section("Invitations", _table(["to", "came", "until", "state", ""], rows))


def campaigns(names: Mapping[str, str], opened: Iterable[str], members: Mapping[str, Sequence[str]]) -> str:
    """Who may judge each campaign."""
    rows, opened = [], set(opened)
    for one, name in names.items():
        state, verb, to = (
            ("everybody with its address", "Only those invited", "")
            if one in opened
            else ("those invited", "Open to everybody", "open")
        )
        door = _button("people/door", one, verb, f"{verb}: {name}", _hidden("value", to))
        invited = "".join(
            markup.escape(who)
            + _button("people/dismiss", one, "Remove", f"Remove {who} from {name}", _hidden("value", who))
            for who in members.get(one, ())
        )
        link = markup.Raw(f'<a href="annotate/{markup.escape(one)}">{markup.escape(name)}</a>')
        rows.append([link, state, markup.Raw(invited or "nobody yet"), door])
    return _section("Campaigns", _table(["campaign", "may be judged by", "invited", ""], rows))


def trail(verdict: Verdict, newest: Sequence[Entry]) -> str:
    """Whether the audit trail is whole, and its newest entries."""
    said = markup.note(
        f"{verdict.entries:,} entries, {'; '.join(verdict.faults) or 'unbroken'}.", bad=bool(verdict.faults)
    )
    rows = [
        [one.number, _day(one.at, "%Y-%m-%d %H:%M"), one.actor, one.action, one.subject, one.detail]
        for one in reversed(newest)
    ]
    table = markup.table(["no.", "UTC", "who", "did", "what", "detail"], rows, numbers=[0])
    more = f"<details><summary>The newest {len(rows)}</summary>{table}</details>"
    return _section("Audit trail", said + more)


def _section(title: str, body: str) -> str:
    return f'<section class="card"><h2>{title}</h2>{body}</section>'


def _table(head: Sequence[str], rows: list) -> str:
    return markup.table(head, rows) if rows else markup.lede("None yet.")


def _select(label: str, name: str, choices: Iterable[tuple[str, str]], chosen: str = "") -> str:
    return f'<label>{label}<select name="{name}">{_options(choices, chosen)}</select></label>'


def _options(choices: Iterable[tuple[str, str]], chosen: str) -> str:
    def option(value: str, label: str) -> str:
        mark = " selected" if value == chosen else ""
        return f'<option value="{markup.escape(value)}"{mark}>{markup.escape(label)}</option>'

    return "".join(option(*one) for one in choices)


def _button(action: str, which: str, verb: str, label: str, fields: str = "") -> markup.Raw:
    """A form of one button, which tells what it is about."""
    return markup.Raw(
        f'<form class="inline" method="post" action="{action}">{_hidden("which", which)}{fields}'
        f'<button aria-label="{markup.escape(label)}">{verb}</button></form>'
    )


def _hidden(name: str, value: str) -> str:
    return f'<input type="hidden" name="{name}" value="{markup.escape(value)}">'


def _day(seconds: float, how: str = "%Y-%m-%d") -> str:
    return time.strftime(how, time.gmtime(seconds))
