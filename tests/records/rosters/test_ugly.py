"""Rosters as people really write them (`ugly/`): each is understood as a person would, or says what to mend.

Beside each stands what must come of it, as JSON: people (place, name, year, hamlet, group, phone, what
becomes of them), errors, rows that are no people, sheets and columns that are not read, what to look at, what
was understood otherwise than it is written; or why it is refused.
"""

import contextlib
import io
import json
import random
import zipfile

import pytest

from hocso.records import RosterRefused, hamlets, roster_reading, rosters
from tests.records.conftest import NOW

from .make_ugly import FILES, FOLDER


@pytest.fixture
def commune(database):
    """A database that knows «Ấp Mẫu 1», «Ấp Mẫu 2» and «Ấp Mẫu 10»."""
    with database.session() as session:
        for name in ("Ấp Mẫu 1", "Ấp Mẫu 2", "Ấp Mẫu 10"):
            hamlets.add(session, name)
    return database


@pytest.fixture(autouse=True)
def this_year(monkeypatch):
    """Ages, and years of two digits, are counted from 2026."""
    monkeypatch.setattr(roster_reading, "utc_now", lambda: NOW)


def understood(session, file):
    try:
        roster = rosters.read(file)
    except RosterRefused as refused:
        return {"refused": str(refused)}
    plan = rosters.plan(session, roster, default_group="nguoi-dan")
    found = {
        "people": [
            [
                one.row.place,
                one.row.full_name,
                one.row.birth_year,
                one.hamlet,
                one.group,
                one.row.phone,
                f"{one.state}: {one.why}" if one.why else one.state,
            ]
            for one in plan.rows
        ],
        "errors": [str(error) for one in plan.rows for error in one.errors],
        "ignored": [f"{row.place}: {row.text}" for row in roster.ignored],
        "unread": [f"{sheet}: {why}" for sheet, why in roster.unread],
        "left out": [column for table in roster.tables for column in (*table.left_out, *table.others)],
        "notices": list(roster.notices),
        "remarks": [f"{row.place}: {remark}" for row in roster.rows for remark in row.remarks],
        "font": next((table.font for table in roster.tables if table.font), ""),
    }
    return {name: value for name, value in found.items() if value}


@pytest.mark.parametrize("name", FILES)
def test_a_roster_is_understood_as_a_person_would(commune, name):
    file = FOLDER / name
    expected = json.loads(file.with_name(f"{name}.json").read_text(encoding="utf-8"))
    with commune.session(readonly=True) as session:
        assert understood(session, file) == expected


def test_the_folder_is_what_the_script_writes_with_an_expectation_for_each():
    assert {file.name for file in FOLDER.iterdir()} == {*FILES, *(f"{name}.json" for name in FILES)}


def damaged(dice, content):
    """A few bytes of a file, or of a part of a workbook, other than they were."""
    if content.startswith(b"PK") and dice.random() < 0.7:
        out = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(content)) as parts, zipfile.ZipFile(out, "w") as copy:
            hurt = dice.choice(parts.namelist())
            for name in parts.namelist():
                part = parts.read(name)
                copy.writestr(name, damaged(dice, b" " + part) if name == hurt else part)
        return out.getvalue()
    content = bytearray(content)
    for _ in range(dice.randrange(1, 12)):
        place = dice.randrange(len(content) + 1)
        content[place : place + dice.choice((0, 1, 40))] = dice.randbytes(dice.choice((0, 1, 8)))
    return bytes(content)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", [name for name in FILES if name.endswith(("xlsx", "xls", "csv"))])
def test_a_damaged_file_is_read_or_refused_in_words(name):
    dice = random.Random(name)
    for _ in range(15):
        with contextlib.suppress(RosterRefused):
            rosters.read(damaged(dice, (FOLDER / name).read_bytes()), name)
