"""Grants and policies for the marketplaces' tables, snapshots that never change, and the first marketplaces with their policies."""

from __future__ import annotations

from datetime import date

from django.db import migrations

from ipp.core import walls
from ipp.core.walls import secure
from marketplaces.rules.links import packaged_documents

SINCE = date(2015, 1, 1)
"""Before anything the platform keeps: a complaint of any day finds its marketplace and its policy."""

NORTH = ["DE", "DK", "ES", "FI", "FR", "NL", "NO", "SE"]


def of(*countries: str, partial: str = "reject") -> dict[str, object]:
    """Return a territory where a right must be in force in one of `countries`; `partial` says what a narrower right gets."""
    return {"any_of": list(countries), "partial": partial}


def anywhere(partial: str) -> dict[str, object]:
    """Return a territory where any right in force somewhere opens the door."""
    return {"any": True, "partial": partial}


def by_site(*countries: str, otherwise: str = "") -> dict[str, object]:
    """Return a territory where each site asks for a right of its own country; links that name no site count as `otherwise`."""
    sites = {country: [country] for country in countries}
    return {"by_site": sites | ({"": [otherwise]} if otherwise else {}), "partial": "site"}


# key, family, English, Chinese, connector, currency, territory (domain.md 4.5 and 5.2; shared families: U23)
MARKETPLACES = [
    ("taobao", "taobao_family", "Taobao", "淘宝", "none", "CNY", of("CN")),
    ("tmall", "taobao_family", "Tmall", "天猫", "none", "CNY", of("CN")),
    ("tmall_global", "taobao_family", "Tmall Global", "天猫国际", "none", "CNY", of("CN", "HK")),
    ("1688", "1688", "1688", "1688", "none", "CNY", of("CN")),
    ("xianyu", "xianyu", "Xianyu", "闲鱼", "none", "CNY", of("CN")),
    ("weidian", "weidian", "Weidian", "微店", "none", "CNY", of("CN")),
    ("aliexpress", "aliexpress", "AliExpress", "速卖通", "none", "USD", anywhere("geo_block")),
    ("alibaba", "alibaba", "Alibaba.com", "阿里巴巴国际站", "none", "USD", anywhere("geo_block")),
    ("lazada", "lazada", "Lazada", "来赞达", "none", "SGD", by_site("SG", "MY", "TH", "VN", "PH", "ID")),
    ("daraz", "daraz", "Daraz", "Daraz", "none", "PKR", by_site("PK", "BD", "LK", "NP", "MM")),
    ("shopee", "shopee", "Shopee", "虾皮", "none", "SGD", by_site("SG", "MY", "TH", "VN", "PH", "ID", "TW", "BR", "MX", "CO", "CL")),
    ("miravia", "miravia", "Miravia", "Miravia", "none", "EUR", of("ES")),
    ("trendyol", "trendyol", "Trendyol", "Trendyol", "none", "TRY", by_site("TR", "DE", otherwise="TR")),
    ("bazarro", "bazarro", "Bazarro", "Bazarro", "sandbox", "USD", anywhere("geo_block")),
    ("lanqiao", "lanqiao", "Lanqiao", "蓝桥市集", "sandbox", "CNY", of("CN")),
    # A European site that ships to these countries: a right in force in any of them opens the door, a Union right covers its members.
    ("nordmart", "nordmart", "Nordmart", "Nordmart", "sandbox", "EUR", of(*NORTH)),
]

# domain.md 2.3, 11; removal: U5, unexamined rights: 4.4
DEFAULTS = {
    "seller_window_business_days": 3,
    "holder_window_business_days": 3,
    "holder_silence": "automatic_withdrawal",
    "platform_decision_business_days": 5,
    "appeal_window_business_days": 3,
    "rounds": 1,
    "round_business_days": [3],
    "removal": {
        "default": "on_accept",
        "utility_model": "after_window",
        "invention": "after_window",
        "low_trust": "after_window",
        "unexamined": "after_window",
    },
    "sla_hours": {
        "standard": 24,
        "good_faith": 12,
        "joint_force": 12,
        "trusted_flagger": 12,
        "simpali": 24,
        "online_form": 48,
        "patent": 72,
        "order": 4,
    },
}
DIFFERENT = {"alibaba": {"rounds": 3, "round_business_days": [3, 7, 7]}}


def seed_marketplaces(apps, schema_editor):  # type: ignore[no-untyped-def]
    """Write the first marketplaces and one policy each; later ones are rows as well, never code."""
    marketplace, policy = apps.get_model("marketplaces", "Marketplace"), apps.get_model("marketplaces", "Policy")
    rules = {document["key"]: document for document in packaged_documents()}
    marketplace.objects.bulk_create(
        marketplace(
            key=key,
            family=family,
            name_en=english,
            name_zh=chinese,
            position=number,
            url_rules=rules.get(key, {}),
            connector=connector,
            territory=territory,
            currency=currency,
            effective_from=SINCE,
        )
        for number, (key, family, english, chinese, connector, currency, territory) in enumerate(MARKETPLACES, start=1)
    )
    policy.objects.bulk_create(
        policy(marketplace_id=key, version=1, effective_from=SINCE, data=DEFAULTS | DIFFERENT.get(key, {})) for key, *_ in MARKETPLACES
    )


NEVER_CHANGED = "".join(
    f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION ipp_refuse_change();\n"
    for table in ("marketplaces_snapshot", "marketplaces_snapshotpicture")
)


class Migration(migrations.Migration):
    """Needs the ground floor's logins and functions."""

    dependencies = [("marketplaces", "0001_initial"), ("core", "0002_walls")]

    operations = [
        secure("marketplaces_marketplace", walls.reference("r", "raw", "raw")),
        secure("marketplaces_policy", walls.reference("r", "raw", "raw")),
        secure("marketplaces_seller", walls.reference("r", "r", "raw")),
        secure("marketplaces_listing", walls.reference("r", "r", "raw")),
        secure("marketplaces_snapshot", walls.reference("r", "r", "ra")),
        secure("marketplaces_snapshotpicture", walls.reference("r", "r", "ra")),
        secure("marketplaces_picture", walls.reference("r", "r", "raw")),
        secure("marketplaces_picturesource", walls.reference("r", "r", "raw")),
        secure("marketplaces_sighting", walls.reference("a", "ar", "rawd")),
        secure("marketplaces_action", walls.tenant("r", "rw", "raw")),
        migrations.RunSQL(NEVER_CHANGED, migrations.RunSQL.noop),
        migrations.RunPython(seed_marketplaces, migrations.RunPython.noop),
    ]
