"""The commune that was worked out by hand in tests/kpi, its report, and LibreOffice to look at it with."""

import subprocess

import pytest

from hocso.kpi import Period
from hocso.records import open_database
from hocso.reports import period_report, period_word
from tests.kpi.conftest import NOW, Commune, catalogue, commune, database, tan_hoi  # noqa: F401
from tests.kpi.test_by_hand import settle

PERIOD = Period.named("2026-12")


@pytest.fixture
def gather(tan_hoi, catalogue):  # noqa: F811
    """Gathers the report as it is now."""
    return lambda period=PERIOD, now=NOW: period_report.gather(tan_hoi.session, catalogue, period, now)


@pytest.fixture(scope="session")
def report(tmp_path_factory, catalogue):  # noqa: F811
    """The report, made once, for what does not depend on the figures."""
    records = open_database(tmp_path_factory.mktemp("report") / "hocso.db")
    with records.session() as session:
        settle(Commune(session, catalogue))
        gathered = period_report.gather(session, catalogue, PERIOD, NOW)
    records.close()
    return gathered


@pytest.fixture(scope="session")
def kit_word(report):
    """The same in Word, from the kit's template."""
    return period_word.word(report, period_word.kit_template())


@pytest.fixture
def word(gather):
    """Makes the report in Word from the kit's template, as it is now."""
    return lambda: period_word.word(gather(), period_word.kit_template())


@pytest.fixture
def office(tmp_path):
    """Lets LibreOffice write a file anew, as "pdf" or "xlsx"; returns the path."""

    def convert(content, name, kind):
        source, made = tmp_path / name, tmp_path / "made"
        source.write_bytes(content)
        profile = f"-env:UserInstallation=file://{tmp_path / 'office'}"
        command = ["soffice", profile, "--headless", "--convert-to", kind, "--outdir", made, source]
        subprocess.run(command, check=True, capture_output=True)
        return (made / name).with_suffix(f".{kind}")

    return convert
