"""Who may call which route: the access-policy file, loaded once, enforced before any view runs, and walked by T-MATRIX.

A route that is not in the file answers nobody. Inside a service a record is always looked up within the actor's organization, so that
another tenant's record and a missing one are the same 404.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

POLICY_FILE = Path(__file__).resolve().parent.parent / "access_policy.toml"
ANYONE = "anyone"
MEMBER = "member"
KEY_PREFIX = "key "


@dataclass(frozen=True)
class RoutePolicy:
    """One route of one audience. `roles` maps a role (or `key SCOPE`, `member`, `anyone`) to its methods.

    `object` names what the route's path argument points at; the matrix builds an own, a foreign and an absent one.
    """

    audience: str
    route: str
    object: str
    roles: Mapping[str, frozenset[str]]

    @property
    def is_public(self) -> bool:
        """Whether somebody who is not signed in may call it."""
        return ANYONE in self.roles

    def methods_of(self, role: str | None, scopes: frozenset[str] = frozenset()) -> frozenset[str]:
        """Return the methods open to a role (None: not signed in); a machine has what its scopes open."""
        open_to_all = self.roles.get(ANYONE, frozenset())
        if role is None:
            return open_to_all
        if role == "key":
            return open_to_all.union(*(self.roles.get(KEY_PREFIX + scope, frozenset()) for scope in scopes))
        return open_to_all | self.roles.get(role, frozenset()) | self.roles.get(MEMBER, frozenset())

    @property
    def methods(self) -> frozenset[str]:
        """Every method any role may use."""
        return frozenset().union(*self.roles.values())


@lru_cache(maxsize=1)
def load_policies() -> Mapping[tuple[str, str], RoutePolicy]:
    """Return every route policy by (audience, route name)."""
    found = {}
    for audience, routes in tomllib.loads(POLICY_FILE.read_text(encoding="utf-8")).items():
        for route, lines in routes.items():
            roles = {role: _methods(text) for role, text in lines.items() if role != "object"}
            found[audience, route] = RoutePolicy(audience, route, lines.get("object", ""), roles)
    return found


def policy_of(audience: str, route: str) -> RoutePolicy | None:
    """Return the policy of a route, or None: then nobody may call it."""
    return load_policies().get((audience, route))


def _methods(text: str) -> frozenset[str]:
    methods = set(text.split())
    return frozenset(methods | {"HEAD", "OPTIONS"} if "GET" in methods else methods | {"OPTIONS"})
