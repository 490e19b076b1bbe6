"""Settings of the suite: the same policies and grants as in production, one login that can take each audience's role."""

from __future__ import annotations

import os
import tempfile

os.environ["IPP_MODE"] = "test"
os.environ["IPP_AUDIENCE"] = "portal"

from tests import servers  # noqa: E402

servers.start()  # the settings below name the database, so it must be there first

from ipp.settings import *  # noqa: E402, F403
from ipp.settings import DATABASES, STORAGES  # noqa: E402

TEST_SET_ROLE = True
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
DATABASES["default"] |= {"USER": "ipp_test", "PASSWORD": "ipp_test", "CONN_MAX_AGE": None, "CONN_HEALTH_CHECKS": False}
DATA = tempfile.mkdtemp(prefix="ipp-test-data-")
for folder in ("sealed", "derivatives", "default"):
    STORAGES[folder] = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": f"{DATA}/{folder}"}}
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
DEV_MAILBOX = True
CLOCK_MOVABLE = True
WHITENOISE_AUTOREFRESH = True  # find a static file when it is asked for: else every client of every test lists them all
RATE_SCALE = 1000
MFA_TOTP_TOLERANCE = 1  # a code read just before its half minute ends is sent just after
