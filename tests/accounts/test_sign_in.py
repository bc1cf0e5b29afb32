"""Signing in and out: by invitation only, limited, with a second factor, or through the company's own provider."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.core import context
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time
from allauth.socialaccount.internal.flows.login import complete_login
from allauth.socialaccount.models import SocialAccount, SocialLogin
from cryptography.fernet import Fernet
from django.contrib.auth.models import AnonymousUser
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client, RequestFactory
from django.utils import timezone
from pytest_django import Settings

from procore_sync.acceptance.tasks import forget
from procore_sync.accounts import invitations, operations
from procore_sync.accounts.models import Company, Membership, Role, User
from procore_sync.accounts.operations import Rights
from procore_sync.accounts.sign_in import _LATER, InvitedOnlyElsewhere, SealedSecrets, invited_person
from procore_sync.accounts.sign_in_form import ForgottenForm
from procore_sync.kit.refusals import Refusal
from tests.scenes import kept

pytestmark = pytest.mark.django_db


def sign_in(client: Client, email: str, password: str = "secret") -> Any:
    return client.post("/sign-in/", {"login": email, "password": password})


def test_it_signs_in_with_address_and_password(client: Client, max_pm: Membership) -> None:
    answer = sign_in(client, max_pm.user.email.upper())

    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert client.get("/inbox/").status_code == 200


def test_it_goes_back_to_where_the_person_wanted(client: Client, max_pm: Membership) -> None:
    asked = client.get("/inbox/?view=failed")
    page = client.get(asked["Location"]).content.decode()

    assert asked["Location"] == "/sign-in/?next=/inbox/%3Fview%3Dfailed"
    assert 'value="/inbox/?view=failed"' in page


def said(page: Any) -> list[str]:
    return re.findall(r'<p class="strong">(.*?)</p>', page.content.decode())


def test_it_does_not_say_whether_an_address_is_known(client: Client, max_pm: Membership) -> None:
    known = said(sign_in(client, max_pm.user.email, "wrong"))
    unknown = said(sign_in(client, "nobody@harbor-row.test", "wrong"))

    assert known == unknown == ["The email address and/or password you specified are not correct."]


def test_the_sixth_wrong_password_is_not_even_tried(client: Client, max_pm: Membership) -> None:
    for _ in range(5):
        sign_in(client, max_pm.user.email, "wrong")

    answer = sign_in(client, max_pm.user.email)

    assert answer.status_code == 200
    assert "Too many failed login attempts" in answer.content.decode()


def test_a_person_who_was_shut_out_sees_nothing(client: Client, max_pm: Membership, alma: Membership) -> None:
    sign_in(client, max_pm.user.email)
    operations.deactivate(max_pm, by=alma)

    assert client.get("/inbox/").status_code == 404


def test_signing_out_ends_the_session(client: Client, max_pm: Membership) -> None:
    sign_in(client, max_pm.user.email)
    assert "Clear-Site-Data" not in client.get("/sign-out/")
    answer = client.post("/sign-out/")

    assert client.get("/inbox/").status_code == 302
    assert answer["Clear-Site-Data"] == '"cache"'


def test_the_session_ends_after_twelve_hours_whatever_was_kept_in_it_meanwhile(
    client: Client, max_pm: Membership, other_company: Company
) -> None:
    Membership.objects.create(user=max_pm.user, company=other_company, role=Role.VIEWER)
    began = timezone.now()
    with time_machine.travel(began, tick=False) as clock:
        sign_in(client, max_pm.user.email)
        clock.move_to(began + timedelta(hours=11, minutes=59))
        client.post("/company/", {"company": other_company.pk})
        assert client.get("/inbox/").status_code == 200
        clock.move_to(began + timedelta(hours=12))
        answer = client.post("/company/", {"company": max_pm.company_id})
        assert answer["Location"].startswith("/sign-in/")
        assert client.get("/inbox/").status_code == 302
        assert client.get("/api/v1/items/").status_code in (401, 403)
        sign_in(client, max_pm.user.email)
        assert client.get("/inbox/").status_code == 200


def test_the_session_cookie_is_out_of_reach_of_scripts(client: Client, max_pm: Membership) -> None:
    sign_in(client, max_pm.user.email)

    cookie = client.cookies["sessionid"]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")


ENDED = "Your sign-in had ended, so nothing was done or saved."


def test_what_is_pressed_after_the_sign_in_has_ended_leads_back_to_the_page_and_says_that_it_was_not_done(
    client: Client, max_pm: Membership
) -> None:
    asked = client.post("/people/invite/", {"email": "x@y.test"}, headers={"Referer": "http://testserver/vendors/?q=a"})
    page = client.get(asked["Location"]).content.decode()

    assert asked["Location"] == "/sign-in/?next=/vendors/%3Fq%3Da"
    assert ENDED in page
    answer = client.post(asked["Location"], {"login": max_pm.user.email, "password": "secret", "next": "/vendors/?q=a"})
    assert answer["Location"] == "/vendors/?q=a"


@pytest.mark.parametrize(
    "came_from", [{}, {"Referer": "https://elsewhere.example/vendors/"}, {"Referer": "http://testserver//elsewhere/"}]
)
def test_what_is_pressed_from_nowhere_known_leads_home(client: Client, db: None, came_from: dict[str, str]) -> None:
    assert client.post("/tokens/1/revoke/", headers=came_from)["Location"] == "/sign-in/?next=/"


def test_a_fragment_that_does_something_says_so_too_and_one_that_looks_says_nothing(client: Client, db: None) -> None:
    fragment = {"HX-Request": "true", "HX-Current-URL": "http://testserver/review/7/"}

    looked = client.get("/inbox/", headers=fragment)
    assert ENDED not in client.get(looked["HX-Redirect"]).content.decode()
    pressed = client.post("/review/7/reject/", {"comment": "No."}, headers=fragment)
    assert pressed["HX-Redirect"] == "/sign-in/?next=/review/7/"
    assert ENDED in client.get(pressed["HX-Redirect"]).content.decode()


def test_a_page_from_another_sign_in_is_told_so_in_place_and_where_it_stood(max_pm: Membership) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(max_pm.user)
    client.get("/tokens/")

    answer = client.post("/review/7/reject/", {"comment": "No."}, headers={"HX-Request": "true"})
    page = client.post("/review/7/reject/", {"comment": "No."})

    assert (answer.status_code, page.status_code) == (403, 403)
    assert (answer["HX-Push-Url"], "HX-Push-Url" in page) == ("false", False)
    assert 'id="refusal" class="refusal" role="alert" data-refusal' in answer.content.decode()
    assert answer.content.decode().count('id="refusal"') == 1
    assert "data-refusal" not in page.content.decode()
    assert "came from another sign-in or company, so nothing was changed" in page.content.decode()


@pytest.mark.parametrize(
    ("came_from", "leads_back"), [("http://testserver/vendors/new/", True), ("https://elsewhere.example/x/", False)]
)
def test_a_page_from_another_sign_in_leads_back_to_where_it_stood_if_that_is_ours(
    max_pm: Membership, came_from: str, leads_back: bool
) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(max_pm.user)

    page = client.post("/vendors/new/", {"name": "Kestrel"}, headers={"Referer": came_from}).content.decode()

    assert ('btn primary" href="/vendors/new/"' in page) is leads_back
    assert "elsewhere" not in page


@pytest.mark.parametrize("address", ["/people/", "/inbox/?q=%00"])
@pytest.mark.parametrize(
    ("came_from", "leads_to"),
    [("http://testserver/vendors/?q=a", "/vendors/?q=a"), ("https://elsewhere.example/x/", "/")],
)
def test_what_is_refused_leads_back_to_a_page_of_ours_alone(
    client: Client, max_pm: Membership, address: str, came_from: str, leads_to: str
) -> None:
    client.force_login(max_pm.user)

    page = client.get(address, headers={"Referer": came_from}).content.decode()

    assert f'class="btn" href="{leads_to}"' in page
    assert "elsewhere" not in page


@pytest.mark.parametrize(
    ("address", "way"),
    [
        ("/review/27/reject/", 'btn primary" href="/review/27/"'),
        ("/tokens/1/revoke/", 'btn primary" href="/tokens/"'),
        ("/theme/", 'btn" href="/"'),
    ],
)
def test_an_address_that_only_does_something_has_a_page_that_says_so_and_leads_on(
    client: Client, max_pm: Membership, address: str, way: str, caplog: pytest.LogCaptureFixture
) -> None:
    client.force_login(max_pm.user)

    answer = client.get(address)

    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    assert [one.getMessage() for one in caplog.records if one.name == "django.request"] == [
        f"Method Not Allowed (GET): {address}"
    ]
    assert "nothing was done" in answer.content.decode()
    assert way in answer.content.decode()


def test_nobody_makes_an_account_by_himself(client: Client) -> None:
    page = client.post("/sign-in/closed/", {"email": "eve@evil.example", "password1": "a long password"})

    assert "Accounts are made by invitation" in page.content.decode()
    assert not User.objects.exists()


# -- invitation ----------------------------------------------------------------------------------------------------


@pytest.fixture
@kept
def invited(alma: Membership) -> Membership:
    """Ina, invited and not yet here."""
    return operations.invite(by=alma, email="Ina@Harbor-Row.test", name="", rights=Rights(Role.ACCOUNTANT))


def join(client: Client, address: str, password: str = "correct horse battery") -> Any:
    return client.post(address, {"name": "Ina", "new_password1": password, "new_password2": password})


def address_in(message: Any) -> str:
    found = re.search(r"http://127\.0\.0\.1:8000(/\S+)", message.body)
    assert found
    return found.group(1)


def test_an_invited_person_sets_a_password_by_the_mailed_link_and_signs_in(
    client: Client, alma: Membership, invited: Membership
) -> None:
    invitations.send(invited, by=alma)

    answer = join(client, address_in(mail.outbox[0]))

    assert answer["Location"] == "/sign-in/"
    assert sign_in(client, "ina@harbor-row.test", "correct horse battery").status_code == 302
    assert client.get("/inbox/").status_code == 200


def test_whoever_comes_from_his_invitation_finds_his_address_at_the_sign_in_once(
    client: Client, invited: Membership
) -> None:
    join(client, f"/invitation/{invitations.token_for(invited)}/")

    address = 'value="ina@harbor-row.test"'
    assert [address in client.get("/sign-in/").content.decode() for _ in range(2)] == [True, False]
    wrong = client.post("/sign-in/", {"login": "ina@harbor-row.test", "password": "not this one"})
    assert address in wrong.content.decode()


def test_the_link_serves_once(client: Client, invited: Membership) -> None:
    address = f"/invitation/{invitations.token_for(invited)}/"
    join(client, address)

    assert join(client, address, "another password").status_code == 404


def test_who_joins_at_a_machine_where_another_is_signed_in_does_not_go_on_as_that_one(
    client: Client, invited: Membership, max_pm: Membership
) -> None:
    sign_in(client, max_pm.user.email)

    page = client.post(
        f"/invitation/{invitations.token_for(invited)}/",
        {"name": "Ina", "new_password1": "correct horse battery", "new_password2": "correct horse battery"},
        follow=True,
    )

    assert page.redirect_chain == [("/sign-in/", 302)]
    assert "Your password is set." in page.content.decode()
    assert 'value="ina@harbor-row.test"' in page.content.decode()
    assert client.get("/inbox/").status_code == 302


def test_of_two_who_follow_the_link_at_once_only_the_first_sets_a_password(client: Client, invited: Membership) -> None:
    """Both have been shown the form; the second's request was let in before the first one's password was stored."""
    second = Membership.objects.get(pk=invited.pk)
    join(client, f"/invitation/{invitations.token_for(invited)}/")

    with pytest.raises(Refusal, match="used meanwhile"):
        operations.join(second, password="another long password", name="Eve")

    user = User.objects.get(pk=invited.user_id)
    assert (user.name, user.check_password("correct horse battery")) == ("Ina", True)


def test_a_used_link_stays_used_when_the_password_is_taken_away_again(client: Client, invited: Membership) -> None:
    address = f"/invitation/{invitations.token_for(invited)}/"
    join(client, address)
    user = User.objects.get(pk=invited.user_id)
    user.set_unusable_password()
    user.save()

    assert client.get(address).status_code == 404


def test_the_link_ends_after_a_week(client: Client, invited: Membership) -> None:
    address = f"/invitation/{invitations.token_for(invited)}/"

    with time_machine.travel(timezone.now() + timedelta(days=7, seconds=1)):
        assert client.get(address).status_code == 404


def test_the_link_of_a_withdrawn_invitation_does_not_serve(
    client: Client, alma: Membership, invited: Membership
) -> None:
    address = f"/invitation/{invitations.token_for(invited)}/"
    operations.deactivate(invited, by=alma)

    assert client.get(address).status_code == 404


def test_who_was_shut_out_meanwhile_is_not_mailed_a_link_that_serves_nothing(
    client: Client, alma: Membership, invited: Membership
) -> None:
    operations.deactivate(invited, by=alma)
    client.force_login(alma.user)

    answer = client.post(f"/people/{invited.pk}/invite-again/")

    assert (answer.status_code, mail.outbox) == (409, [])
    assert "ina@harbor-row.test was shut out, so no e-mail was sent" in answer.content.decode()


def test_a_forged_link_does_not_serve(client: Client, invited: Membership) -> None:
    assert client.get(f"/invitation/{invitations.token_for(invited)[:-1]}x/").status_code == 404


def test_a_weak_password_is_refused_in_place(client: Client, invited: Membership) -> None:
    answer = join(client, f"/invitation/{invitations.token_for(invited)}/", "password")

    assert answer.status_code == 422
    assert not User.objects.get(pk=invited.user_id).has_usable_password()


@pytest.mark.parametrize("name", ["Ada\u200b", "Ada\u202e", "Ada\nLovelace"])
def test_nobody_is_called_so_that_he_looks_like_another(
    name: str, client: Client, alma: Membership, invited: Membership
) -> None:
    typed = {"name": name, "new_password1": "correct horse battery", "new_password2": "correct horse battery"}
    answer = client.post(f"/invitation/{invitations.token_for(invited)}/", typed)
    assert answer.status_code == 422
    assert "The name has a" in answer.content.decode()
    assert not User.objects.get(pk=invited.user_id).has_usable_password()

    client.force_login(alma.user)
    answer = client.post("/people/invite/", {"email": "new@harbor-row.test", "name": name, "role": "viewer"})
    assert answer.status_code == 422
    assert "The name has a" in answer.content.decode()
    assert not User.objects.filter(email="new@harbor-row.test").exists()


def test_who_has_a_password_elsewhere_keeps_it(client: Client, alma: Membership, olga: Membership) -> None:
    again = operations.invite(by=alma, email=olga.user.email, name="Mallory", rights=Rights(Role.VIEWER))
    invitations.send(again, by=alma)

    assert "You already have an account here" in mail.outbox[0].body
    assert User.objects.get(pk=olga.user_id).name == "Olga"
    assert invitations.invited_by(invitations.token_for(again)) is None


def test_a_forgotten_password_is_set_anew_by_mail(client: Client, max_pm: Membership) -> None:
    # Whoever asks for it under another of the console's names decides not where the person's link leads.
    asked = {"email": max_pm.user.email}
    sent = client.post("/password/forgotten/", asked, headers={"Host": "localhost"}, follow=True)
    form = client.get(address_in(mailed()), follow=True)
    new = {"password1": "a new long password", "password2": "a new long password"}
    done = client.post(form.redirect_chain[-1][0], new, follow=True)

    assert ['href="/sign-in/">Sign in' in page.content.decode() for page in (sent, done)] == [True, True]

    assert sign_in(client, max_pm.user.email, "a new long password").status_code == 302


def mailed() -> mail.EmailMessage:
    """The last mail of those that leave behind an answer."""
    _LATER.submit(lambda: None).result(10)
    deadline = time.monotonic() + 10
    while not mail.outbox and time.monotonic() < deadline:
        time.sleep(0.01)
    return mail.outbox[-1]


def test_no_mail_goes_to_an_address_that_is_unknown(client: Client, max_pm: Membership) -> None:
    client.post("/password/forgotten/", {"email": "nobody@harbor-row.test"})
    client.post("/password/forgotten/", {"email": max_pm.user.email})
    mailed()

    assert [one.to for one in mail.outbox] == [[max_pm.user.email]]


def test_a_mail_about_signing_in_names_the_console_and_speaks_as_its_reader_chose(
    client: Client, max_pm: Membership, settings: Settings
) -> None:
    settings.PUBLIC_URL = "https://console.harbor-row.test"
    settings.ALLOWED_HOSTS = ["inner-name"]
    max_pm.user.language = "es"
    max_pm.user.save()
    client.post("/password/forgotten/", {"email": max_pm.user.email}, headers={"Host": "inner-name"})
    asked = mailed()
    client.force_login(max_pm.user)
    new = "a new long password"
    changed = {"oldpassword": "secret", "password1": new, "password2": new}
    client.post("/password/", changed, headers={"Host": "inner-name"})

    for one in (asked, mailed()):
        text = str(one.body)
        assert "Sync console" in text
        assert "https://console.harbor-row.test" in text
        assert "inner-name" not in text
        assert "Gracias" in text


def test_a_known_address_waits_for_no_mail_server(client: Client, max_pm: Membership, settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = silent.getsockname()
        settings.EMAIL_TIMEOUT = 4
        began = time.monotonic()
        client.post("/password/forgotten/", {"email": max_pm.user.email})
        took = time.monotonic() - began
        silent.settimeout(5)
        silent.accept()[0].close()

    assert took < 3


def test_a_known_and_an_unknown_address_are_answered_after_the_same_time(client: Client, max_pm: Membership) -> None:
    client.post("/password/forgotten/", {"email": "first@harbor-row.test"})  # what is read once for all
    took = []
    for address in (max_pm.user.email, "nobody@harbor-row.test"):
        began = time.monotonic()
        client.post("/password/forgotten/", {"email": address})
        took.append(time.monotonic() - began)
    mailed()

    assert min(took) >= ForgottenForm.LEAST_SECONDS


@pytest.mark.parametrize(
    ("proxies", "said"),
    [(0, {"REMOTE_ADDR": ""}), (1, {"REMOTE_ADDR": ""}), (2, {"HTTP_X_FORWARDED_FOR": "203.0.113.7"})],
)
def test_a_request_that_names_no_network_address_is_refused_with_what_is_wrong(
    client: Client, max_pm: Membership, settings: Settings, caplog: Any, proxies: int, said: dict[str, Any]
) -> None:
    settings.TRUSTED_PROXIES = settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
    asked = {"login": max_pm.user.email, "password": "secret"}
    answer = client.post("/sign-in/", asked, headers={"Accept-Language": "es"}, **said)

    page = answer.content.decode()
    assert answer.status_code == 409
    assert "La consola no puede saber desde qué dirección de red" in page
    assert "operador" in page
    assert f"TRUSTED_PROXIES is {proxies}" in caplog.text


def test_behind_a_proxy_that_says_nothing_tries_are_counted_by_its_own_address(
    client: Client, max_pm: Membership, settings: Settings
) -> None:
    settings.TRUSTED_PROXIES = settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1

    assert sign_in(client, max_pm.user.email).status_code == 302


# -- second factor -------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_without_a_mail_server_a_second_factor_is_set_up_and_the_same_is_said(
    client: Client, max_pm: Membership, no_mail_server: None
) -> None:
    sign_in(client, max_pm.user.email)
    client.post("/sign-in/confirm/", {"password": "secret"})
    secret = client.get("/second-factor/totp/activate/").context["form"].secret
    code = format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))
    answer = client.post("/second-factor/totp/activate/", {"code": code}, follow=True)

    assert "The e-mail that tells you of it could not be sent" in answer.content.decode()
    assert Authenticator.objects.filter(user=max_pm.user, type="totp").exists()


def code_of(user: User) -> str:
    secret = SealedSecrets().decrypt(Authenticator.objects.get(user=user, type="totp").data["secret"])
    return str(format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time()))))


@pytest.fixture
def no_mail_server(settings: Settings) -> None:
    """Nobody listens where mails are handed over."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1


