"""What is said of a name that is an alias: nothing to mend, a target that is gone, or one that anybody may take."""

from __future__ import annotations

from audit.model.fact import Unknown
from audit.protocol.alias import Alias
from audit.rules.rule import Verdict, cause, fail, ok

FREE, DANGLING, ALIAS = "free", "dangling", "alias"  # steps of a ladder


def judged(alias: Alias | None) -> Verdict:
    """The verdict on one name; its message may speak of the `name`, the `target` and its `state`."""
    if alias is None:
        return ok()
    step = FREE if alias.taken_by else DANGLING if alias.lost else ALIAS
    return fail(
        step,
        causes=(cause("host", alias.target),),
        doubt=alias.free if isinstance(alias.free, Unknown) else None,
        name=alias.name,
        target=alias.target,
        state=gone(alias),
    )


def gone(alias: Alias) -> str:
    """What is said of aliases that lead to nothing."""
    if alias.circle:
        return ", and the aliases lead in a circle"
    if not alias.denied:
        return ""
    return f", which does not exist{f' (anybody may register {free})' if (free := alias.taken_by) else ''}"
