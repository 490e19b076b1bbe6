"""What the seller is told, by notice and by mail, and what stays with the platform."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import F

from ipp.core import clock, tenancy
from ipp.core.events import EVENTS
from ipp.core.models import Notification, OutgoingMail, User
from ipp.core.timeline import SENTENCES, read_sentence
from penalties import services
from tests.actors import actor_named
from tests.factories.penalties import ago, claim, fall, sanctions, shop_of, three_strikes, told, upheld
from tests.factories.rightsholders import validated_right
from tests.factories.takedowns import rows_of


def notices(owner):
    with tenancy.engine_scope("tests"):
        rows = Notification.objects.filter(organization_id=owner.organization_id, name__startswith="penalties.")
        return list(rows.order_by("id").values_list("name", flat=True))


def mails(owner):
    """Return (subject, body) of what the seller's owner was sent about penalties."""
    with tenancy.engine_scope("tests"):
        rows = OutgoingMail.objects.filter(organization_id=owner.organization_id, to__startswith="sunny@").order_by("id")
        return [pair for pair in rows.values_list("subject", "body") if "/record/" in pair[1]]


def test_the_engine_makes_a_violation_of_what_was_upheld_and_takes_it_back(alice, sunny, run_engine):
    """By the events alone: nobody calls the service here."""
    complaint = upheld(alice, ago(30), owner=sunny, noted=False)
    run_engine()
    assert told() == [("warning", "in_force")]

    fall(alice, complaint, noted=False)
    run_engine()

    assert told() == [("warning", "lifted")]


def test_a_warning_is_told_with_the_way_to_its_lesson(alice, sunny, run_engine):
    upheld(alice, ago(30), owner=sunny)

    run_engine()

    (row,) = sanctions()
    assert notices(sunny) == ["penalties.violations.noted", "penalties.strike.counted", "penalties.warning.given"]
    ((subject, body),) = mails(sunny)
    assert row.reference in subject
    assert "This is strike 1 of 3, and a warning." in body
    assert f"/record/sanctions/{row.code}/" in body
    assert f"/record/{shop_of().code}/" in body


def test_the_mail_is_in_the_members_language(alice, sunny, run_engine):
    with tenancy.scope(tenancy.Context()):
        User.objects.filter(pk=sunny.user_id).update(language="zh-hans")
    upheld(alice, ago(30), owner=sunny)

    run_engine()

    with tenancy.engine_scope("tests"):
        languages = OutgoingMail.objects.filter(dedupe_key__contains=f"user:{sunny.user_id}", organization_id=sunny.organization_id)
        assert set(languages.values_list("language", flat=True)) == {"zh-hans"}


def test_a_restriction_says_until_when(alice, sunny, run_engine):
    right = validated_right(alice)
    for days in (30, 20):
        upheld(alice, ago(days), right=right, owner=sunny)

    run_engine()

    subject, body = mails(sunny)[-1]
    assert "is restricted" in subject
    assert "it opens again by itself" in body


def test_the_third_strike_is_told_and_the_proposal_is_not(alice, sunny, run_engine):
    three_strikes(alice, owner=sunny)
    olga = actor_named("olga")
    with tenancy.acting(olga):
        services.propose_closure(actor=olga, code=sanctions()[-1].code, note="A private remark.")

    run_engine()

    subject, body = mails(sunny)[-1]
    assert subject.startswith("Strike 3 of 3")
    assert "Two people look at your record before that happens." in body
    assert [name for name in notices(sunny) if "closure" in name] == []


def test_a_closure_is_told_without_the_notes_of_the_platform(alice, sunny, run_engine):
    three_strikes(alice, owner=sunny)
    olga, ann = actor_named("olga"), actor_named("ann")
    code = sanctions()[-1].code
    with tenancy.acting(olga):
        services.propose_closure(actor=olga, code=code, note="A private remark.")
    with tenancy.acting(ann):
        services.release_closure(actor=ann, code=code, note="Another private remark.")

    run_engine()

    subject, body = mails(sunny)[-1]
    assert "is closed" in subject
    assert notices(sunny)[-1] == "penalties.shop.closed"
    with tenancy.engine_scope("tests"):
        facts = Notification.objects.filter(organization_id=sunny.organization_id).values_list("facts", flat=True)
        assert "private remark" not in str(list(facts)) + body


def test_a_strike_taken_back_is_told_once_with_what_fell_with_it(alice, sunny, run_engine):
    right = validated_right(alice)
    complaints = [upheld(alice, ago(days), right=right, owner=sunny) for days in (30, 20)]
    run_engine()
    before = len(mails(sunny))

    fall(alice, complaints[1])
    run_engine()

    ((subject, body),) = mails(sunny)[before:]
    assert "A strike was taken back" in subject
    assert "The restriction is taken back with it." in body


def test_the_end_of_a_restriction_is_told(alice, sunny, run_engine):
    right = validated_right(alice)
    for days in (30, 20):
        upheld(alice, ago(days), right=right, owner=sunny)
    with clock.moved(timedelta(days=31)):
        services.sweep()

    run_engine(after=timedelta(days=32))

    assert [subject for subject, _body in mails(sunny) if subject.startswith("The restriction of Shop 507 is over")] != []
    assert notices(sunny).count("penalties.restriction.ended") == 1


def test_of_a_shop_nobody_has_claimed_nobody_is_told(alice, sunny, run_engine):
    upheld(alice, ago(30))

    run_engine()
    claim(sunny)

    assert notices(sunny) == []
    with tenancy.engine_scope("tests"):
        assert not Notification.objects.filter(name__startswith="penalties.").exists()
        assert not OutgoingMail.objects.filter(organization__kind=F("organization__kind"), body__contains="/record/").exists()


def test_every_event_reads_as_a_sentence_even_without_its_facts():
    ours = [name for name in EVENTS if name.startswith("penalties.")]

    assert len(ours) > 10
    assert set(ours) <= set(SENTENCES)
    for name in ours:
        facts = {"reference": "SN-4H7K-QX2", "level": 2, "of": 3, "measure": "warning", "violation_ids": [1, 2]}
        assert read_sentence(name, facts) not in ("", name)


def test_the_rows_stay_what_takedowns_says(alice):
    """Penalties reads reported listings and never writes them."""
    complaint = upheld(alice, ago(30))

    assert {row.status for row in rows_of(complaint)} == {"upheld"}
