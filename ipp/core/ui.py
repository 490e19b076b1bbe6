"""What the pages are made of, as values: navigation, states, clocks, timelines and figures that views hand to the template tags."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from functools import cache, lru_cache
from typing import Literal, get_args
from zoneinfo import ZoneInfo, available_timezones

from babel import Locale
from babel.dates import get_timezone_location
from django.utils import timezone
from django.utils.dates import MONTHS_3, WEEKDAYS_ABBR
from django.utils.translation import get_language, to_locale
from django.utils.translation import gettext_lazy as _

from ipp.core.errors import Text
from ipp.core.icons import check_icon

Tone = Literal["ok", "info", "warn", "bad", "cn", "mute"]
"""ok: done. info: running. warn: yours to do. cn: the other side spoke. bad: refused or late. mute: at rest."""
Level = Literal["ok", "soon", "late", "paused"]
StepState = Literal["done", "current", "next"]
Audience = Literal["portal", "staff"]
THEMES = ("light", "dark", "auto")
"""What the cookie `ipp_theme` may hold; auto follows the reader's system."""
THEME_COOKIE = "ipp_theme"
METER_WIDTH = 1000
"""Width of a meter's drawing in its own units."""


# -- the shell ---------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class NavItem:
    """One line of the navigation. `due` marks a count that waits for the reader."""

    label: Text
    url: str
    icon: str
    count: int | None = None
    due: bool = False
    current: bool = False

    def __post_init__(self) -> None:
        check_icon(self.icon)


@dataclass(frozen=True)
class NavGroup:
    """Lines of the navigation under one title; the first group has none."""

    title: Text
    items: Sequence[NavItem]


@dataclass(frozen=True)
class OrgChoice:
    """An organization the reader may switch to."""

    code: str
    name: str
    caption: Text = ""
    current: bool = False
    url: str = ""


@dataclass(frozen=True)
class AccountLink:
    """A line of the account menu."""

    label: Text
    url: str
    icon: str

    def __post_init__(self) -> None:
        check_icon(self.icon)


@dataclass(frozen=True)
class DayTime:
    """The moment by the platform's calendar: what its clocks go by. `local` is already in words of the reader's language."""

    local: str
    zone: str
    is_business_day: bool


@dataclass(frozen=True)
class Shell:
    """Everything around a signed-in page. An empty address hides its control: nothing dead is shown.

    `switch_url` takes `organization=<code>` by POST.
    """

    audience: Audience
    brand: str
    organization_name: str
    organization_caption: Text
    organizations: Sequence[OrgChoice] = ()
    groups: Sequence[NavGroup] = ()
    notifications_url: str = ""
    notifications_new: int = 0
    user_name: str = ""
    account_links: Sequence[AccountLink] = ()
    daytime: DayTime | None = None
    home_url: str = "/"
    switch_url: str = ""
    search_url: str = ""
    foot_links: Sequence[AccountLink] = ()

    @property
    def is_staff(self) -> bool:
        """Whether these are the platform's own people."""
        return self.audience == "staff"

    @property
    def has_menu(self) -> bool:
        """Whether there is anywhere to go."""
        return bool(self.groups)

    @property
    def can_switch(self) -> bool:
        """Whether there is another organization to go to."""
        return bool(self.switch_url) and len(self.organizations) > 1


# -- states ------------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class StateBadge:
    """How a state is told: a word, a drawing and a tone, never the tone alone."""

    label: Text
    tone: Tone
    icon: str

    def __post_init__(self) -> None:
        check_icon(self.icon)
        if self.tone not in get_args(Tone):
            raise ValueError(f"There is no tone {self.tone!r}.")


_states: dict[str, dict[str, StateBadge]] = {}


def register_states(axes: Mapping[str, Mapping[str, StateBadge]]) -> None:
    """Make the badges of an app's states known, by axis (`rightsholders.verification`) and value; call it in `AppConfig.ready`."""
    for axis, badges in axes.items():
        _states.setdefault(axis, {}).update(badges)