def test_without_a_mail_server_it_does_not_say_either_whether_an_address_is_known(
    client: Client, max_pm: Membership, no_mail_server: None
) -> None:
    answers = [
        client.post("/password/forgotten/", {"email": address}, follow=True)
        for address in (max_pm.user.email, "nobody@harbor-row.test")
    ]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert words_of(answers[0]) == words_of(answers[1])


def words_of(answer: Any) -> str:
    """What a page says."""
    return re.sub(r"<[^>]+>", "", answer.content.decode())


def test_without_a_mail_server_a_password_is_changed_and_it_is_said_that_no_mail_tells_of_it(
    client: Client, max_pm: Membership, no_mail_server: None
) -> None:
    sign_in(client, max_pm.user.email)
    new = "a new long password"
    answer = client.post("/password/", {"oldpassword": "secret", "password1": new, "password2": new}, follow=True)

    assert answer.status_code == 200
    assert "The e-mail that tells you of it could not be sent" in answer.content.decode()
    assert sign_in(Client(), max_pm.user.email, new).status_code == 302


@pytest.fixture
@kept
def with_totp(max_pm: Membership) -> Membership:
    TOTP.activate(max_pm.user, "JBSWY3DPEHPK3PXP")
    return max_pm


def test_the_password_alone_does_not_open_an_account_with_a_second_factor(
    client: Client, with_totp: Membership
) -> None:
    answer = sign_in(client, with_totp.user.email)

    assert answer["Location"] == "/second-factor/authenticate/"
    assert client.get("/inbox/").status_code == 302


