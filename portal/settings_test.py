"""Settings of the tests: the product's own, with secrets made up on the spot and a cheaper password hasher.

DATABASE_URL and REDIS_URL must name real servers; `python3 manage.py test` starts them.
"""

import os
from datetime import timedelta

os.environ.setdefault("PORTICO_MODE", "test")
os.environ.setdefault("BASE_URL", "http://localhost")
os.environ.setdefault("ALLOWED_HOSTS", "localhost,testserver")
os.environ.setdefault("SECRET_KEY", "only-for-tests")
os.environ.setdefault("SEALING_KEYS", "dGVzdHMgb25seSwgbm90IGEgc2VjcmV0IGF0IGFsbCE=")
os.environ.setdefault("SOURCE_KEYS", "b25seSBmb3IgdGVzdHMsIG5vdCBhIHNlY3JldCBhdGE=")
os.environ.setdefault("EMAIL_URL", "inbox:")
# Tests that run side by side count wrong passwords and ring for jobs each in databases of their own.
os.environ["REDIS_FIRST_DATABASE"] = str(2 * int(os.environ.get("PYTEST_XDIST_WORKER", "gw-1").removeprefix("gw")) + 2)
# Nobody listens there: a test that forgets the simulator fails instead of asking Microsoft.
os.environ.setdefault("MICROSOFT_LOGIN_URL", "http://localhost:1/login")
os.environ.setdefault("MICROSOFT_GRAPH_URL", "http://localhost:1/graph")
os.environ.setdefault("STRIPE_API_BASE", "http://localhost:1/stripe")
os.environ.setdefault("MICROSOFT_DOWNLOAD_HOSTS", "localhost,127.0.0.1")

from portal.settings import *  # noqa: F403

# Argon2 takes 50 ms on purpose; a suite that signs in a thousand times should not.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Otherwise every client of a test reads the list of all static files anew, 20 ms each.
WHITENOISE_AUTOREFRESH = True
LANGUAGE_CODE = "en-gb"
# Tests never sleep: a job that has to wait is put back at once.
PROVIDER_PATIENCE = timedelta()
# The simulator of the tests has no limits unless a test sets some.
PROVIDER_BUDGETS = False
