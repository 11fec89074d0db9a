"""The settings of the test run: the real ones, on a data folder of their own."""

import os
import tempfile

os.environ |= {
    "ENV_FILE": os.devnull,
    "DATA_DIR": os.environ.get("TEST_DATA_DIR") or tempfile.mkdtemp(prefix="rivulet-test-"),
    "SECRET_KEY": "only-for-tests",
    "KEY_RING": "b25seS1mb3ItdGVzdHMtb25seS1mb3ItdGVzdHMtMTI=",
    "DATABASE_URL": os.environ.get("TEST_DATABASE_URL", ""),
}

from chatapp.settings import *  # noqa: F403

STORAGES["staticfiles"] = {  # noqa: F405
    "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # noqa: F405