def test_the_code_opens_it(client: Client, with_totp: Membership) -> None:
    sign_in(client, with_totp.user.email)
    client.post("/second-factor/authenticate/", {"code": code_of(with_totp.user)})

    assert client.get("/inbox/").status_code == 200


def test_the_secret_is_stored_encrypted(with_totp: Membership) -> None:
    assert "JBSWY3DPEHPK3PXP" not in str(Authenticator.objects.get(user=with_totp.user).data)


def test_a_second_factor_goes_over_to_a_new_key_and_the_old_one_can_go(
    client: Client, with_totp: Membership, settings: Settings
) -> None:
    recovery = RecoveryCodes.activate(with_totp.user).get_unused_codes()[0]
    new = Fernet.generate_key().decode()
    settings.TOKEN_KEYS = [new, *settings.TOKEN_KEYS]
    call_command("rotate_token_keys", verbosity=0)
    settings.TOKEN_KEYS = [new]

    for code in (code_of(with_totp.user), recovery):
        client.logout()
        sign_in(client, with_totp.user.email)
        client.post("/second-factor/authenticate/", {"code": code})
        assert client.get("/inbox/").status_code == 200


def test_a_second_factor_that_no_key_opens_is_said_and_lets_nobody_in(
    client: Client, with_totp: Membership, settings: Settings
) -> None:
    code = code_of(with_totp.user)
    settings.TOKEN_KEYS = [Fernet.generate_key().decode()]
    sign_in(client, with_totp.user.email)

    answer = client.post("/second-factor/authenticate/", {"code": code})

    assert answer.status_code == 409
    assert "Your second factor cannot be read with the keys in TOKEN_KEYS" in answer.content.decode()
    assert client.get("/inbox/").status_code == 302
    with pytest.raises(CommandError, match=f"Secrets of {with_totp.user} cannot be read"):
        call_command("rotate_token_keys", verbosity=0)


