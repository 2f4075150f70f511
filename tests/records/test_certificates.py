"""A certificate is issued once, to who completed a track, and can be confirmed and revoked."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest

from hocso.records import (
    Certificate,
    CertificateRefused,
    Event,
    Learner,
    UnknownRecord,
    certificates,
    merging,
    settings,
)
from hocso.records.clock import VIETNAM
from hocso.records.completions import lesson_status
from hocso.records.devices import device_id
from hocso.records.text import fold

from .conftest import NOW

TRACK = "nghi-quyet-57"


def did(session, learner_id, verb, moment, **what):
    session.add(Event(id=str(uuid4()), learner_id=learner_id, verb=verb, occurred_at=moment,
                      recorded_at=moment, **what))  # fmt: skip
    session.flush()


def complete(session, learner_id, moment):
    did(session, learner_id, "completed", moment, lesson_id="nghi-quyet-57/muc-tieu", exercise_id="bieu-do")
    did(session, learner_id, "passed", moment + timedelta(hours=1), quiz_id="nghi-quyet-57-03", share=0.9)


def another(session, name):
    learner = Learner(
        code="MAU00001",
        full_name=name,
        folded_name=fold(name),
        birth_year=1960,
        hamlet_id="ap-1",
        group="nguoi-dan",
        pin_hash="",
        created_at=NOW,
    )
    session.add(learner)
    session.flush()
    return learner


@pytest.fixture
def session(database, learner):
    with database.session() as session:
        yield session


@pytest.fixture
def issue(session, catalogue, now):
    def issue(learner_id, track=TRACK, later=timedelta(0)):
        return certificates.issue(session, catalogue, learner_id, track, now + timedelta(days=1) + later)

    return issue


@pytest.fixture
def paper(session, learner, now, issue):
    """The certificate of somebody who completed the track."""
    complete(session, learner.id, now)
    return issue(learner.id)


def test_asking_again_gives_the_same_certificate(paper, learner, issue, now):
    again = issue(learner.id, later=timedelta(days=400))
    assert (again.id, again.number, again.secret) == (paper.id, paper.number, paper.secret)
    assert paper.completed_at == now + timedelta(hours=1)
    assert paper.issued_at == now + timedelta(days=1)


def test_who_has_not_completed_the_track_gets_none(session, learner, issue, now):
    with pytest.raises(CertificateRefused, match="Chưa hoàn thành"):
        issue(learner.id)
    did(session, learner.id, "passed", now, quiz_id="nghi-quyet-57-03", share=0.9)
    with pytest.raises(CertificateRefused):
        issue(learner.id)
    assert session.query(Certificate).count() == 0


def test_one_track_completed_gives_no_certificate_of_another(paper, learner, issue):
    with pytest.raises(CertificateRefused):
        issue(learner.id, "ky-nang-so")


def test_numbers_count_up_and_say_which_device_gave_them(session, paper, issue, now):
    year = now.astimezone(VIETNAM).year
    assert re.fullmatch(rf"HS-{year}-[CDFGHJKMNPQRTVWXY]{{6}}0001", paper.number)
    other = another(session, "Lê Thị Hai")
    complete(session, other.id, now)
    assert issue(other.id).number == paper.number[:-1] + "2"


def test_two_laptops_that_never_met_give_different_numbers(session, paper, learner, catalogue, now, issue):
    mine = device_id(session)
    assert device_id(session) == mine
    session.delete(paper)
    settings.put(session, "device_id", str(uuid4()))
    settings.put(session, certificates.COUNTER, 0)
    theirs = issue(learner.id).number
    assert theirs != paper.number and theirs[-4:] == paper.number[-4:] == "0001"


def test_a_number_is_never_given_again(session, paper, learner, issue):
    session.delete(paper)
    session.flush()
    assert issue(learner.id).number != paper.number


def test_the_secret_confirms_name_track_and_day_however_it_is_typed(session, catalogue, paper, learner, now):
    found = certificates.confirm(session, catalogue, certificates.in_groups(paper.secret).lower() + " ")
    assert (found.name, found.track, found.revoked) == (learner.full_name, "Nghị quyết 57", False)
    assert found.completed_at == now + timedelta(hours=1)
    assert len(set(paper.secret)) > 5 and len(paper.secret) == 30
    for wrong in ("", paper.number, paper.secret[:-1], "%", paper.secret[:-1] + "_"):
        assert certificates.confirm(session, catalogue, wrong) is None


def test_a_revoked_certificate_is_said_so_and_only_staff_give_another(
    session, catalogue, paper, learner, issue
):
    with pytest.raises(CertificateRefused, match="lý do"):
        certificates.revoke(session, paper.id, "  ", None)
    certificates.revoke(session, paper.id, "Làm hộ", None)
    assert certificates.confirm(session, catalogue, paper.secret).revoked
    with pytest.raises(CertificateRefused, match="thu hồi"):
        issue(learner.id)
    with pytest.raises(CertificateRefused, match="từ trước"):
        certificates.revoke(session, paper.id, "Lần nữa", None)
    fresh = certificates.issue_again(session, catalogue, paper.id)
    assert fresh.number != paper.number and fresh.secret != paper.secret
    assert issue(learner.id).id == fresh.id
    assert certificates.confirm(session, catalogue, paper.secret).revoked
    with pytest.raises(CertificateRefused, match=fresh.number):
        certificates.issue_again(session, catalogue, paper.id)


def test_merged_entries_are_one_person_with_one_certificate(session, catalogue, paper, learner, issue, now):
    keeps = another(session, "Nguyễn Văn Hoà")
    complete(session, keeps.id, now)
    merging.decide(session, learner.id, keeps.id, "same", keep_id=keeps.id)
    assert issue(keeps.id).id == issue(learner.id).id == paper.id
    assert certificates.confirm(session, catalogue, paper.secret).name == "Nguyễn Văn Hoà"
    assert certificates.table(session, catalogue)["name"].tolist() == ["Nguyễn Văn Hoà"]


def test_what_two_merged_entries_did_completes_a_track_together(session, catalogue, learner, issue, now):
    other = another(session, "Nguyễn Văn Hoà")
    did(session, learner.id, "completed", now, lesson_id="nghi-quyet-57/muc-tieu", exercise_id="bieu-do")
    did(session, other.id, "passed", now, quiz_id="nghi-quyet-57-03", share=0.9)
    with pytest.raises(CertificateRefused):
        issue(other.id)
    merging.decide(session, learner.id, other.id, "same", keep_id=other.id)
    assert issue(learner.id).learner_id == other.id


def test_a_certificate_that_was_given_stays_when_the_track_grows(session, catalogue, paper, learner):
    nothing_done = lesson_status(session, catalogue, "nobody")
    assert certificates.available(session, catalogue, learner.id, nothing_done) == [TRACK]


def test_staff_find_certificates_by_name_or_number(session, catalogue, paper, learner):
    for text in ("", "hoa", "VĂN HÒA", paper.number, paper.number.lower()):
        assert certificates.table(session, catalogue, text)["number"].tolist() == [paper.number]
    assert certificates.table(session, catalogue, "bưởi").empty
    assert certificates.by_number(session, f" {paper.number.lower()} ").id == paper.id
    with pytest.raises(UnknownRecord):
        certificates.by_number(session, "HS-2026-0")
