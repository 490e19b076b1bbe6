"""Leads: anybody may report a listing from its own page."""

from __future__ import annotations

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from ipp.core.codes import new_code
from ipp.core.errors import FieldError, InvalidInput
from marketplaces.queries import rulebook
from takedowns.models import Lead
from takedowns.models.leads import new_lead_reference

# By hand: the portal may add leads but not read them, and the ORM would ask for columns back.
INSERT = """
    INSERT INTO takedowns_lead (code, reference, marketplace_id, external_id, key, url, title, reason, note)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)
"""


@transaction.atomic
def receive_lead(*, url: str, reason: str, title: str = "", note: str = "") -> str:
    """Keep a report about a listing; return its reference. Whoever sent it is not kept.

    Raises:
        InvalidInput: the address is no listing of a marketplace we know, or the reason none of ours.
    """
    link = rulebook().resolve(url)
    errors = []
    if link.status != "listing":
        errors.append(FieldError("url", link.code or link.status, _("This address is no listing of a marketplace we know.")))
    if reason not in Lead.Reason.values:
        errors.append(FieldError("reason", "unknown_reason", _("Choose what is wrong with the listing.")))
    if errors:
        raise InvalidInput("lead_refused", _("The report was not taken. Mend what is named below and send it again."), errors=errors)
    reference = new_lead_reference()
    words = [text.replace("\x00", "").strip() for text in (title, note)]
    with connection.cursor() as cursor:
        cursor.execute(
            INSERT,
            [
                new_code(),
                reference,
                link.marketplace,
                link.external_id,
                link.key,
                link.canonical_url,
                words[0][:200],
                reason,
                words[1][:500],
            ],
        )
    return reference
