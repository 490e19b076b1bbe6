"""A shop's back office: its state in words, what it was told, and a form to put up a new listing. For trying out, so without a password."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping, Sequence

from sandbox.addresses import office_path, shop_path
from sandbox.commands import MAX_DESCRIPTION, MAX_TITLE
from sandbox.markup import Html, html, joined
from sandbox.pages import NOTHING, facts_list, page_of, picture, told
from sandbox.pages import WORDS as PAGE_WORDS
from sandbox.store import Marketplace, Message, Shop

WORDS = {
    "en": {
        "office": "Back office",
        "demo": "This page is for trying things out. A true marketplace would ask for a password here; everybody may look at this one.",
        "open": "The shop is open. Its goods are on sale, and new ones can be put up.",
        "restricted": "The shop is restricted. Its goods can be seen and not bought, and new ones are refused.",
        "closed": "The shop is closed. Nobody can see it or its goods, and new ones are refused.",
        "messages": "Messages",
        "none": "No messages so far.",
        "follow": "Open the link",
        "new": "Put up a new listing",
        "title": "Title",
        "price": "Price",
        "price_help": "With two decimals, such as 12.50",
        "description": "Description (optional)",
        "picture": "Picture",
        "publish": "Put it up",
        "refused": "The new listing was refused",
        "refused_restricted": "This shop is restricted, so nothing new can be put up. Nothing was published.",
        "refused_closed": "This shop is closed, so nothing new can be put up. Nothing was published.",
        "back": "Back to the back office",
        "wrong_title": "Type in a title of one line and at most 200 characters.",
        "wrong_price": "Type in a price with two decimals, such as 12.50.",
        "wrong_picture": "Choose one of the pictures.",
        "wrong_description": "The description has one line and at most 2,000 characters.",
        "stale": "This form was sent before, or was not made here. Look into the shop, or send it again now.",
        "public": "The shop as everybody sees it",
    },
    "zh-Hans": {
        "office": "店铺后台",
        "demo": "本页仅供演示。真实的平台会要求登录，这里任何人都可以查看。",
        "open": "店铺正常营业：商品在售，可以发布新商品。",
        "restricted": "店铺已被限制：商品可见但无法购买，不能发布新商品。",
        "closed": "店铺已关闭：任何人都看不到店铺和商品，不能发布新商品。",
        "messages": "消息",
        "none": "暂无消息。",
        "follow": "打开链接",
        "new": "发布新商品",
        "title": "标题",
        "price": "价格",
        "price_help": "保留两位小数，例如 12.50",
        "description": "描述（选填）",
        "picture": "图片",
        "publish": "发布",
        "refused": "新商品未能发布",
        "refused_restricted": "该店铺已被限制，不能发布新商品。没有发布任何内容。",
        "refused_closed": "该店铺已关闭，不能发布新商品。没有发布任何内容。",
        "back": "返回店铺后台",
        "wrong_title": "请输入一行标题，最多 200 个字符。",
        "wrong_price": "请输入带两位小数的价格，例如 12.50。",
        "wrong_picture": "请选择一张图片。",
        "wrong_description": "描述为一行，最多 2000 个字符。",
        "stale": "该表单已经提交过，或不是在此页面生成的。请查看店铺，或重新提交。",
        "public": "查看店铺页面",
    },
}
FIELDS = ("title", "price", "picture", "description")


def office_page(
    market: Marketplace,
    shop: Shop,
    messages: Sequence[Message],
    pictures: Collection[str],
    *,
    typed: Mapping[str, str] | None = None,
    wrong: str = "",
) -> Html:
    """Return a shop's back office; `typed` stands in the form again, `wrong` (a key of the words) says what is the matter with it."""
    words = WORDS[market.language]
    body = html(
        '<h1>{office}: {name}</h1><p class="demo">{demo}</p>'
        '<section class="standing" data-state="{state}"><p><b>{words}</b></p>{facts}</section>'
        '<p class="aside"><a href="{shop}">{public}</a></p>'
        '<div class="desk"><section><h2 class="first">{messages}</h2>{letters}</section>'
        '<section><h2 class="first">{new}</h2>{form}</section></div>',
        office=words["office"],
        name=shop.name,
        demo=words["demo"],
        state=shop.state,
        words=words[shop.state],
        facts=facts_list(told(PAGE_WORDS[market.language], shop)),
        shop=shop_path(market, shop),
        public=words["public"],
        messages=words["messages"],
        letters=_letters(messages, words, PAGE_WORDS[market.language]["reference"]),
        new=words["new"],
        form=_form(market, shop, pictures, words, typed or {}, wrong),
    )
    return page_of(market, f"{words['office']}: {shop.name}", body)


