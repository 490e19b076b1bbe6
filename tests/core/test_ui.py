"""The values pages are made of, and the tags that draw them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django import forms
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import timezone, translation

from ipp.core import styleguide, ui
from ipp.core.errors import FieldError, InvalidInput
from ipp.core.forms import ChoiceCards, add_domain_errors
from ipp.core.ui import ClockFace, Fact, Meter, MeterPart, NavItem, StateBadge, Step, TimelineEntry

MOMENT = datetime(2026, 11, 24, 8, 42, 7, tzinfo=UTC)


def draw(source: str, **context: Any) -> str:
    return Template(source).render(Context(context)).strip()


class Paper(forms.Form):
    kind = forms.ChoiceField(choices=[("a", "One"), ("b", "Two")], widget=ChoiceCards(hints={"b": "The second line"}))
    number = forms.CharField(help_text="As on the paper.", widget=forms.TextInput(attrs={"placeholder": "Number", "class": "own"}))
    remark = forms.CharField(required=False)
    scan = forms.FileField(required=False)
    agree = forms.BooleanField()


@pytest.mark.parametrize(("name", "letters"), [("Tarnholt AS", "TA"), ("Acme", "A"), ("环球 Trading", "环"), ("", "?"), ("  - ", "?")])
def test_a_monogram_is_two_latin_letters_or_one_chinese_character(name: str, letters: str) -> None:
    assert ui.initials(name) == letters


@pytest.mark.parametrize(("level", "share", "percent"), [("ok", 0.784, 78), ("soon", -0.2, 0), ("ok", 1.7, 100), ("late", 0.0, 100)])
def test_the_ring_of_a_clock_stays_between_empty_and_full_and_is_full_when_late(level: Any, share: float, percent: int) -> None:
    assert ClockFace(level, "left", "exact", share).percent_left == percent


def test_a_meter_draws_its_parts_without_a_gap_and_leaves_out_the_empty_ones() -> None:
    meter = Meter([MeterPart("a", 1, "ok"), MeterPart("b", 0, "bad"), MeterPart("c", 2, "info")])

    assert [(segment.part.label, segment.x, segment.width) for segment in meter.segments] == [("a", 0, 333), ("c", 333, 667)]
    assert meter.summary == "1 a, 0 b, 2 c"


def test_a_meter_of_nothing_draws_nothing() -> None:
    assert list(Meter([MeterPart("a", 0)]).segments) == []


def test_an_icon_outside_the_sprite_is_refused_where_it_is_declared() -> None:
    with pytest.raises(ValueError, match="no drawing 'unicorn'"):
        NavItem("Home", "/", "unicorn")


def test_a_tone_nobody_knows_is_refused() -> None:
    with pytest.raises(ValueError, match="no tone 'pink'"):
        StateBadge("Pink", "pink", "flag")  # type: ignore[arg-type]


def test_a_registered_state_is_told_by_word_tone_and_icon() -> None:
    ui.register_states({"tests.axis": {"open": StateBadge("Open", "info", "progress")}})

    html = draw('{% state "open" "tests.axis" %}')

    assert 'data-tone="info"' in html
    assert "#progress" in html
    assert html.endswith("Open</span>")


def test_a_state_without_a_badge_is_told_by_itself_and_a_test_can_find_it() -> None:
    ui.register_states({"tests.axis": {"open": StateBadge("Open", "info", "progress")}})

    assert ui.badge_of("put_aside", "tests.axis").label == "Put aside"
    assert ui.missing_states("tests.axis", ["open", "put_aside"]) == {"put_aside"}


def test_an_icon_is_decoration_unless_it_has_a_label() -> None:
    assert 'aria-hidden="true"' in draw('{% icon "flag" %}')
    assert 'role="img" aria-label="Flagged"' in draw('{% icon "flag" label="Flagged" %}')


def test_a_moment_is_written_in_the_active_zone_and_language() -> None:
    with timezone.override("Asia/Shanghai"):
        english = draw("{% localtime_exact moment %}", moment=MOMENT)
        with translation.override("zh-hans"):
            chinese = draw("{% localtime_exact moment zone=False %}", moment=MOMENT)

    assert english == '<time datetime="2026-11-24T08:42:07+00:00">Tue 24 Nov 2026, 16:42</time> Shanghai'
    assert ">2026年11月24日 16:42<" in chinese


def test_a_missing_moment_writes_nothing() -> None:
    assert draw("{% localtime_exact moment %}{% day sometime %}", moment=None, sometime=None) == ""


def test_a_day_is_written_in_words() -> None:
    assert draw("{% day sometime %}", sometime=date(2028, 3, 6)) == '<time datetime="2028-03-06">6 Mar 2028</time>'


def test_a_clock_shows_what_is_left_the_exact_moment_and_the_share() -> None:
    html = draw("{% clock face %}", face=ClockFace("soon", "5 h left", "Tue 22:00", 0.22))

    assert 'data-level="soon"' in html
    assert 'stroke-dasharray="22 100"' in html
    assert "<b>5 h left</b><small>Tue 22:00</small>" in html


def test_a_timeline_escapes_what_people_said() -> None:
    html = draw("{% timeline entries %}", entries=[TimelineEntry("answered.", MOMENT, "Alice", "send", "cn", "<b>no</b>")])

    assert "<b>Alice</b> answered." in html
    assert "<q>&lt;b&gt;no&lt;/b&gt;</q>" in html


def test_facts_without_a_value_are_left_out() -> None:
    html = draw("{% facts pairs %}", pairs=[("Name", "Acme"), ("Old name", ""), Fact("Zero", 0)])

    assert "Old name" not in html
    assert "<dt>Zero</dt><dd>0</dd>" in html


def test_a_note_holds_its_content_escaped_and_its_kind() -> None:
    html = draw('{% note "warn" title="Look." %}{{ words }}{% endnote %}', words="<i>")

    assert html.startswith('<div class="ipp-note ipp-note-warn">')
    assert '<b class="ipp-strong">Look.</b> &lt;i&gt;' in html


def test_a_confirmation_asks_before_it_posts_and_carries_the_token() -> None:
    html = draw(
        '{% confirm label="Withdraw" url="/w/" question="Sure?" button="Yes" tone="bad" key="w" %}<i>more</i>{% endconfirm %}',
        csrf_token="tok",
    )

    assert html.index("<summary") < html.index("Sure?") < html.index("<i>more</i>") < html.index(">Yes</button>")
    assert 'action="/w/"' in html
    assert 'name="csrfmiddlewaretoken" value="tok"' in html
    assert 'data-key="w"' in html


def test_a_post_button_carries_the_token_and_what_it_sends() -> None:
    html = draw('{% post_button "/go/" "Go" icon="refresh" class="btn btn-small" name="how" value="fast" %}', csrf_token="tok")

    assert '<button class="btn btn-small" name="how" value="fast">' in html
    assert 'value="tok"' in html


def test_the_current_step_is_told_to_screen_readers() -> None:
    html = draw("{% stepper steps %}", steps=[Step("One", "done"), Step("Two", "current"), Step("Three")])

    assert html.count('aria-current="step"') == 1
    assert html.index("One") < html.index('aria-current="step"') < html.index("Two")


def test_a_theme_nobody_offers_counts_as_none() -> None:
    request = RequestFactory().get("/")
    request.COOKIES["ipp_theme"] = '"><script>'

    assert draw("{% theme %}", request=request) == "auto"


@pytest.mark.parametrize("theme", ui.THEMES)
def test_the_chosen_theme_is_the_cookie_s(theme: str) -> None:
    request = RequestFactory().get("/")
    request.COOKIES["ipp_theme"] = theme

    assert draw("{% theme %}", request=request) == theme


def test_the_page_says_its_language_as_browsers_know_it() -> None:
    with translation.override("zh-hans"):
        assert draw("{% language_tag %}") == "zh-Hans"
    assert draw("{% language_tag %}") == "en"


def test_a_faulty_field_points_to_its_error_and_the_summary_points_to_the_field() -> None:
    form = Paper({"kind": "a", "agree": "on"})

    html = str(form)

    assert '<a href="#id_number">Number: This field is required.</a>' in html
    assert 'aria-invalid="true"' in html
    assert 'aria-describedby="id_number_helptext id_number_error"' in html
    assert 'id="id_number_error"' in html
    assert 'id="id_number_helptext">As on the paper.' in html


def test_the_summary_leads_to_the_first_choice_of_a_group() -> None:
    html = str(Paper({"number": "1", "agree": "on"}))

    assert '<a href="#id_kind_0">' in html
    assert 'id="id_kind_0"' in html


def test_a_form_without_faults_has_no_summary() -> None:
    assert "ipp-errors" not in str(Paper())
    assert "ipp-errors" not in str(Paper({"kind": "a", "number": "1", "agree": "on"}))


def test_only_fields_that_may_stay_empty_say_so() -> None:
    html = str(Paper())

    assert html.count("(optional)") == 2
    assert "Remark <span" in html
    assert "Scan <span" in html


def test_controls_get_their_class_beside_their_own_and_no_placeholder() -> None:
    html = str(Paper()["number"])

    assert 'class="own form-control"' in html
    assert "placeholder" not in html


def test_a_choice_card_has_its_second_line() -> None:
    html = str(Paper()["kind"])

    assert html.count('class="ipp-choice"') == 2
    assert html.count("<small>The second line</small>") == 1


def test_a_file_field_is_a_plain_file_input_inside_the_drop_box() -> None:
    html = str(Paper()["scan"])

    assert '<label class="ipp-drop">' in html
    assert 'type="file" name="scan"' in html


def test_a_form_with_a_file_is_sent_as_multipart() -> None:
    html = draw('{% form form submit="Send" %}', form=Paper(), csrf_token="tok")

    assert 'enctype="multipart/form-data"' in html
    assert 'name="csrfmiddlewaretoken" value="tok"' in html


def test_a_refusal_of_a_service_lands_beside_its_field() -> None:
    form = Paper({"kind": "a", "number": "1", "agree": "on"})
    refusal = InvalidInput("number_unknown", "Correct the number.", errors=[FieldError("/number", "unknown", "No such number.")])

    add_domain_errors(form, refusal)

    assert form.errors == {"number": ["No such number."]}


def test_a_refusal_without_a_field_lands_in_the_summary() -> None:
    form = Paper({"kind": "a", "number": "1", "agree": "on"})

    add_domain_errors(form, InvalidInput("too_many", "Send fewer.", errors=[FieldError("/links/4", "long", "Too long.")]))

    assert form.non_field_errors() == ["Too long.", "Send fewer."]


def test_the_style_guide_shows_every_tone_level_and_step() -> None:
    samples = styleguide.samples("/styleguide/")

    assert {badge.tone for badge in samples["states"]} == {"ok", "info", "warn", "bad", "cn", "mute"}
    assert {face.level for face in samples["clocks"]} == {"ok", "soon", "late", "paused"}
    assert {step.state for step in samples["steps"]} == {"done", "current", "next"}
