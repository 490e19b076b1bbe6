"""How the ground floor's states and events read on pages."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from ipp.core.models.accounts import Role
from ipp.core.timeline import Facts, Sentence, register_sentences
from ipp.core.ui import StateBadge, register_states

register_states(
    {
        "core.api_key": {
            "active": StateBadge(_l("In use"), "ok", "circle-check"),
            "expired": StateBadge(_l("Expired"), "mute", "clock"),
            "revoked": StateBadge(_l("Revoked"), "bad", "ban"),
        },
        "core.notice": {
            "new": StateBadge(_l("New"), "info", "bell"),
            "read": StateBadge(_l("Read"), "mute", "check"),
        },
        "core.mfa": {
            "required": StateBadge(_l("Second factor required"), "ok", "shield-check"),
            "optional": StateBadge(_l("Password is enough"), "mute", "lock-open"),
        },
    }
)

register_sentences(
    {
        "core.organization.registered": Sentence(lambda facts: _("opened the account"), "user-check", "ok"),
        "core.api_key.created": Sentence(lambda facts: _("made the API key %(key_name)s (%(key)s)") % facts, "key", "info"),
        "core.api_key.revoked": Sentence(lambda facts: _("revoked the API key %(key_name)s (%(key)s)") % facts, "ban", "warn"),
        "core.calendar.day_entered": Sentence(
            lambda facts: _("entered %(day)s in the calendar %(calendar)s") % facts, "calendar-due", "info", "note"
        ),
        "core.delivery.retried": Sentence(lambda facts: _("made the delivery to %(handler)s due again") % facts, "refresh"),
        "core.mail.retried": Sentence(lambda facts: _("made a mail due again"), "refresh"),
        "core.role_policy.changed": Sentence(
            lambda facts: _("changed what the role %(role)s must prove") % _with_role(facts), "user-check", "warn"
        ),
        "core.account.disabled": Sentence(lambda facts: _("ended the account %(email)s") % facts, "ban", "bad"),
        "core.staff.added": Sentence(lambda facts: _("added %(email)s to the staff as %(role)s") % _with_role(facts), "user-check", "info"),
    }
)


def _with_role(facts: Facts) -> Facts:
    return {**facts, "role": str(dict(Role.choices).get(facts["role"], facts["role"])).lower()}
