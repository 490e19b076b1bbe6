"""Further shops with further goods, the same every time: enough for a complaint of hundreds of listings and for measurements."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

GOODS = (
    ("bottle-green-ribbed", "Steel bottle 500 ml, green", "保温杯 500ml 墨绿", 980),
    ("bottle-blue-loop", "Steel bottle 750 ml with loop, blue", "提环保温杯 750ml 蓝色", 1390),
    ("bottle-set-of-three", "Three steel bottles, mixed colours", "保温杯三件套 礼盒", 2480),
    ("bottle-olive-straw", "Sports bottle with straw 700 ml, olive", "运动吸管杯 700ml 橄榄绿", 990),
    ("bottle-teal-straw", "Sports bottle with straw 700 ml, teal", "运动吸管杯 700ml 湖水绿", 990),
    ("bottle-black-gold", "Business flask, black and gold", "黑金商务保温杯", 1240),
    ("bottle-red-blurred", "Trend bottle 500 ml, red", "网红保温杯 红色", 790),
    ("bottle-cream-loop", "Steel bottle 500 ml with loop, cream", "提环保温杯 500ml 米白", 1290),
    ("mug-heron", "Heron mug 350 ml", "苍鹭马克杯 350ml", 1400),
    ("mug-plain-white", "Stoneware mug, white", "粗陶马克杯 白色", 720),
    ("mug-plain-teal", "Stoneware mug, teal", "粗陶马克杯 湖蓝", 740),
    ("tote-heron", "Heron canvas tote, natural", "苍鹭帆布袋 原色", 1650),
    ("tote-heron-blue", "Heron canvas tote, sky blue", "苍鹭帆布袋 天蓝", 1650),
    ("print-heron", "Night heron print, A3", "夜鹭装饰画 A3", 1900),
    ("case-heron", "Phone case with wading bird", "手机壳 水鸟图案", 990),
    ("case-heron-rose", "Phone case with wading bird, rose", "手机壳 水鸟图案 玫瑰色", 990),
    ("backpack-brown", "Day pack 28 l, brown", "双肩包 28L 棕色", 2100),
    ("backpack-navy", "Day pack 28 l, navy", "双肩包 28L 藏蓝", 2100),
    ("backpack-wine", "Day pack 28 l, wine red", "双肩包 28L 酒红", 2100),
    ("bowl-celadon", "Celadon bowl, 18 cm", "青瓷碗 18cm", 2200),
    ("bowl-slate", "Slate bowl, 18 cm", "灰釉碗 18cm", 2200),
    ("candle-amber", "Candle in amber glass", "琥珀色玻璃香薰蜡烛", 680),
    ("candle-sage", "Sage candle in a jar", "鼠尾草香薰蜡烛", 680),
    ("cushion-indigo", "Striped cushion 45 cm, indigo", "条纹抱枕 45cm 靛蓝", 1500),
    ("cushion-rust", "Striped cushion 45 cm, rust", "条纹抱枕 45cm 砖红", 1500),
    ("lamp-linen", "Table lamp with linen shade", "布罩台灯 米白", 3800),
    ("lamp-coral", "Table lamp with coral shade", "布罩台灯 珊瑚色", 3800),
    ("notebook-ochre", "Linen notebook 160 pages, ochre", "布面笔记本 160页 赭石色", 1300),
    ("notebook-ink", "Linen notebook 160 pages, ink blue", "布面笔记本 160页 墨蓝", 1300),
)
"""Picture, title in English and in Chinese, price in cents of dollar or euro."""

EXTRAS = (
    ("", ""),
    ("gift boxed", "礼盒装"),
    ("set of two", "两件装"),
    ("new season", "新款"),
    ("free shipping", "包邮"),
    ("second choice", "微瑕"),
    ("for groups", "团购"),
    ("sent today", "当天发货"),
    ("last pieces", "清仓"),
    ("with engraving", "可刻字"),
    ("wholesale", "批发"),
)

DESCRIPTIONS = {"en": "Sent within two days, returns within 30 days.", "zh": "两天内发货，三十天内可退换。"}


@dataclass(frozen=True)
class Street:
    """How a marketplace's further shops and listings are numbered, named and priced."""

    language: str
    first_id: int
    step: int
    factor: float
    shops: tuple[tuple[str, str, str], ...]
    """Id, name and place."""


