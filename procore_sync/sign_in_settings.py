"""The part of the settings about signing in (docs/accounts.md) that depends on no environment: by invitation only."""

AUTH_USER_MODEL = "accounts.User"
LOGIN_URL = "/sign-in/"
LOGIN_REDIRECT_URL = "/"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
ACCOUNT_ADAPTER = "procore_sync.accounts.sign_in.InvitedOnly"
ACCOUNT_FORMS = {
    "login": "procore_sync.accounts.sign_in_form.SignInForm",
    "reset_password": "procore_sync.accounts.sign_in_form.ForgottenForm",
}
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = "Sync console: "
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_RATE_LIMITS = {"login_failed": "20/m/ip,5/300s/key", "reset_password": "20/m/ip,3/m/key"}
MFA_ADAPTER = "procore_sync.accounts.sign_in.SealedSecrets"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_ISSUER = "Sync console"
MFA_ALLOW_UNVERIFIED_EMAIL = True  # An invited person set the password by a mailed link, so the address is theirs.
SOCIALACCOUNT_ADAPTER = "procore_sync.accounts.sign_in.InvitedOnlyElsewhere"
# A link, not a form: the policy of the pages lets no form lead to another site.
SOCIALACCOUNT_LOGIN_ON_GET = True
