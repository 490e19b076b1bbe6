"""With the database's wall down another tenant's record is still a missing one: the code's wall holds alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.actors import actor_named
from tests.architecture.test_access_matrix import ABSENT, FOREIGN, POLICIES, address_of, ask, caller, make_object
from tests.architecture.walls import database_wall_taken_down


@pytest.fixture(scope="module")
def foreign(django_db_setup: None, django_db_blocker: Any) -> Iterator[Callable[[str], str]]:
    """Take the database's wall down and return a function that gives a record of Globex, made once."""
    kinds = {POLICIES["portal", name].object for name, _pattern, _role, _method in (cell.values for cell in FOREIGN)}
    with database_wall_taken_down(django_db_blocker):
        gus = actor_named("gus")
        made = {kind: make_object(gus, kind) for kind in sorted(kinds, key=lambda kind: (kind != "verification", kind))}
        yield lambda kind: made[kind]


@pytest.mark.parametrize(("name", "pattern", "role", "method"), FOREIGN)
def test_without_the_database_wall_another_tenants_record_is_still_missing(foreign, db, name, pattern, role, method):
    kind = POLICIES["portal", name].object
    client = caller("portal", role)

    assert ask(client, method, address_of("portal", name, pattern, foreign(kind))).status_code == 404
    assert ask(client, method, address_of("portal", name, pattern, ABSENT[kind])).status_code == 404
