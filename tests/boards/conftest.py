"""The commune that was worked out by hand in tests/kpi, for the boards that show its figures."""

from tests.kpi.conftest import catalogue, commune, database, tan_hoi  # noqa: F401
