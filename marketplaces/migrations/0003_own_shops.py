"""Which shops are the organization's in context: what the walls around shared cases and penalties ask."""

from __future__ import annotations

from django.db import migrations

APP_SHOPS = """
CREATE FUNCTION app_shops() RETURNS bigint[] LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT coalesce(array_agg(id), '{}') FROM marketplaces_seller WHERE organization_id = app_organization() $$
"""


class Migration(migrations.Migration):
    """One function, asked once a statement."""

    dependencies = [("marketplaces", "0002_walls")]

    operations = [migrations.RunSQL(APP_SHOPS, "DROP FUNCTION app_shops()")]