def test_the_operator_takes_a_lost_second_factor_away(client: Client, with_totp: Membership) -> None:
    RecoveryCodes.activate(with_totp.user)
    call_command("forget_second_factor", with_totp.user.email.upper(), verbosity=0)

    sign_in(client, with_totp.user.email)

    assert client.get("/inbox/").status_code == 200
    for email, why in ((with_totp.user.email, "has no second factor"), ("nobody@harbor-row.test", "Nobody here")):
        with pytest.raises(CommandError, match=why):
            call_command("forget_second_factor", email, verbosity=0)


def test_the_pages_of_the_second_factor_show_without_an_inline_script(client: Client, max_pm: Membership) -> None:
    sign_in(client, max_pm.user.email)
    client.post("/sign-in/confirm/", {"password": "secret"})

    pages = [
        client.get(address).content.decode()
        for address in ("/second-factor/", "/second-factor/totp/activate/", "/second-factor/webauthn/add/")
    ]

    inline = re.compile(r"<script(?![^>]*src=)(?![^>]*application/json)|<style|\sstyle=|\son[a-z]+=\"")
    assert ["mfa/js/webauthn.js" in page for page in pages] == [False, False, True]
    assert [inline.findall(page) for page in pages] == [[], [], []]


# -- the company's own provider ------------------------------------------------------------------------------------


