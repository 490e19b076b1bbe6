"""The names of the drawings in the icon sprite; a name outside this list is refused where it is declared, not found missing on a page."""

from __future__ import annotations

NAMES = """
activity-heartbeat adjustments-horizontal alert-circle alert-triangle api arrow-back-up arrow-down arrow-left arrow-right arrow-up
arrows-diff arrows-sort ban bell bolt book briefcase building building-skyscraper building-store bulb calendar calendar-due
calendar-time calendar-x camera certificate chart-bar check checks chevron-down chevron-left chevron-right chevron-up circle-check
circle-dashed circle-plus circle-x clipboard-check clock clock-pause cloud-off code copy copyright database device-desktop
device-laptop device-mobile devices dots download external-link eye eye-off file-certificate file-check file-plus file-search
file-text file-upload file-x files filter fingerprint flag gavel hash help help-circle history home hourglass id inbox info-circle
key keyboard language layout-dashboard license link link-off list-check lock lock-open login-2 logout mail mailbox medal menu-2
message-reply messages minus moon package palette paperclip password pencil photo player-pause plug-connected plus point printer
progress puzzle qrcode receipt refresh rotate-clockwise scale search selector send server-off settings shape shield shield-check
shield-lock shield-x signature skull stack-2 sun sun-moon table tool trademark trash upload user user-check user-plus user-x users
users-group webhook world writing-sign x zoom-in
"""
ICONS = frozenset(NAMES.split())


def check_icon(name: str) -> str:
    """Return the name of a drawing.

    Raises:
        ValueError: the sprite has no such drawing; add it to ICONS and run `scripts/make_sprite.py`.
    """
    if name not in ICONS:
        raise ValueError(f"The icon sprite has no drawing {name!r}.")
    return name
