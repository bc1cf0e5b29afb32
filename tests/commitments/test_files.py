"""Files of a commitment: in through a guarded door, out only as something to be saved, and never another company's."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from commitments import attachments
from commitments.attachments import attach, remove
from commitments.models import Attachment
from procore_sync.accounts.models import Membership
from procore_sync.kit.refusals import InvalidInput, NotAllowed
from tests.factories import make_commitment, sent
from tests.projects.conftest import SignIn


def a_file(name: str = "scope.pdf", content: bytes = b"%PDF-1.7 all of it") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, "text/html")


def test_who_attaches_or_removes_one_stands_before_the_files_again(max_pm: Membership, sign_in: SignIn) -> None:
    made, client = make_commitment(max_pm), sign_in(max_pm)
    page = f"/commitments/{made.pk}/"

    attached = client.post(f"{page}files/", {"file": a_file()})
    removed = client.post(f"{page}files/{Attachment.objects.get().pk}/remove/")

    assert (attached.headers["Location"], removed.headers["Location"]) == (f"{page}#files", f"{page}#files")
    assert 'id="files"' in client.get(page).content.decode()


@pytest.mark.database
def test_it_goes_in_and_comes_out_as_it_was_and_is_never_shown(max_pm: Membership, sign_in: SignIn) -> None:
    made, client = sent(make_commitment(max_pm), max_pm), sign_in(max_pm)

    assert client.post(f"/commitments/{made.pk}/files/", {"file": a_file("Größe 1.pdf")}).status_code == 302

    kept = Attachment.objects.get()
    assert (kept.size, kept.added_by) == (18, max_pm)
    for address in (
        f"/commitments/{made.pk}/files/{kept.pk}/",
        f"/api/v1/commitments/{made.pk}/attachments/{kept.pk}/",
    ):
        answer = client.get(address)
        assert answer.content == b"%PDF-1.7 all of it"
        assert answer["Content-Type"] == "application/pdf"
        assert answer["Content-Disposition"] == "attachment; filename*=utf-8''Gr%C3%B6%C3%9Fe%201.pdf"
        assert (answer["X-Content-Type-Options"], answer["Cache-Control"]) == ("nosniff", "private, no-store")
    listed = client.get(f"/api/v1/commitments/{made.pk}/attachments/").json()
    assert [(one["name"], one["size"], one["added_by"]) for one in listed] == [("Größe 1.pdf", 18, "Max")]
    assert "Größe 1.pdf" in client.get(f"/commitments/{made.pk}/").content.decode()
    assert client.post(f"/commitments/{made.pk}/files/{kept.pk}/remove/").status_code == 302
    assert not Attachment.objects.exists()


def test_the_api_keeps_a_file_and_throws_it_away(max_pm: Membership, vic: Membership, sign_in: SignIn) -> None:
    made, client = make_commitment(max_pm), sign_in(max_pm)
    at = f"/api/v1/commitments/{made.pk}/attachments/"

    answer = client.post(f"{at}new/", {"file": a_file("scope.pdf")})

    assert answer.status_code == 201
    assert (answer.json()["name"], answer.json()["size"], answer.json()["added_by"]) == ("scope.pdf", 18, "Max")
    refused = client.post(f"{at}new/", {"file": a_file("run.exe", b"MZ")})
    assert (refused.status_code, "run.exe" in refused.json()["detail"]) == (422, True)
    twice = client.post(f"{at}new/", {"file": [a_file("scope.pdf"), a_file("other.pdf")]})
    assert (twice.status_code, twice.json()["errors"]["file"]) == (422, ["It is there twice; which is meant?"])
    one = f"{at}{answer.json()['id']}/"
    assert sign_in(vic).delete(one).status_code == 403
    assert Attachment.objects.count() == 1
    assert client.delete(one).status_code == 204
    assert client.delete(one).status_code == 404
    assert not Attachment.objects.exists()


@pytest.mark.parametrize("wrong", [a_file("run.exe", b"MZ"), a_file("page.pdf", b"<html>"), a_file("none.pdf", b"")])
def test_what_is_not_taken_is_refused_on_the_page(
    wrong: SimpleUploadedFile, max_pm: Membership, sign_in: SignIn
) -> None:
    made = make_commitment(max_pm)

    answer = sign_in(max_pm).post(f"/commitments/{made.pk}/files/", {"file": wrong})

    assert answer.status_code == 422
    assert str(wrong.name) in answer.content.decode()
    assert not Attachment.objects.exists()


def test_a_file_of_another_company_or_commitment_does_not_exist(
    max_pm: Membership, olga: Membership, sign_in: SignIn
) -> None:
    theirs, mine = make_commitment(olga), make_commitment(max_pm)
    kept, own = attach(theirs, a_file(), by=olga), attach(mine, a_file(), by=max_pm)
    client = sign_in(max_pm)

    for commitment, file in ((theirs, kept), (mine, kept), (theirs, own)):
        assert client.get(f"/commitments/{commitment.pk}/files/{file.pk}/").status_code == 404
        assert client.post(f"/commitments/{commitment.pk}/files/{file.pk}/remove/").status_code == 404
        assert client.get(f"/api/v1/commitments/{commitment.pk}/attachments/{file.pk}/").status_code == 404
    assert client.get(f"/api/v1/commitments/{theirs.pk}/attachments/").status_code == 404
    assert client.post(f"/commitments/{theirs.pk}/files/", {"file": a_file()}).status_code == 404
    assert Attachment.objects.count() == 2


def test_a_viewer_reads_and_changes_nothing(max_pm: Membership, vic: Membership, sign_in: SignIn) -> None:
    made = make_commitment(max_pm)
    kept = attach(made, a_file(), by=max_pm)

    assert sign_in(vic).get(f"/commitments/{made.pk}/files/{kept.pk}/").status_code == 200
    with pytest.raises(NotAllowed):
        attach(made, a_file(), by=vic)
    with pytest.raises(NotAllowed):
        remove(kept, by=vic)


def test_there_is_a_limit_of_files(max_pm: Membership, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attachments, "LIMIT_FILES", 1)
    made = make_commitment(max_pm)
    attach(made, a_file(), by=max_pm)

    with pytest.raises(InvalidInput, match="is the limit"):
        attach(made, a_file(), by=max_pm)
