"""The zone as each step leaves it."""

from __future__ import annotations

from audit.desk.migration.draft import ZoneState, grouped, state_of
from audit.model.fact import Known, Unknown
from audit.model.migration import Change, PlannedRecord, RecordSet
from audit.protocol.migration.standing import Standing

A, ALIAS = RecordSet(values=("192.0.2.1",), ttl=60), RecordSet(values=("b.example.",), ttl=60)
NEW = RecordSet(values=("c.example.",), ttl=60)


def test_a_change_tells_what_was_there() -> None:
    state, changes = ZoneState({("a.example", "A"): A}).put("a.example", "A", None)
    assert changes == (Change(name="a.example", type="A", before=A, after=None, seen=True),)
    assert (state.of("a.example", "A"), state.seen("a.example", "A")) == (None, True)


def test_what_is_there_is_no_change() -> None:
    state = ZoneState({("a.example", "A"): A, ("b.example", "A"): None})
    assert state.put("a.example", "A", A)[1] == state.put("b.example", "A", None)[1] == ()


def test_what_was_not_seen_is_said_to_be_so() -> None:
    _, (change,) = ZoneState({}).put("a.example", "A", A)
    assert (change.before, change.seen) == (None, False)


def test_beside_an_alias_stands_nothing() -> None:
    state, changes = ZoneState({("a.example", "A"): A}).put("a.example", "CNAME", ALIAS)
    assert [(c.type, c.after) for c in changes] == [("A", None), ("CNAME", ALIAS)]
    _, back = state.put("a.example", "A", A)
    assert [(c.type, c.after) for c in back] == [("CNAME", None), ("A", A)]


def test_a_ttl_changes_where_something_is() -> None:
    state = ZoneState({("a.example", "CNAME"): ALIAS, ("b.example", "A"): None})
    assert state.at_ttl("a.example", "CNAME", 300)[1][0].after == RecordSet(values=ALIAS.values, ttl=300)
    assert state.at_ttl("a.example", "CNAME", 60)[1] == state.at_ttl("b.example", "A", 300)[1] == ()


def test_records_make_sets_and_the_same_set_is_no_change() -> None:
    mx = [PlannedRecord(name="a.example", ttl=t, type="MX", value=v) for t, v in ((900, "20 y."), (300, "10 x."))]
    assert grouped(mx) == {("a.example", "MX"): RecordSet(values=("10 x.", "20 y."), ttl=300)}
    state, changes = ZoneState({}).put_all(mx, 60)
    assert changes[0].after == RecordSet(values=("10 x.", "20 y."), ttl=60)
    assert state.put_all(mx, 900)[1] == ()


def test_a_zone_as_it_was_seen() -> None:
    state = state_of(
        (
            (("a.example", "A"), Known(Standing("a.example", "CNAME", ("b.example.",), Known(60), ""))),
            (("c.example", "TXT"), Known(Standing("c.example", "TXT", (), Known(None), ""))),
            (("d.example", "TXT"), Unknown("dns.timeout")),
            (("e.example", "TXT"), Known(Standing("e.example", "TXT", ('"x"',), Unknown("dns.timeout"), ""))),
        )
    )
    assert (state.of("a.example", "CNAME"), state.of("a.example", "A"), state.seen("a.example", "A")) == (
        ALIAS,
        None,
        True,
    )
    assert (state.seen("c.example", "TXT"), state.seen("c.example", "CNAME")) == (True, True)
    assert not state.seen("d.example", "TXT")
    assert state.of("e.example", "TXT") == RecordSet(values=('"x"',), ttl=None)
