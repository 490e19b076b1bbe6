"""Parts of pages drawn once: what they may see, what differs from page to page all the same."""

from __future__ import annotations

from typing import Any

import pytest
from django.template import Context, Template, TemplateSyntaxError
from django.test import RequestFactory
from django.utils import translation

from ipp.core.kept import ADDRESS, MAX_DRAWN, TOKEN, KeptNode


class Drawn:
    """A value that counts how often it is drawn."""

    def __init__(self) -> None:
        self.times = 0

    def __str__(self) -> str:
        self.times += 1
        return "drawn"


def draw(template: Template, path: str = "/here/", **values: Any) -> str:
    return template.render(Context({"request": RequestFactory().get(path), **values}))


def test_a_part_is_drawn_once_for_the_same_values() -> None:
    template, value = Template("{% kept name=value %}<b>{{ name }}</b>{% endkept %}"), Drawn()

    shown = [draw(template, value=value) for _ in range(3)]

    assert shown == ["<b>drawn</b>"] * 3
    assert value.times == 1


def test_other_values_and_other_languages_are_drawn_anew() -> None:
    template = Template('{% kept name=value %}{{ name }} {% translate "Back" %}{% endkept %}')

    english = [draw(template, value=value) for value in ("a", "b", "a")]
    with translation.override("zh-hans"):
        chinese = draw(template, value="a")

    assert english == ["a Back", "b Back", "a Back"]
    assert chinese == "a 上一页"


def test_a_part_sees_nothing_but_the_values_it_names() -> None:
    template = Template("{% kept name=value %}[{{ user }}{{ request }}{{ value }}{{ name }}]{% endkept %}")

    assert draw(template, user="Alice", value="shown") == "[shown]"


def test_token_and_address_are_those_of_each_page() -> None:
    template = Template('{% kept %}{% csrf_token %}<input name="next" value="{% here %}">{% endkept %}')

    first, second = draw(template, "/one/?a=1&b=2", csrf_token="first"), draw(template, "/two/", csrf_token="second")

    assert 'value="first"' in first
    assert 'value="/one/?a=1&amp;b=2"' in first
    assert 'value="second"' in second
    assert 'value="/two/"' in second
    assert TOKEN not in first + second
    assert ADDRESS not in first + second


def test_a_page_without_a_token_gets_no_field_for_one() -> None:
    template = Template("{% kept %}{% csrf_token %}|{% endkept %}")

    assert "csrfmiddlewaretoken" in draw(template, csrf_token="one")
    assert draw(template) == "|"


def test_a_value_is_escaped_and_an_address_cannot_bring_markup() -> None:
    template = Template("{% kept name=value %}{{ name }}{% here %}{% endkept %}")

    assert draw(template, "/?<script>", value="<b>").count("<") == 0


def test_values_without_end_do_not_fill_the_memory() -> None:
    template = Template("{% kept name=value %}{{ name }}{% endkept %}")

    for number in range(MAX_DRAWN + 5):
        draw(template, value=number)

    assert [len(node.drawn) for node in template.nodelist if isinstance(node, KeptNode)] == [5]


def test_the_tag_takes_names_with_values_only() -> None:
    with pytest.raises(TemplateSyntaxError, match="name=value"):
        Template("{% kept value %}{% endkept %}")
