"""What is done for each visitor in a kernel whose lesson has already run (see `hocso.kernels`).

The template calls `rehearse` once; each kernel calls `visit` with what the server says of the learner. This
is the one place for code that must run for every visitor: whoever holds state of the learner's restores it
in `restore(session)`, as exercises do.
"""

from hocso.learn import session

_rehearsed: dict[str, dict] = {}


def rehearse() -> None:
    """Remember what the page shows before anybody has come."""
    session.current()
    _rehearsed.update({one.model_id: one.get_state() for one in session.enlisted()})


def visit(context: dict) -> dict[str, dict]:
    """Begin as this learner: context["state"] is what GET /api/state answers, None for a trial. Returns what
    differs from the rehearsal, {model id: {trait: value}}."""
    session.begin(state=context["state"])
    changed = {}
    for one in session.enlisted():
        before = _rehearsed[one.model_id]
        after = one.get_state()
        differing = {name: value for name, value in after.items() if value != before[name]}
        if differing:
            changed[one.model_id] = differing
    return changed
