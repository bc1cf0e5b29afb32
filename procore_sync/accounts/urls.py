"""Addresses of signing in, people, company and tokens. The names of allauth's own pages are allauth's."""

from allauth.account import views as account
from allauth.socialaccount import views as elsewhere
from django.urls import URLPattern, URLResolver, include, path, re_path

from procore_sync.accounts import views

signing_in: list[URLPattern | URLResolver] = [
    path("sign-in/", account.login, name="account_login"),
    path("sign-out/", views.sign_out, name="account_logout"),
    path("sign-in/closed/", account.signup, name="account_signup"),
    path("sign-in/inactive/", account.account_inactive, name="account_inactive"),
    path("sign-in/confirm/", account.reauthenticate, name="account_reauthenticate"),
    path("password/", account.password_change, name="account_change_password"),
    path("password/set/", account.password_set, name="account_set_password"),
    path("password/forgotten/", account.password_reset, name="account_reset_password"),
    path("password/forgotten/sent/", account.password_reset_done, name="account_reset_password_done"),
    path(
        "password/forgotten/done/",
        account.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    re_path(
        r"^password/forgotten/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        account.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path("second-factor/", include("allauth.mfa.urls")),
    path("sign-in/elsewhere/", elsewhere.connections, name="socialaccount_connections"),
    path("sign-in/elsewhere/closed/", elsewhere.signup, name="socialaccount_signup"),
    path("sign-in/elsewhere/cancelled/", elsewhere.login_cancelled, name="socialaccount_login_cancelled"),
    path("sign-in/elsewhere/error/", elsewhere.login_error, name="socialaccount_login_error"),
    path("sign-in/oidc/<str:provider_id>/login/", views.sign_in_elsewhere, name="openid_connect_login"),
    path("sign-in/", include("allauth.socialaccount.providers.openid_connect.urls")),
]

pages: list[URLPattern | URLResolver] = [
    path("people/", views.people, name="people"),
    path("people/invite/", views.invite, name="invite"),
    path("people/<int:pk>/", views.person, name="person"),
    path("people/<int:pk>/deactivate/", views.deactivate, name="deactivate"),
    path("people/<int:pk>/reactivate/", views.reactivate, name="reactivate"),
    path("people/<int:pk>/invite-again/", views.invite_again, name="invite_again"),
    path("invitation/<str:token>/", views.invitation, name="invitation"),
    path("company/", views.switch_company, name="switch_company"),
    path("keys/", views.single_keys, name="keys"),
    path("language/", views.language, name="language"),
    path("tokens/", views.tokens, name="tokens"),
    path("tokens/<int:pk>/revoke/", views.revoke_token, name="revoke_token"),
]

urlpatterns: list[URLPattern | URLResolver] = [
    *signing_in,
    path("", include((pages, "accounts"))),
]
