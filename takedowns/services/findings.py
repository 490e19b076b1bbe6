"""What each check means in words: what is wrong, and how to mend it. One place for the API, the pages and the console."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from takedowns.rules import Found

SENTENCES: dict[str, Promise] = {
    "right_validated": _("A verifier has not confirmed this right yet. File once it is confirmed; you are told when."),
    "right_in_force_today": _("This right is not in force today (%(span)s). Choose another one, or add its renewal to the library."),
    "right_in_force_when_seen": _(
        "This right was not in force on the day you saw the listings (%(span)s). Check the day, or choose another right."
    ),
    "seen_on": _("The day you saw the listings lies in the future. Type the day on which you looked at them."),
    "reason_fits_right": _("This reason does not go with this type of right. Choose a reason that is listed for it."),
    "reason_open_to_tier": _("This reason is open to filers in Good Faith standing only. Choose another one."),
    "evidence": _("Missing: %(requirement)s."),
    "territory": _("The right does not cover where this marketplace sells (%(countries)s). Use a right registered there."),
    "duplicate_open": _("You reported this listing already for the same right and reason (%(reference)s). Follow that complaint."),
    "merged": _("The same listing as row %(row)s; it is counted once."),
    "merchant": _("Several merchants share this product page. Use the link with the merchant in it, from the offer itself."),
    "not_a_listing": _("This is a shop, not a listing. Paste the links of the listings you mean."),
    "needs_resolution": _("This short link hides where it leads. Open it and paste the address of the page you land on."),
    "marketplace_closed": _("Complaints about this marketplace are not taken today."),
    "by_hand": _("This marketplace takes no commands by machine; a person carries them out."),
    "not_examined": _("Nobody examined this right before it was registered; compare with care."),
    "rejected_before": _("Not accepted before (%(reference)s, %(code)s). Is there anything new?"),
    "words": _("The title names the mark: “%(words)s”."),
    "words_absent": _("The title does not name the mark; the pictures decide."),
    "other_complainants": _("Others reported the same listings: %(references)s. Do not tell either of the other."),
    "own_shop": _("The shop belongs to the complainant's own organization."),
    "leads": _("Visitors reported these listings too: %(count)s."),
    "evidence_complete": _("Everything the reason asks for was brought."),
    "right_usable": _("The right is confirmed, in force on both days, and covers every marketplace."),
}


def sentence(found: Found) -> str:
    """Return what a check says in the language in force."""
    facts = dict(found.facts)
    if "message" in facts:  # the resolver's own words about a link
        words = str(facts["message"])
        return _t(words)
    return str(SENTENCES[found.check]) % _words(facts)


def _words(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return facts as a sentence takes them: lists joined, dates as a span, a requirement in the reader's language."""
    chinese = (get_language() or "en").startswith("zh")
    words = {key: ", ".join(map(str, value)) if isinstance(value, list | tuple) else value for key, value in facts.items()}
    if "from" in facts:
        words["span"] = _t("valid from %(day)s") % {"day": facts["from"]}
    elif "until" in facts:
        words["span"] = _t("valid until %(day)s") % {"day": facts["until"]}
    if "en" in facts:
        words["requirement"] = facts["zh"] if chinese else facts["en"]
    return words
