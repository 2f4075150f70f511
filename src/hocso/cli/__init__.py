"""The command line: `hocso`, one subcommand a job, in Vietnamese."""

from .place import hocso
from .vietnamese import OnDemand, run

# Subcommand -> the module that it is in.
hocso.commands = OnDemand(
    __package__,
    {
        "accounts": "people",
        "backup": "backup",
        "calendar": "calendar",
        "certificates": "certificates",
        "check": "check",
        "demo": "demo",
        "doctor": "doctor",
        "exchange": "exchange",
        "export": "export",
        "formgrader": "teaching",
        "hamlets": "people",
        "kpi": "kpi",
        "learners": "rosters",
        "population": "people",
        "registers": "registers",
        "release": "teaching",
        "report": "report",
        "restore": "backup",
        "retention": "retention",
        "serve": "serve",
        "settings": "people",
    },
)


def main() -> None:
    """Entry point of the `hocso` command."""
    from hocso.kernels.nursery import use_short_folder
    from hocso.records.durable import keep_private

    keep_private()
    use_short_folder()
    run(hocso)


__all__ = ["hocso", "main"]
