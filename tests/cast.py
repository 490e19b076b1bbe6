"""The fixed cast, made by the services themselves and kept in the template database.

Acme and Globex are rights holders, Lex is an agency. Alice owns Acme, Finn files and Vera looks on there; Gus owns Globex, Lena owns Lex.
Sunny and Moon are sellers: Sunny owns Sunny Trading, Suki works there; Moon owns Moon Bazaar.
Bob and Bea verify, Rex and Ruth review, Ann and Amir approve, Olga runs operations, Ada audits. Mallory is the stranger and never registers.
"""

from __future__ import annotations

PASSWORD = "correct horse battery staple"
TENANTS = {
    "acme": ("rights_holder", "entity", "Acme Tools Ltd", [("alice", "owner"), ("finn", "filer"), ("vera", "viewer")]),
    "globex": ("rights_holder", "individual", "Gus Globex", [("gus", "owner")]),
    "lex": ("agency", "entity", "Lex & Partners", [("lena", "owner")]),
    "sunny": ("seller", "entity", "Sunny Trading", [("sunny", "owner"), ("suki", "filer")]),
    "moon": ("seller", "individual", "Moon Bazaar", [("moon", "owner")]),
}
STAFF = {
    "bob": "verifier",
    "bea": "verifier",
    "rex": "reviewer",
    "ruth": "reviewer",
    "ann": "approver",
    "amir": "approver",
    "olga": "operations",
    "ada": "auditor",
}
TOTP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def address(name: str) -> str:
    """Return a person's e-mail address."""
    return f"{name}@{'platform' if name in STAFF else 'people'}.example"


def people() -> None:
    """Create everybody."""
    from allauth.account.models import EmailAddress
    from allauth.mfa.models import Authenticator
    from django.core.cache import cache

    from ipp.core.accounts import MfaAdapter
    from ipp.core.models import Delivery, Membership, User
    from ipp.core.services.accounts import register_organization
    from ipp.core.services.platform import add_staff

    cache.clear()
    for kind, account_kind, name, members in TENANTS.values():
        users = []
        for person, _role in members:
            user = User.objects.create_user(address(person), PASSWORD, full_name=person.capitalize())
            EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
            users.append(user)
        organization = register_organization(user=users[0], name=name, kind=kind, account_kind=account_kind)
        for user, (_person, role) in list(zip(users, members, strict=True))[1:]:
            Membership.objects.create(organization=organization, user=user, role=role)
    for person, role in STAFF.items():
        user = add_staff(email=address(person), full_name=person.capitalize(), role=role, password=PASSWORD, by="tests")
        Authenticator.objects.create(user=user, type="totp", data={"secret": MfaAdapter().encrypt(TOTP_SECRET)})
    Delivery.objects.all().delete()


if __name__ == "__main__":  # run as the owner on the empty template
    import django
    from django.conf import settings
    from django.core.management import call_command

    django.setup()
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # as in tests.settings, or nobody could sign in
    call_command("roles", verbosity=0)
    call_command("migrate", verbosity=0, skip_checks=True)
    people()
