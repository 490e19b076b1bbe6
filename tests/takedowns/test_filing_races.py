"""Filing at the same moment: one listing is claimed once, one key files once."""

from __future__ import annotations

import json
from typing import Any

from django.db import connection

from ipp.core import tenancy
from takedowns import services
from takedowns.models import Complaint, ReportedListing
from tests.actors import AudienceClient, actor_named, new_secret
from tests.factories.rightsholders import validated_right
from tests.racing import at_once
from tests.takedowns.test_filing import filing, links


def test_two_filings_of_one_listing_at_once_claim_it_once(own_database):
    alice = actor_named("alice")
    right = validated_right(alice)

    def file() -> str:
        with tenancy.acting(alice):
            try:
                return services.file_complaint(actor=alice, filing=filing(right)).complaint.reference
            except Exception as error:  # noqa: BLE001
                return getattr(error, "code", repr(error))

    answers = at_once(file, file)

    assert sorted(answer[:3] for answer in answers) == ["TK-", "com"]
    with tenancy.acting(alice):
        assert Complaint.objects.count() == 1
        assert ReportedListing.objects.count() == 3


def test_the_same_post_twenty_times_in_parallel_files_once(own_database):
    alice = actor_named("alice")
    right = validated_right(alice)
    secret = new_secret("alice")
    body = json.dumps(
        {
            "right": right.code,
            "reason": "TM-JARGON",
            "listings": links(3),
            "statements": {"quoted_words": "1:1"},
            "declarations": ["good_faith", "accuracy", "authority", "liability"],
            "signature": {"name": "Alice", "role": "Owner"},
        }
    )

    def post() -> Any:
        client = AudienceClient("portal", HTTP_AUTHORIZATION=f"Bearer {secret}")
        response = client.post("/api/v1/complaints", body, content_type="application/json", headers={"Idempotency-Key": "one-key"})
        return response.status_code, response.json().get("code")

    answers = at_once(*[post] * 20)

    created = {code for status, code in answers if status == 201}
    assert len(created) == 1
    assert {status for status, _code in answers} <= {201, 409}
    with tenancy.acting(alice):
        assert Complaint.objects.count() == 1
    connection.close()
