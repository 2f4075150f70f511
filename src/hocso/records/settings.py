"""The commune's settings, as JSON values under fixed keys."""

from typing import Any

from sqlalchemy.orm import Session

from .models import Setting

PASS_MARK = 0.7
# What each key means, with the value that holds until staff set one.
DEFAULTS = {
    "commune_name": "Xã Tân Hội",
    "province_name": "Tỉnh An Giang",
    "public_address": "",  # where anybody reaches the server, such as https://hoc.xa.vn
    "pass_mark": PASS_MARK,  # share of a quiz's points, 0 to 1
    "publish_within_days": 5,  # working days from receiving a document to publishing it
    "retention_years": 0,  # who did nothing for so long may be removed (`retention`); 0: nobody
    "device_name": "",  # how this machine is called in exchange files; empty: its name in the network
    "sample_data": False,
}


def get(session: Session, key: str, default: Any = None) -> Any:
    """A setting; where none was put: `default`, else the value in DEFAULTS."""
    setting = session.get(Setting, key)
    if setting is not None:
        return setting.value
    return DEFAULTS.get(key) if default is None else default


def put(session: Session, key: str, value: Any) -> None:
    """Set a setting."""
    session.merge(Setting(key=key, value=value))
    session.flush()


def pass_mark(session: Session) -> float:
    """The share of a quiz's points from which it is passed."""
    return float(get(session, "pass_mark"))