def badge_of(value: object, axis: str) -> StateBadge:
    """Return the badge of a state; a value nobody registered is told by itself, in the tone of rest.

    The fallback keeps a page readable during a deployment; `missing_states` lets a test insist on a real badge.
    """
    known = _states.get(axis, {}).get(str(value))
    return known or StateBadge(str(value).replace("_", " ").capitalize(), "mute", "circle-dashed")


def missing_states(axis: str, values: Iterable[str]) -> set[str]:
    """Return the values of an axis that have no badge."""
    return set(values) - set(_states.get(axis, {}))


# -- clocks and moments --------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class ClockFace:
    """A running clock in two lines: what is left in business time, then the exact moment. `share_left` is 0 to 1 of the budget."""

    level: Level
    left_text: Text
    exact_text: Text
    share_left: float

    @property
    def percent_left(self) -> int:
        """The share left in whole percent, 0 to 100: the length of the ring's arc. A late clock has a full, red ring."""
        return 100 if self.level == "late" else round(min(max(self.share_left, 0.0), 1.0) * 100)


@dataclass(frozen=True)
class DateForms:
    """How a language writes moments and days: `str.format` of year, month (its name), number (of the month), day, weekday and time."""

    moment: str
    short_moment: str
    day: str
    zone: str


DATE_FORMS = {
    "en": DateForms("{weekday} {day} {month} {year:04d}, {time}", "{weekday} {day} {month}, {time}", "{day} {month} {year:04d}", "{}"),
    "zh": DateForms(
        "{year:04d}年{number}月{day}日 {time}", "{number}月{day}日 {weekday} {time}", "{year:04d}年{number}月{day}日", "{}时间"
    ),
}
ZONE_NAMES: Mapping[str, Text] = {"Asia/Shanghai": _("Shanghai"), "Asia/Hong_Kong": _("Hong Kong"), "UTC": "UTC"}
"""Zones with a name of our own; others are told by their city, as the Unicode locale data names it."""
ZONE_COOKIE = "ipp_zone"
"""Where the browser says in which time zone it is."""


@dataclass(frozen=True)
class Moments:
    """Writes moments for one language and one time zone; a list asks for it once (`moments`)."""

    forms: DateForms
    weekdays: tuple[str, ...]
    months: tuple[str, ...]
    zone: tzinfo
    zone_word: str

    def exact(self, moment: datetime) -> str:
        """Return a moment in words, to the minute."""
        return self._written(self.forms.moment, moment.astimezone(self.zone))

    def short(self, moment: datetime) -> str:
        """Return a moment near today without its year."""
        return self._written(self.forms.short_moment, moment.astimezone(self.zone))

    def zoned(self, moment: datetime) -> str:
        """Return a moment near today with the city by whose time it is."""
        return f"{self.short(moment)} {self.zone_word}"

    def day(self, day: date) -> str:
        """Return a day in words."""
        return self._written(self.forms.day, day)

    def _written(self, form: str, at: date) -> str:
        time = f"{at.hour:02d}:{at.minute:02d}" if isinstance(at, datetime) else ""
        month, weekday = self.months[at.month - 1], self.weekdays[at.weekday()]
        return form.format(year=at.year, month=month, number=at.month, day=at.day, weekday=weekday, time=time)


def moments(zone: tzinfo | None = None) -> Moments:
    """Return what writes moments in the active language, in `zone` or the active time zone."""
    return _moments(_language(), zone or timezone.get_current_timezone())


def exact_moment(moment: datetime) -> str:
    """Return a moment in words, in the active time zone and language, to the minute."""
    return moments().exact(moment)


def short_moment(moment: datetime, zone: tzinfo | None = None) -> str:
    """Return a moment near today without its year, in `zone` or the active time zone."""
    return moments(zone).short(moment)


def exact_day(day: date) -> str:
    """Return a day in words, in the active language."""
    return moments().day(day)


def zone_name(key: str = "") -> str:
    """Return the city of a time zone (`Asia/Shanghai` is Shanghai), the active one's if none is named."""
    return _zone_word(key or timezone.get_current_timezone_name(), _language())