STREETS = {
    "bazarro": Street(
        "en",
        3_100_000_019,
        7919,
        1.0,
        (
            ("912010031", "Copper Lane Supply", "Ningbo, China"),
            ("912010048", "Brightbarrow", "Manchester, United Kingdom"),
            ("912010065", "Dailywharf Goods", "Rotterdam, Netherlands"),
            ("912010082", "Kestrel & Sons", "Dublin, Ireland"),
            ("912010099", "Parcel Orchard", "Guangzhou, China"),
            ("912010116", "Sevenbridge Outlet", "Łódź, Poland"),
            ("912010133", "Little Harbour Home", "Lisbon, Portugal"),
            ("912010150", "Quickpine Trading", "Yiwu, China"),
            ("912010167", "The Tin Drawer", "Austin, United States"),
        ),
    ),
    "lanqiao": Street(
        "zh",
        690_000_000_017,
        104_729,
        3.2,
        (
            ("30117", "晴川百货", "武汉"),
            ("30152", "小满生活馆", "苏州"),
            ("30188", "山石户外", "成都"),
            ("30223", "南屏家居", "温州"),
            ("30259", "木棉杂货铺", "广州"),
            ("30294", "云起文创", "昆明"),
            ("30330", "橙子仓库", "义乌"),
            ("30365", "听雨瓷坊", "景德镇"),
            ("30401", "知行箱包", "保定"),
        ),
    ),
    "nordmart": Street(
        "en",
        5_100_007,
        37,
        1.1,
        (
            ("birch-and-brass", "Birch & Brass", "Uppsala, Sweden"),
            ("harbour-nine", "Harbour Nine", "Aarhus, Denmark"),
            ("kiln-yard", "Kiln Yard", "Turku, Finland"),
            ("lantern-street", "Lantern Street", "Riga, Latvia"),
            ("northlight-home", "Northlight Home", "Tromsø, Norway"),
            ("paper-and-wool", "Paper & Wool", "Reykjavík, Iceland"),
            ("saltmarsh", "Saltmarsh", "Groningen, Netherlands"),
            ("two-otters", "Two Otters", "Tallinn, Estonia"),
            ("wintergarden", "Wintergarden", "Leipzig, Germany"),
        ),
    ),
}
ABOUT = {"en": "A bit of everything for the house and the road.", "zh": "居家出行，样样都有。"}


def stock(marketplace: str, size: int) -> list[dict[str, Any]]:
    """Return a marketplace's further shops with `size` listings among them; a larger size holds every smaller one."""
    street = STREETS[marketplace]
    listings = [_listing(street, number) for number in range(size)]
    return [
        {
            "id": shop_id,
            "name": name,
            "place": place,
            "since": f"{2016 + row}-0{1 + row}-1{row}",
            "about": ABOUT[street.language],
            "listings": listings[row :: len(street.shops)],
        }
        for row, (shop_id, name, place) in enumerate(street.shops)
    ]


def _listing(street: Street, number: int) -> dict[str, Any]:
    picture, english, chinese, cents = GOODS[number % len(GOODS)]
    extra = EXTRAS[number // len(GOODS) % len(EXTRAS)]
    title = f"{chinese} {extra[1]}" if street.language == "zh" else ", ".join(filter(None, (english, extra[0])))
    return {
        "id": str(street.first_id + street.step * number),
        "title": title.strip(),
        "price": f"{(cents + number % 17 * 20) * street.factor / 100:.2f}",
        "listed_on": f"2026-{1 + number % 9:02}-{1 + number % 28:02}",
        "description": DESCRIPTIONS[street.language],
        "pictures": [picture],
    }
