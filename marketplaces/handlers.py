"""What marketplaces do about their own events."""

from __future__ import annotations

from django.conf import settings
from django.utils.translation import gettext, override

from ipp.core.actors import Actor
from ipp.core.events import Envelope, on
from marketplaces import services
from marketplaces.events import ActionsConfirmed, ShopInvited
from marketplaces.queries import seller_named


@on(ActionsConfirmed)
def note_confirmed_effects(envelope: Envelope, fact: ActionsConfirmed) -> None:
    """Write into the catalogue what a person saw on a marketplace without a connector."""
    services.note_effects(action_ids=fact.action_ids)


@on(ShopInvited)
def send_invitation(envelope: Envelope, fact: ShopInvited) -> None:
    """Have the marketplace hand the shop a link to claim itself, in every language of ours: nobody knows which one it reads."""
    shop = seller_named(fact.shop)
    texts = []
    for language, _name in settings.LANGUAGES:
        with override(language):
            texts.append(_invitation_text(fact.shop_name, shop.marketplace.name(language)))
    services.message_shops(
        actor=Actor.system(envelope.about_id, "marketplaces.invite", envelope.request_id),
        targets=[services.ShopMessage(source_id=envelope.event_id, round=1, seller_id=shop.pk)],
        text="\n\n".join(texts),
        reference="",
        source=services.INVITING,
        route="marketplaces:shops",
    )


def _invitation_text(shop: str, marketplace: str) -> str:
    return gettext(
        "Claim your shop %(shop)s on %(marketplace)s: follow the link and sign in or open a seller's account. Notices about your listings, "
        "the time you have to answer and what becomes of your answer are then in one inbox. It costs nothing."
    ) % {"shop": shop, "marketplace": marketplace}
