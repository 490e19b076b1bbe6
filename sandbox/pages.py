"""The pages people see: front door, marketplace, shop, listing, and what stands there when one is gone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from urllib.parse import quote

from sandbox.addresses import listing_path, office_path, shop_path
from sandbox.markup import Html, html, joined
from sandbox.store import Listing, Marketplace, Shop

WORDS = {
    "en": {
        "sold_by": "Sold by",
        "since": "Open since",
        "listed": "Listed on",
        "number": "Item number",
        "shop_number": "Shop number",
        "place": "Place",
        "buy": "Put in basket",
        "restricted": "This shop is restricted. Its goods cannot be bought, and it cannot put up new ones.",
        "more": "More from this shop",
        "all": "All goods",
        "removed": "This listing was taken down",
        "removed_why": "It broke a rule of this marketplace and cannot be seen or bought.",
        "closed": "This shop is closed",
        "closed_why": "It broke the rules of this marketplace. Its listings cannot be seen or bought.",
        "reason": "Reason",
        "reference": "Reference",
        "since_when": "Since",
        "home": "Back to the market",
        "shops": "Shops",
        "goods": "Goods",
        "next": "More goods",
        "report": "Report this listing",
        "report_why": "Tell the marketplace's protection team what is wrong. Your report is sent to them, not to the shop.",
        "report_reason": "What is wrong?",
        "counterfeit": "It is a counterfeit",
        "copied_pictures": "It uses copied pictures or texts",
        "other": "Something else",
        "report_note": "What should they know? (optional)",
        "report_send": "Send report",
        "empty": "Nothing is for sale here at the moment.",
        "office": "This shop's back office",
        "none": "There is nothing at this address",
        "none_why": "It may have been mistyped, or the goods were never here.",
    },
    "zh-Hans": {
        "sold_by": "店铺",
        "since": "开店时间",
        "listed": "上架日期",
        "number": "商品编号",
        "shop_number": "店铺编号",
        "place": "所在地",
        "buy": "加入购物车",
        "restricted": "该店铺已被限制：商品暂时无法购买，也不能发布新商品。",
        "more": "店内更多商品",
        "all": "全部商品",
        "removed": "该商品已下架",
        "removed_why": "该商品违反平台规则，无法查看或购买。",
        "closed": "该店铺已关闭",
        "closed_why": "该店铺违反平台规则，其商品无法查看或购买。",
        "reason": "原因",
        "reference": "编号",
        "since_when": "时间",
        "home": "返回市集",
        "shops": "店铺",
        "goods": "商品",
        "next": "更多商品",
        "report": "举报该商品",
        "report_why": "请告诉平台的知识产权保护团队有什么问题。举报只发送给该团队，不会发送给店铺。",
        "report_reason": "举报原因",
        "counterfeit": "假冒商品",
        "copied_pictures": "盗用图片或文字",
        "other": "其他问题",
        "report_note": "补充说明（选填）",
        "report_send": "提交举报",
        "empty": "这里暂时没有在售商品。",
        "office": "店铺后台",
        "none": "这个地址没有内容",
        "none_why": "可能地址有误，或商品不曾存在。",
    },
}
LONGEST_TITLE = 200
LONGEST_NOTE = 500
REASONS = ("counterfeit", "copied_pictures", "other")
NOTHING = Html("")
SIGNS = {"USD": "$", "EUR": "€", "CNY": "¥"}


def front_door(markets: Sequence[tuple[Marketplace, Sequence[Listing]]]) -> Html:
    """Return the page that leads to each marketplace."""
    doors = joined(
        html(
            '<section class="door" data-market="{key}" lang="{language}"><h2><a href="/{key}/">{name}</a></h2><p>{motto}</p>'
            '<div class="strip">{pictures}</div></section>',
            key=market.key,
            language=market.language,
            name=market.name,
            motto=market.motto,
            pictures=joined(picture(listing.pictures[0], "") for listing in listings[:4]),
        )
        for market, listings in markets
    )
    body = html(
        '<h1>Three small markets</h1><p class="lead">Invented shops with invented goods, to see what happens to them.</p>'
        '<div class="doors">{doors}</div>',
        doors=doors,
    )
    return _document("Three small markets", Html('<a class="name" href="/">Sandbox</a>'), body, market="", language="en")


def home(market: Marketplace, listings: Sequence[Listing], shops: Sequence[Shop], *, after: int) -> Html:
    """Return a page of a marketplace's goods, the first one with its shops. `after` leads to the next page, 0 for none."""
    words = WORDS[market.language]
    body = html(
        '<h1>{motto}</h1>{shops}<h2 class="first">{goods}</h2>{grid}{next}',
        motto=market.motto,
        shops=_shops(market, shops, words),
        goods=words["goods"],
        grid=_grid(market, listings, words),
        next=_next(f"/{market.key}/", after, words),
    )
    return page_of(market, market.motto, body)