def zone_of_reader(named: str, otherwise: str) -> ZoneInfo:
    """Return the zone the reader's browser names, or the other one where it names none that exists."""
    return ZoneInfo(named if named in _known_zones() else otherwise)


@cache
def _known_zones() -> frozenset[str]:
    return frozenset(available_timezones())


@lru_cache(maxsize=512)
def _moments(language: str, zone: tzinfo) -> Moments:
    """Return what writes moments in the language, which is the active one."""
    weekdays = tuple(str(WEEKDAYS_ABBR[number]) for number in range(7))
    months = tuple(str(MONTHS_3[number]).title() for number in range(1, 13))
    return Moments(_forms(language), weekdays, months, zone, _zone_word(str(zone), language))


@lru_cache(maxsize=512)
def _zone_word(key: str, language: str) -> str:
    return str(ZONE_NAMES.get(key) or _forms(language).zone.format(_city(key, language)))


def _city(key: str, language: str) -> str:
    return get_timezone_location(key, locale=Locale.parse(to_locale(language)), return_city=True).rpartition("/")[2]


def _forms(language: str) -> DateForms:
    return DATE_FORMS.get(language.partition("-")[0], DATE_FORMS["en"])


def _language() -> str:
    return get_language() or "en"


# -- pieces of a page -----------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class TimelineEntry:
    """One thing that happened, as a sentence. `who` stands in front of it in bold, `quote` is what was said, word for word."""

    text: Text
    at: datetime
    who: Text = ""
    icon: str = "circle-dashed"
    tone: Tone = "mute"
    quote: str = ""

    def __post_init__(self) -> None:
        check_icon(self.icon)


@dataclass(frozen=True)
class Fact:
    """A line of a list of facts; `is_ref` sets numbers and references in the fixed-width face."""

    label: Text
    value: object
    note: Text = ""
    is_ref: bool = False


@dataclass(frozen=True)
class Step:
    """One step of a way with several."""

    label: Text
    state: StepState = "next"
    url: str = ""


@dataclass(frozen=True)
class Figure:
    """A number people look at, with its unit and what it is measured against."""

    label: Text
    value: object
    unit: Text = ""
    note: Text = ""


@dataclass(frozen=True)
class Empty:
    """What an empty list says: what belongs here, and what to do first."""

    icon: str
    title: Text
    text: Text
    url: str = ""
    label: Text = ""

    def __post_init__(self) -> None:
        check_icon(self.icon)


@dataclass(frozen=True)
class MeterPart:
    """A part of a whole in a stacked bar."""

    label: Text
    count: int
    tone: Tone = "info"


@dataclass(frozen=True)
class MeterSegment:
    """Where a part is drawn, in the meter's own units."""

    part: MeterPart
    x: int
    width: int


@dataclass(frozen=True)
class Meter:
    """A stacked bar: its parts in order, the empty ones left out of the drawing."""

    parts: Sequence[MeterPart]
    segments: Sequence[MeterSegment] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "segments", _segments(self.parts))

    @property
    def summary(self) -> str:
        """The parts in words, for those who do not see the bar."""
        return ", ".join(f"{part.count} {part.label}" for part in self.parts)


def fact_of(item: Fact | tuple[Text, object]) -> Fact:
    """Return a pair as a fact."""
    return item if isinstance(item, Fact) else Fact(*item)


def initials(name: str) -> str:
    """Return the monogram of a name: two letters of a Latin name, the first character of a Chinese one."""
    words = [word for word in name.split() if word[0].isalnum()]
    if not words:
        return "?"
    if not words[0][0].isascii():
        return words[0][0]
    return "".join(word[0] for word in words[:2] if word[0].isascii()).upper()


def _segments(parts: Sequence[MeterPart]) -> tuple[MeterSegment, ...]:
    total = sum(part.count for part in parts)
    found, done = [], 0
    for part in parts:
        start = round(METER_WIDTH * done / total) if total else 0
        done += part.count
        end = round(METER_WIDTH * done / total) if total else 0
        if end > start:
            found.append(MeterSegment(part, start, end - start))
    return tuple(found)
