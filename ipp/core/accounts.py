"""How the account library fits this house: registration makes an organization, mail goes through the outbox, secrets are encrypted."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.forms import SignupForm as BaseSignupForm
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from django import forms
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from ipp.core.codes import new_code
from ipp.core.encryption import decrypt, encrypt
from ipp.core.models import AccountKind, OrganizationKind, User
from ipp.core.services.accounts import register_organization
from ipp.core.services.mails import queue_mail

OPEN_KINDS = [
    (OrganizationKind.RIGHTS_HOLDER.value, _("I own the rights")),
    (OrganizationKind.AGENCY.value, _("I act for rights holders under a power of attorney")),
    (OrganizationKind.SELLER.value, _("I sell on a marketplace")),
]


class SignupForm(BaseSignupForm):  # type: ignore[misc]
    """Asks for what an account needs: a person, an organization, an address and a password."""

    kind = forms.ChoiceField(label=_("What brings you here?"), choices=OPEN_KINDS, widget=forms.RadioSelect, initial=OPEN_KINDS[0][0])
    account_kind = forms.ChoiceField(
        label=_("Whose account is it?"),
        choices=[(AccountKind.ENTITY.value, _("A company or other entity")), (AccountKind.INDIVIDUAL.value, _("My own, as a person"))],
        widget=forms.RadioSelect,
        initial=AccountKind.ENTITY.value,
    )
    organization_name = forms.CharField(
        label=_("Name of the rights holder, agency or seller"),
        max_length=200,
        help_text=_("As on the identity paper; for a person, your own name."),
    )
    full_name = forms.CharField(label=_("Your name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"}))

    field_order = ["kind", "account_kind", "organization_name", "full_name", "email", "password1"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].initial = _kind_asked_for() or OPEN_KINDS[0][0]
        self.fields["email"].label = _("Work email")
        self.fields["email"].help_text = _("We send a code there; the account opens once you type it in.")
        self.fields["password1"].help_text = _("At least 12 characters. A few random words are easy to remember and hard to guess.")
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)

    def custom_signup(self, request: HttpRequest, user: User) -> None:
        """Open the organization in the same transaction as the account."""
        data = self.cleaned_data
        register_organization(user=user, name=data["organization_name"], kind=data["kind"], account_kind=data["account_kind"])


def _kind_asked_for() -> str:
    """Return the kind that the link to the form names (`?kind=seller`, as invitations to sellers do), or nothing."""
    request = context.request
    asked = request.GET.get("kind", "") if request is not None else ""
    return asked if asked in dict(OPEN_KINDS) else ""


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Staff accounts are made by operations, tenants sign up; mail never leaves inside a request."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Only the portal takes sign-ups."""
        return bool(settings.IPP_AUDIENCE == "portal")

    def new_user(self, request: HttpRequest) -> User:
        """Return a tenant's account with the language it was opened in."""
        return User(is_staff=False, language=get_language() or settings.LANGUAGE_CODE)

    def save_user(self, request: HttpRequest, user: User, form: forms.BaseForm, commit: bool = True) -> User:
        """Store the account with the person's name."""
        user.full_name = form.cleaned_data.get("full_name", "").strip()
        saved: User = super().save_user(request, user, form, commit)
        return saved

    def clean_email(self, email: str) -> str:
        """Fold the address, so that one person is one account."""
        return User.objects.normalize_email(email)

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the address the request came from; a forwarded one only where the operator runs a proxy (TRUST_PROXY)."""
        if settings.SECURE_PROXY_SSL_HEADER is None:
            return str(request.META["REMOTE_ADDR"])
        return str(super().get_client_ip(request))

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Queue the mail in the transaction in force; the engine sends it."""
        message = self.render_mail(template_prefix, email, {"email": email, "portal_name": "IPP", **context})
        queue_mail(
            to=email,
            subject=message.subject,
            body=str(message.body),
            language=get_language() or settings.LANGUAGE_CODE,
            dedupe_key=f"account:{new_code()}",
        )


class MfaAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Keeps second-factor secrets encrypted at rest."""

    def encrypt(self, text: str) -> str:
        """Return the secret as stored."""
        return encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        """Return the stored secret in plain."""
        return decrypt(encrypted_text)

    def can_delete_authenticator(self, authenticator: Any) -> bool:
        """Staff cannot go back to a password alone."""
        user: AbstractBaseUser = authenticator.user
        return not getattr(user, "is_staff", False)