def shop_page(market: Marketplace, shop: Shop, listings: Sequence[Listing], *, after: int) -> Html:
    """Return a page of an open or restricted shop. `after` leads to the next page of its goods, 0 for none."""
    words = WORDS[market.language]
    body = html(
        '<header class="shop">{sign}<div><h1>{name}</h1><p>{about}</p></div>{facts}</header>{notice}<h2>{all}</h2>{goods}{next}',
        sign=_sign(shop),
        name=shop.name,
        about=shop.about,
        facts=facts_list([(words["place"], shop.place), (words["since"], shop.since), (words["shop_number"], shop.id)]),
        notice=_restriction(shop, words),
        all=words["all"],
        goods=_grid(market, listings, words, is_in_shop=True),
        next=joined([_next(shop_path(market, shop), after, words), _to_office(market, shop, words)]),
    )
    return page_of(market, shop.name, body)


def listing_page(market: Marketplace, listing: Listing, others: Sequence[Listing], *, url: str, portal: str) -> Html:
    """Return the page of a live listing at `url`; its reports go to the origin `portal`."""
    words = WORDS[market.language]
    shop = listing.shop
    body = html(
        '<article class="item">{pictures}<div class="words"><h1>{title}</h1><p class="price">{price}</p>'
        "{basket}<p>{description}</p>{facts}{report}</div></article><h2>{more}</h2>{goods}",
        pictures=_gallery(listing),
        title=listing.title,
        price=_price(market, listing),
        basket=_basket(listing, words),
        description=listing.description,
        facts=facts_list(
            [
                (
                    words["sold_by"],
                    html('<a href="{path}">{name}</a>, {place}', path=shop_path(market, shop), name=shop.name, place=shop.place),
                ),
                (words["number"], listing.id),
                (words["listed"], listing.listed_on),
            ]
        ),
        report=_report(listing, words, url=url, portal=portal),
        more=words["more"],
        goods=_grid(market, others, words, is_in_shop=True),
    )
    return page_of(market, listing.title, body, canonical=listing_path(market, listing))


def removed_page(market: Marketplace, listing: Listing) -> Html:
    """Return what stands where a listing was taken down: what, why and since when, and nothing of the goods."""
    words = WORDS[market.language]
    facts = [(words["number"], listing.id), *told(words, listing)]
    return _gone(market, words["removed"], words["removed_why"], facts)


def closed_page(market: Marketplace, shop: Shop) -> Html:
    """Return what stands where a shop was closed, for the shop and every listing of it."""
    words = WORDS[market.language]
    facts = [(words["shop_number"], shop.id), *told(words, shop)]
    return _gone(market, words["closed"], words["closed_why"], facts, further=_to_office(market, shop, words))


def missing_page(market: Marketplace | None) -> Html:
    """Return the page of an address that leads nowhere."""
    if market is not None:
        words = WORDS[market.language]
        return _gone(market, words["none"], words["none_why"], [])
    words = WORDS["en"]
    body = html('<section class="gone"><h1>{title}</h1><p>{why}</p></section>', title=words["none"], why=words["none_why"])
    return _document(words["none"], Html('<a class="name" href="/">Sandbox</a>'), body, market="", language="en")


def told(words: dict[str, str], record: Listing | Shop) -> list[tuple[str, object]]:
    """Return the public reason, the reference and the time of a record's state, as far as there are any."""
    since = f"{record.changed_at[:16].replace('T', ' ')} UTC" if record.changed_at else ""
    found = [(words["reason"], record.reason), (words["reference"], record.reference), (words["since_when"], since)]
    return [(name, value) for name, value in found if value]


def facts_list(facts: Sequence[tuple[str, object]]) -> Html:
    """Return names and values below each other; a value without a name stands above them."""
    rows = joined(html("<div><dt>{name}</dt><dd>{value}</dd></div>", name=name, value=value) for name, value in facts if name)
    loose = joined(html('<p class="by">{value}</p>', value=value) for name, value in facts if not name)
    return html('{loose}<dl class="facts">{rows}</dl>', loose=loose, rows=rows) if rows else loose


def picture(name: str, words: str) -> Html:
    """Return a picture of the marketplace's own with its description."""
    return html('<img src="/pictures/{name}.webp" width="480" height="480" alt="{words}">', name=name, words=words)


def page_of(market: Marketplace, title: str, body: Html, canonical: str = "") -> Html:
    """Return a whole page of a marketplace."""
    bar = html(
        '<a class="name" href="/{key}/">{name}</a><span class="motto">{motto}</span>', key=market.key, name=market.name, motto=market.motto
    )
    return _document(f"{title} · {market.name}", bar, body, market=market.key, language=market.language, canonical=canonical)


def _gone(market: Marketplace, title: str, why: str, facts: Sequence[tuple[str, object]], further: Html = NOTHING) -> Html:
    body = html(
        '<section class="gone"><h1>{title}</h1><p>{why}</p>{facts}<p><a class="button" href="/{key}/">{home}</a></p>{further}</section>',
        title=title,
        why=why,
        facts=facts_list(facts),
        key=market.key,
        home=WORDS[market.language]["home"],
        further=further,
    )
    return page_of(market, title, body)


