"""The command line: `hocso`, one subcommand a job, in Vietnamese."""

from hocso.records.durable import keep_private

from . import (
    backup,
    calendar,
    certificates,
    check,
    demo,
    doctor,
    exchange,
    export,
    kpi,
    people,
    registers,
    report,
    retention,
    rosters,
    serve,
    teaching,
)
from .place import hocso
from .vietnamese import run

for command in (
    serve.serve,
    demo.demo,
    doctor.doctor,
    backup.backup,
    backup.restore,
    check.check,
    export.export,
    exchange.exchange,
    kpi.kpi,
    calendar.calendar,
    certificates.certificates,
    report.report,
    registers.registers,
    people.accounts,
    rosters.learners,
    people.hamlets,
    people.population,
    people.settings,
    retention.retain,
    teaching.release,
    teaching.formgrader,
):
    hocso.add_command(command)


def main() -> None:
    """Entry point of the `hocso` command."""
    keep_private()
    run(hocso)


__all__ = ["hocso", "main"]
