"""What can go wrong with the records, each error with a text that may be shown to its reader."""


class RecordsError(Exception):
    """Base of all errors of the records; `str(error)` is plain Vietnamese without personal data."""


class SchemaTooNew(RecordsError):
    """The database was written by a newer version of the kit."""


class StorageFull(RecordsError):
    """There is no room left on the disk; nothing of the transaction was stored."""


class StorageBusy(RecordsError):
    """Another process kept the database locked for longer than the busy timeout; nothing was stored."""


class StorageAway(StorageBusy):
    """The PostgreSQL server can't be reached; nothing was stored."""


class StorageDamaged(RecordsError):
    """The database file can't be read: damaged, or not one of ours. It is left as it is."""


class StorageLost(RecordsError):
    """The database file is gone from a data folder that had one."""


class DataInUse(RecordsError):
    """A server runs on the data folder, or its contents are being replaced; nothing was changed."""


class UnknownRecord(RecordsError):
    """A learner, account, class, hamlet or attempt that is not in the database."""


class InvalidLearner(RecordsError):
    """A field of a registration can't be accepted; `field` names the argument of `learners.register`."""

    def __init__(self, field: str, message: str):
        super().__init__(message)
        self.field = field


class AlreadyRegistered(RecordsError):
    """The same person is registered already; `learner_id` says which."""

    def __init__(self, learner_id: str, message: str):
        super().__init__(message)
        self.learner_id = learner_id


class AccountRefused(RecordsError):
    """An account or password that can't be accepted; `field` names the argument."""

    def __init__(self, field: str, message: str):
        super().__init__(message)
        self.field = field


class ClassRefused(RecordsError):
    """A class session that can't be opened or joined."""


class EventRefused(RecordsError):
    """An event that must not be recorded."""


class AttemptRefused(RecordsError):
    """A submission or score that must not be recorded."""


class PopulationRefused(RecordsError):
    """A population figure that can't be accepted."""


class RegisterRefused(RecordsError):
    """A row or file that a register can't take; `problems`: field name -> what is wrong with it."""

    def __init__(self, problems: dict[str, str], message: str = ""):
        super().__init__(message or " ".join(problems.values()))
        self.problems = problems


class SampleRefused(RecordsError):
    """Sample data must not be mixed with what is in the database."""


class RosterRefused(RecordsError):
    """A roster that can't be read or taken in; the text says what to change in the file."""


class CertificateRefused(RecordsError):
    """A certificate that can't be issued or revoked."""


class TwinRefused(RecordsError):
    """A decision on two entries that can't be taken."""


class ExchangeRefused(RecordsError):
    """An exchange file that can't be written or taken in; nothing was changed."""


class PassphraseNeeded(ExchangeRefused):
    """The exchange file is encrypted, and no passphrase or a wrong one was given."""