def _restriction(shop: Shop, words: dict[str, str]) -> Html:
    """Return what a restricted shop's pages say on top, with reason, reference and time; nothing for other shops."""
    if shop.state != "restricted":
        return NOTHING
    return html(
        '<section class="notice"><p><b>{restricted}</b></p>{facts}</section>',
        restricted=words["restricted"],
        facts=facts_list(told(words, shop)),
    )


def _to_office(market: Marketplace, shop: Shop, words: dict[str, str]) -> Html:
    return html('<p class="aside"><a href="{path}">{office}</a></p>', path=office_path(market, shop), office=words["office"])


def _basket(listing: Listing, words: dict[str, str]) -> Html:
    """Return the button of a listing that is on sale, else why it cannot be bought."""
    if listing.on_sale:
        return html('<p><span class="button">{buy}</span></p>', buy=words["buy"])
    return _restriction(listing.shop, words)


def _report(listing: Listing, words: dict[str, str], *, url: str, portal: str) -> Html:
    """Return the form that hands a suspicion to the platform's portal; it needs no script."""
    hidden = {"marketplace": listing.marketplace, "listing": listing.id, "url": url, "title": listing.title[:LONGEST_TITLE]}
    return html(
        '<details class="report"><summary>{report}</summary><form method="post" action="{portal}/report/"><p>{why}</p>{hidden}'
        '<p><label for="reason">{reason}</label><select id="reason" name="reason" required>{reasons}</select></p>'
        '<p><label for="note">{note}</label><textarea id="note" name="note" rows="4" maxlength="{longest}"></textarea></p>'
        '<p><button class="button" type="submit">{send}</button></p></form></details>',
        report=words["report"],
        portal=portal,
        why=words["report_why"],
        hidden=joined(
            html('<input type="hidden" name="{name}" value="{value}">', name=name, value=value) for name, value in hidden.items()
        ),
        reason=words["report_reason"],
        reasons=joined(html('<option value="{key}">{words}</option>', key=key, words=words[key]) for key in REASONS),
        note=words["report_note"],
        longest=LONGEST_NOTE,
        send=words["report_send"],
    )


def _gallery(listing: Listing) -> Html:
    """Return the first picture large and the others in a row below it."""
    first, *rest = listing.pictures
    row = html('<div class="row">{rest}</div>', rest=joined(picture(name, listing.title) for name in rest)) if rest else NOTHING
    return html('<div class="pictures">{first}{row}</div>', first=picture(first, listing.title), row=row)


def _shops(market: Marketplace, shops: Sequence[Shop], words: dict[str, str]) -> Html:
    entries = joined(
        html(
            '<li><a href="{path}">{sign}<span><b>{name}</b><span class="by">{place}</span></span></a></li>',
            path=shop_path(market, shop),
            sign=_sign(shop),
            name=shop.name,
            place=shop.place,
        )
        for shop in shops
    )
    return (
        html('<h2 class="first">{title}</h2><ul class="shops">{entries}</ul>', title=words["shops"], entries=entries) if shops else NOTHING
    )


def _sign(shop: Shop) -> Html:
    return html('<span class="sign" aria-hidden="true">{letter}</span>', letter=shop.name[:1])


def _next(path: str, after: int, words: dict[str, str]) -> Html:
    if not after:
        return NOTHING
    href = f"{path}{'&' if '?' in path else '?'}after={after}"
    return html('<p class="next"><a class="button" rel="next" href="{href}">{next}</a></p>', href=href, next=words["next"])


def _grid(market: Marketplace, listings: Iterable[Listing], words: dict[str, str], *, is_in_shop: bool = False) -> Html:
    cards = joined(
        html(
            '<li><a href="{path}">{picture}<b>{title}</b></a><span class="price">{price}</span>{shop}</li>',
            path=listing_path(market, listing),
            picture=picture(listing.pictures[0], ""),
            title=listing.title,
            price=_price(market, listing),
            shop=NOTHING if is_in_shop else html('<span class="by">{name}</span>', name=listing.shop.name),
        )
        for listing in listings
    )
    return html('<ul class="goods">{cards}</ul>', cards=cards) if cards else html("<p>{empty}</p>", empty=words["empty"])


def _price(market: Marketplace, listing: Listing) -> str:
    return f"{SIGNS[market.currency]}{listing.price}"


def _document(title: str, bar: Html, body: Html, *, market: str, language: str, canonical: str = "") -> Html:
    return html(
        '<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">{canonical}'
        '<link rel="icon" href="data:,"><link rel="stylesheet" href="/static/sandbox.css"></head>'
        '<body data-market="{market}"><header class="bar">{bar}</header><main>{body}</main>'
        '<footer lang="en">An invented marketplace for trying things out. Nothing here is for sale.</footer></body></html>',
        language=language,
        title=title,
        canonical=html('<link rel="canonical" href="{path}">', path=quote(canonical, safe="/?=&-.")) if canonical else NOTHING,
        market=market,
        bar=bar,
        body=body,
    )
