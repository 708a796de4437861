"""Which campaigns are whose: asked wherever a campaign is named."""

from fastapi import Request
from starlette.exceptions import HTTPException

from playground.errors import ForbiddenError
from playground.preference import access, campaign
from playground.ui.gate import Person
from playground.ui.studio import Studio


def admit(studio: Studio, request: Request, campaign_id: str | None) -> None:
    """Let pass whoever may judge a campaign; refuse others in the same words whether it exists or not.

    Raises ForbiddenError, and HTTPException 401 for somebody who is not signed in.
    """
    person: Person = request.state.person
    account = person.account.id if person.account else None
    if person.role == "owner" or campaign_id is None:
        return
    if access.may_judge(campaign_id, account, studio.engine):
        return
    if person.role == "nobody":
        raise HTTPException(401, "This campaign is by invitation. Sign in, or ask for an invitation.")
    raise ForbiddenError("You are not invited to this campaign", remedy="Ask its owner for an invitation")


def admit_vote(studio: Studio, request: Request, assignment: str) -> None:
    """As `admit`, for the campaign of an assignment; what does not exist is refused elsewhere."""
    if request.state.person.role != "owner":
        admit(studio, request, access.campaign_of(assignment, studio.engine))


def visible(studio: Studio, person: Person) -> list[campaign.Campaign]:
    """The campaigns a person may know of, newest first: an annotator's own and the open ones."""
    found = campaign.list_campaigns(studio.engine)
    if person.role != "annotator":
        return found
    own = access.joined(person.account.id, studio.engine) | access.opened(studio.engine)
    return [one for one in found if one.id in own]