def vouched(email: str, *, verified: Any = True) -> SocialLogin:
    """What the provider says of a person who comes for the first time."""
    return SocialLogin(
        provider=InvitedOnlyElsewhere().get_provider(RequestFactory().get("/"), "company"),
        user=User(email=email),
        account=SocialAccount(provider="company", uid="s-1", extra_data={}),
        email_addresses=[EmailAddress(email=email, verified=verified, primary=True)],
    )


PROVIDER = {
    "openid_connect": {
        "APPS": [
            {
                "provider_id": "company",
                "name": "Harbor ID",
                "client_id": "c",
                "secret": "s",
                "settings": {"server_url": "https://id.harbor-row.test"},
            }
        ]
    }
}
Arrive = Callable[[SocialLogin], User | None]


@pytest.fixture
def coming_in(settings: Settings) -> Arrive:
    """Let a person come in from the provider, and say who they are here then."""
    settings.SOCIALACCOUNT_PROVIDERS = PROVIDER

    def arrive(login: SocialLogin) -> User | None:
        request: Any = RequestFactory().get("/")
        request.session, request.user = {}, AnonymousUser()
        request._messages = FallbackStorage(request)
        with context.request_context(request):
            InvitedOnlyElsewhere(request).pre_social_login(request, login)
        return login.user if login.is_existing else None

    return arrive