def refused_page(market: Marketplace, shop: Shop, title: str) -> Html:
    """Return what a restricted or closed shop sees when it wants to put something up."""
    words = WORDS[market.language]
    facts = [(words["title"], title), *told(PAGE_WORDS[market.language], shop)]
    body = html(
        '<section class="gone"><h1>{refused}</h1><p>{why}</p>{facts}<p><a class="button" href="{path}">{back}</a></p></section>',
        refused=words["refused"],
        why=words[f"refused_{shop.state}"],
        facts=facts_list(facts),
        path=office_path(market, shop),
        back=words["back"],
    )
    return page_of(market, words["refused"], body)


def wrong_of(detail: str) -> str:
    """Return the word for what a refusal of typed fields names, such as `wrong_price`."""
    named = detail.partition("'")[2].partition("'")[0]
    return f"wrong_{named}" if named in FIELDS else "stale"


def _letters(messages: Sequence[Message], words: Mapping[str, str], reference: str) -> Html:
    if not messages:
        return html('<p class="by">{none}</p>', none=words["none"])
    entries = joined(
        html(
            '<li><p class="by"><time>{at} UTC</time>{reference}</p>{text}{link}</li>',
            at=message.received_at[:16].replace("T", " "),
            reference=f" · {reference} {message.reference}" if message.reference else "",
            text=joined(html("<p>{line}</p>", line=line) for line in message.text.split("\n") if line.strip()),
            link=_button(message.link, words["follow"]) if message.link else NOTHING,
        )
        for message in messages
    )
    return html('<ol class="letters">{entries}</ol>', entries=entries)


def _button(link: str, words: str) -> Html:
    return html('<p><a class="button" href="{link}" rel="noopener noreferrer">{words}</a></p>', link=link, words=words)


def _form(
    market: Marketplace, shop: Shop, pictures: Collection[str], words: Mapping[str, str], typed: Mapping[str, str], wrong: str
) -> Html:
    return html(
        '{wrong}<form class="put-up" method="post" action="{path}"><input type="hidden" name="form" value="{form}">'
        '<p><label for="title">{title}</label><input id="title" name="title" required maxlength="{longest}" value="{typed_title}"></p>'
        '<p><label for="price">{price} ({currency})</label><input id="price" name="price" required inputmode="decimal" maxlength="11" '
        'value="{typed_price}" aria-describedby="price-help"><span class="by" id="price-help">{price_help}</span></p>'
        '<p><label for="description">{description}</label><input id="description" name="description" maxlength="{most}" '
        'value="{typed_description}"></p>'
        "<fieldset><legend>{picture}</legend><div>{choices}</div></fieldset>"
        '<p><button class="button" type="submit">{publish}</button></p></form>',
        wrong=html('<p class="notice" role="alert">{words}</p>', words=words[wrong]) if wrong else NOTHING,
        path=office_path(market, shop),
        form=secrets.token_urlsafe(16),
        title=words["title"],
        longest=MAX_TITLE,
        typed_title=typed.get("title", ""),
        price=words["price"],
        currency=market.currency,
        typed_price=typed.get("price", ""),
        price_help=words["price_help"],
        description=words["description"],
        most=MAX_DESCRIPTION,
        typed_description=typed.get("description", ""),
        picture=words["picture"],
        choices=joined(_choice(name, is_chosen=name == typed.get("picture")) for name in sorted(pictures)),
        publish=words["publish"],
    )


def _choice(name: str, *, is_chosen: bool) -> Html:
    return html(
        '<label><input type="radio" name="picture" value="{name}" required{chosen}>{picture}</label>',
        name=name,
        chosen=Html(" checked") if is_chosen else NOTHING,
        picture=picture(name, name.replace("-", " ")),
    )
