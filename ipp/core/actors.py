"""Who acts: the first argument of every service."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["user", "api_key", "system", "rule"]
Audience = Literal["portal", "staff", "engine"]


@dataclass(frozen=True)
class Actor:
    """One principal for one write: the organization acted for, who is behind it, and through which audience.

    `organization_id` is whose data is written. An agency's user carries the principal here, the agency in `agent_organization_id`
    and the power of attorney in `authorization_id`. `role` is the membership's (or `key` for a machine, `system` for the engine).
    """

    organization_id: int
    kind: Kind
    audience: Audience
    role: str
    label: str
    user_id: int | None = None
    api_key_id: int | None = None
    rule: str = ""
    scopes: frozenset[str] = frozenset()
    organization_ids: tuple[int, ...] = ()
    agent_organization_id: int | None = None
    authorization_id: int | None = None
    request_id: str = ""

    @property
    def is_staff(self) -> bool:
        """Whether the platform acts."""
        return self.audience == "staff"

    @property
    def id(self) -> int | None:
        """The user's or key's id, for the audit trail."""
        return self.user_id if self.kind == "user" else self.api_key_id

    @property
    def person_id(self) -> int:
        """The id of the person who acts.

        Raises:
            TypeError: a machine or the engine acts where only a person may.
        """
        if self.user_id is None:
            raise TypeError(f"{self.label} is no person")
        return self.user_id

    @classmethod
    def system(cls, organization_id: int, rule: str, request_id: str = "") -> Actor:
        """Return the engine acting inside one organization under a named rule."""
        return cls(organization_id, "system", "engine", "system", rule, rule=rule, request_id=request_id)