def test_an_invited_address_that_the_provider_verified_comes_in(coming_in: Arrive, invited: Membership) -> None:
    assert coming_in(vouched("INA@harbor-row.test")) == invited.user


@pytest.mark.parametrize("verified", [False, None, "true"])
def test_an_address_that_the_provider_did_not_verify_stays_out(
    coming_in: Arrive, invited: Membership, verified: Any
) -> None:
    assert coming_in(vouched("ina@harbor-row.test", verified=verified)) is None


def test_an_address_that_nobody_invited_stays_out(coming_in: Arrive, invited: Membership) -> None:
    assert coming_in(vouched("eve@evil.example")) is None
    assert InvitedOnlyElsewhere().is_open_for_signup(RequestFactory().get("/"), None) is False


def test_a_person_who_was_shut_out_does_not_come_in_by_the_other_door(alma: Membership, invited: Membership) -> None:
    operations.deactivate(invited, by=alma)

    assert invited_person(["ina@harbor-row.test"]) is None


def test_the_provider_appears_only_where_it_is_set(client: Client, settings: Settings) -> None:
    assert "Sign in with" not in client.get("/sign-in/").content.decode()
    settings.SOCIALACCOUNT_PROVIDERS = PROVIDER

    assert "Sign in with Harbor ID" in client.get("/sign-in/").content.decode()


