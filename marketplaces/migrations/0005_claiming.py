"""The wall around invitations, and the two narrow questions the portal may ask about one: what is it, and is the shop mine now?"""

from __future__ import annotations

from django.db import migrations

from ipp.core import walls
from ipp.core.walls import secure

# Both run as the owner, because the portal's login may neither read invitations nor write shops. They are told a code, no more:
# whose shop it becomes is the organization in context. States: open, yours, used, taken, expired.
FUNCTIONS = """
CREATE FUNCTION ipp_shop_invitation(text, OUT seller bigint, OUT state text, OUT expires_at timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$
    SELECT i.seller_id,
        CASE WHEN s.organization_id = app_organization() THEN 'yours'
             WHEN i.used_at IS NOT NULL THEN 'used'
             WHEN s.organization_id IS NOT NULL THEN 'taken'
             WHEN i.closed_at IS NOT NULL OR i.expires_at <= ipp_now() THEN 'expired'
             ELSE 'open' END,
        i.expires_at
    FROM marketplaces_invitation i JOIN marketplaces_seller s ON s.id = i.seller_id
    WHERE i.code = $1
$$;

CREATE FUNCTION ipp_claim_shop(wanted text, OUT seller bigint, OUT outcome text)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS
$$
DECLARE
    invitation marketplaces_invitation;
    claimant bigint := (SELECT id FROM core_organization WHERE id = app_organization() AND kind = 'seller');
    holder bigint;
BEGIN
    SELECT * INTO invitation FROM marketplaces_invitation WHERE code = wanted FOR UPDATE;
    seller := invitation.seller_id;
    SELECT organization_id INTO holder FROM marketplaces_seller WHERE id = seller FOR NO KEY UPDATE;
    outcome := CASE
        WHEN seller IS NULL THEN 'unknown'
        WHEN claimant IS NULL THEN 'not_a_seller'
        WHEN holder = claimant THEN 'yours'
        WHEN invitation.used_at IS NOT NULL THEN 'used'
        WHEN holder IS NOT NULL THEN 'taken'
        WHEN invitation.closed_at IS NOT NULL OR invitation.expires_at <= ipp_now() THEN 'expired'
        ELSE 'claimed' END;
    IF outcome = 'claimed' THEN
        UPDATE marketplaces_seller SET organization_id = claimant WHERE id = seller;
        UPDATE marketplaces_invitation SET used_at = ipp_now(), used_by_id = claimant, closed_at = ipp_now() WHERE id = invitation.id;
    END IF;
END
$$;

REVOKE ALL ON FUNCTION ipp_shop_invitation(text), ipp_claim_shop(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ipp_shop_invitation(text), ipp_claim_shop(text) TO ipp_portal;
"""


class Migration(migrations.Migration):
    """Tables first: 0004."""

    dependencies = [("marketplaces", "0004_invitations")]

    operations = [
        secure("marketplaces_invitation", walls.staff("r", "raw")),
        migrations.RunSQL(FUNCTIONS, "DROP FUNCTION ipp_claim_shop(text); DROP FUNCTION ipp_shop_invitation(text)"),
    ]
