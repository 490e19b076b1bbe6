"""Words of the libraries that our catalogue says in terms of its own; named here so that they are collected with ours."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_noop as _

# Letter for letter as the libraries write them; a test holds each against their own catalogues.
ACCOUNT_WORDS: Final = (
    _("A user is already registered with this email address."),
    _("Authenticator code"),
    _("Be patient, you are sending too many requests."),
    _("Code"),
    _("Current Password"),
    _("Email address"),
    _("Incorrect code."),
    _("Incorrect password."),
    _("Invalid or expired key."),
    _("New Password"),
    _("Please type your current password."),
    _("The email address and/or password you specified are not correct."),
    _("The email address is not assigned to any user account."),
    _("The new value must be different from the current one."),
    _("The password reset token was invalid."),
    _("This account is currently inactive."),
    _("This email address is already associated with this account."),
    _("Too many failed login attempts. Try again later."),
    _("Use authenticator app or code"),
    _("Use your password"),
    _("You cannot activate two-factor authentication until you have verified your email address."),
    _("You cannot add an email address to an account protected by two-factor authentication."),
    _("You cannot add more than %d email addresses."),
    _("You cannot deactivate two-factor authentication."),
    _("You cannot generate recovery codes without having two-factor authentication enabled."),
    _("You cannot remove your primary email address."),
    _("Your primary email address must be verified."),
)
"""As the library writes them: a test would not know them by anything else."""
DAYS_OF_THE_WEEK: Final = (_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun"))