def test_whom_the_provider_vouches_for_is_signed_in_and_remembered(invited: Membership, settings: Settings) -> None:
    settings.SOCIALACCOUNT_PROVIDERS = PROVIDER
    request: Any = RequestFactory().get("/")
    request.session, request.user, request.allauth = SessionStore(), AnonymousUser(), SimpleNamespace()
    request._messages = FallbackStorage(request)

    with context.request_context(request):
        answer = complete_login(request, vouched("ina@harbor-row.test"))

    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert request.user == invited.user
    assert SocialAccount.objects.get().user == invited.user


def test_whom_nobody_invited_reads_that_accounts_are_made_by_invitation(settings: Settings) -> None:
    settings.SOCIALACCOUNT_PROVIDERS = PROVIDER
    request: Any = RequestFactory().get("/")
    request.session, request.user, request.allauth = SessionStore(), AnonymousUser(), SimpleNamespace()
    request._messages = FallbackStorage(request)

    with context.request_context(request):
        answer = complete_login(request, vouched("eve@evil.example"))

    assert "Accounts are made by invitation" in answer.content.decode()
    assert not User.objects.exists()


def test_a_sign_in_that_has_ended_is_forgotten_and_one_that_holds_is_not() -> None:
    ended, holds = SessionStore(), SessionStore()
    for session, hours in ((ended, -1), (holds, 1)):
        session["kept"] = "what stood in it"
        session.set_expiry(timezone.now() + timedelta(hours=hours))
        session.save()
    forget()
    assert list(Session.objects.values_list("session_key", flat=True)) == [holds.session_key]
