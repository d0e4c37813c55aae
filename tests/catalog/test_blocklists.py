"""The blocklists: what their codes mean, which are asked, and which must not be."""

from __future__ import annotations

from dataclasses import replace

import pytest

from audit.catalog.blocklists import NEVER, Blocklist, Blocklists, load_blocklists
from audit.catalog.tables import CatalogError

ON_BY_DEFAULT = (
    "spamhaus-zen",
    "spamcop",
    "mailspike-bl",
    "psbl",
    "uceprotect-1",
    "spamrats",
    "dronebl",
    "blocklist-de",
)


@pytest.fixture(scope="module")
def lists() -> Blocklists:
    return load_blocklists()


def ids(lists: Blocklists) -> tuple[str, ...]:
    return tuple(entry.id for entry in lists.entries)


# ---- the entries ------------------------------------------------------------------------------------------------


def test_ids_and_zones_are_unique(lists: Blocklists) -> None:
    names = [name for entry in lists.entries for name in {entry.id, entry.zone}]
    assert len(names) == len(set(names))


def test_dead_zones_are_unique(lists: Blocklists) -> None:
    zones = [entry.zone for entry in lists.dead]
    assert len(zones) == len(set(zones))


def test_no_list_is_dead(lists: Blocklists) -> None:
    assert [entry.id for entry in lists.entries if lists.is_dead(entry.zone)] == []


@pytest.mark.parametrize("entry", load_blocklists().entries, ids=lambda e: e.id)
def test_an_entry_makes_sense(entry: Blocklist) -> None:
    answers = [code.answer for code in entry.codes]
    assert entry.names is not (entry.ipv4 or entry.ipv6), "names and addresses are never asked of the same list"
    assert len(answers) == len(set(answers))
    assert not set(answers) & set(entry.refusals)
    # 127.0.0.1 is what a blocking resolver answers (RFC 5782 section 2.1 starts at 127.0.0.2): never a listing.
    assert entry.bits or all(code.kind == "ignored" for code in entry.codes if code.answer == "127.0.0.1")
    # A list whose test entry is looked for must have a code that the answer can be read by.
    assert not entry.test_entry or any(code.kind != "ignored" for code in entry.codes)
    assert not entry.allows or all(code.kind == "ignored" for code in entry.codes)
    assert set(entry.minor) <= set(answers)
    assert not entry.bits or all(code.octet.bit_count() == 1 and not code.answer.count("-") for code in entry.codes)
    assert not entry.test_name or entry.names
    assert not entry.replaces or (entry.key and load_blocklists()[entry.replaces].codes == entry.codes)


def test_a_list_that_is_on_by_default_says_who_may_use_it_and_how_to_leave_it(lists: Blocklists) -> None:
    assert all(entry.terms and entry.delist for entry in lists.chosen(None, frozenset(), forced=False).entries)


# ---- codes ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("id", "answer", "kind"),
    [
        ("spamhaus-zen", "127.0.0.2", "listed"),
        ("spamhaus-zen", "127.0.0.3", "listed"),
        ("spamhaus-zen", "127.0.0.4", "listed"),
        ("spamhaus-zen", "127.0.0.9", "listed"),
        ("spamhaus-zen", "127.0.0.10", "policy"),
        ("spamhaus-zen", "127.0.0.11", "policy"),
        ("spamhaus-zen", "127.0.0.30", "listed"),
        ("spamhaus-zen", "127.0.0.5", None),
        ("spamhaus-zen", "127.0.0.1", None),
        ("spamhaus-zen", "127.0.1.2", None),
        ("spamhaus-zen", "127.255.255.254", None),
        ("spamcop", "127.0.0.2", "listed"),
        ("psbl", "127.0.0.3", None),
        ("spamrats", "127.0.0.36", "policy"),
        ("spamrats", "127.0.0.38", "listed"),
        ("spamrats", "127.0.0.43", "listed"),
        ("dronebl", "127.0.0.1", "ignored"),
        ("dronebl", "127.0.0.255", "listed"),
        ("blocklist-de", "127.0.0.2", "listed"),
        ("blocklist-de", "127.0.0.23", "listed"),
        ("blocklist-de", "127.0.0.24", None),
        ("mailspike-rep", "127.0.0.14", "ignored"),
        ("mailspike-rep", "127.0.0.10", "listed"),
        ("suomispam", "127.0.0.99", "ignored"),
        ("suomispam", "127.0.0.7", "listed"),
        ("suomispam", "127.0.0.255", None),
        ("dnswl", "127.0.5.3", "ignored"),
        ("spamhaus-zen-dqs", "127.0.0.30", "listed"),
        ("spamhaus-authbl", "127.0.0.20", "listed"),  # above 15
        ("spamhaus-dbl", "127.0.1.106", "listed"),
        ("spamhaus-dbl", "127.0.1.3", None),
        ("spamhaus-zrd", "127.0.2.2", "listed"),
        ("spamhaus-zrd", "127.0.2.24", "listed"),
        ("spamhaus-zrd", "127.0.2.25", None),
        ("abusix", "127.0.0.200", "listed"),
        ("abusix", "127.0.0.12", "policy"),
        ("abusix-dblack", "127.0.1.3", "listed"),
        ("senderscore", "127.0.0.31", "listed"),
        ("senderscore-score", "127.0.4.0", "ignored"),
        ("surbl", "127.0.0.128", "listed"),
        ("surbl", "127.0.0.2", None),
        ("uribl", "127.0.0.14", "listed"),
        ("dnswl-dwl", "127.0.2.3", "ignored"),
    ],
)
def test_what_an_answer_means(lists: Blocklists, id: str, answer: str, kind: str | None) -> None:
    kinds = {code.kind for code in lists[id].meanings(answer)}
    assert kinds == ({kind} if kind else set())


@pytest.mark.parametrize(
    ("id", "answer", "refused"),
    [
        ("spamhaus-zen", "127.255.255.252", True),
        ("spamhaus-zen", "127.255.255.254", True),
        ("spamhaus-zen", "127.255.255.255", True),
        ("spamhaus-zen", "127.0.0.2", False),
        ("dnswl", "127.0.0.255", True),
        ("dnswl", "127.0.10.1", True),
        ("dnswl", "127.0.10.0", False),  # its answer for its own test entry
        ("psbl", "127.0.0.2", False),
        ("spamhaus-dbl", "127.0.1.255", True),
        ("surbl", "127.0.0.1", True),
        ("surbl", "127.0.0.65", True),
        ("surbl", "127.0.0.64", False),
        ("uribl", "127.0.0.3", True),
        ("senderscore", "127.0.0.3", False),
        ("senderscore", "127.255.255.255", True),
    ],
)
def test_which_answer_is_a_refusal(lists: Blocklists, id: str, answer: str, refused: bool) -> None:
    assert lists[id].refuses(answer) is refused


@pytest.mark.parametrize(
    ("id", "weight", "ipv6"),
    [
        ("spamhaus-zen", 5, True),
        ("spamcop", 4, False),
        ("mailspike-bl", 3, False),
        ("psbl", 3, False),
        ("uceprotect-1", 2, False),
        ("uceprotect-3", 1, False),
        ("dronebl", 2, True),
        ("blocklist-de", 2, True),
        ("spamhaus-zen-dqs", 5, True),
        ("spamhaus-dbl", 5, False),
        ("abusix", 4, True),
        ("surbl", 4, False),
    ],
)
def test_weight_and_families(lists: Blocklists, id: str, weight: int, ipv6: bool) -> None:
    assert (lists[id].weight, lists[id].ipv6) == (weight, ipv6)


# ---- selection --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "chosen"),
    [
        (ON_BY_DEFAULT, ON_BY_DEFAULT),
        (("names:dbl.example.org",), ("names:dbl.example.org",)),
        (("none",), ()),
        (("NONE",), ()),
        ((), ()),
        (("psbl",), ("psbl",)),
        (("psbl.surriel.com",), ("psbl",)),
        (("PSBL.Surriel.COM.", " spamcop "), ("psbl", "spamcop")),
        (("psbl", "psbl.surriel.com"), ("psbl",)),
        (("barracuda", "spamhaus-zen"), ("barracuda", "spamhaus-zen")),
        (("bl.example.org", "psbl"), ("bl.example.org", "psbl")),
        (("BL.example.org.",), ("bl.example.org",)),
        (("2.zone.example",), ("2.zone.example",)),
    ],
)
def test_selection(lists: Blocklists, wanted: tuple[str, ...], chosen: tuple[str, ...]) -> None:
    selected = lists.selected(wanted)
    assert ids(selected) == chosen
    assert ids(lists.selected(ids(selected))) == chosen, "what evidence keeps selects the same again"


DQS = ("spamhaus-zen-dqs", "spamhaus-authbl", "spamhaus-dbl-dqs", "spamhaus-zrd")
ABUSIX = ("abusix", "abusix-dblack")


@pytest.mark.parametrize(
    ("wanted", "keys", "chosen"),
    [
        (None, "", ON_BY_DEFAULT),
        (None, "spamhaus_dqs", (*ON_BY_DEFAULT[1:], *DQS)),  # the public mirror is not asked as well
        (None, "abusix", (*ON_BY_DEFAULT, *ABUSIX)),
        (None, "spamhaus_dqs abusix", (*ON_BY_DEFAULT[1:], *DQS, *ABUSIX)),
        (("default", "surbl"), "", (*ON_BY_DEFAULT, "surbl")),
        (("surbl", "default", "psbl"), "abusix", ("surbl", *ON_BY_DEFAULT, *ABUSIX)),
        (("spamhaus-zen",), "spamhaus_dqs", ("spamhaus-zen",)),  # what is named is what is asked
        (("spamhaus-zrd",), "spamhaus_dqs", ("spamhaus-zrd",)),
        (("none",), "spamhaus_dqs", ()),
        ((), "spamhaus_dqs", ()),
    ],
)
def test_the_lists_of_a_run(
    lists: Blocklists, wanted: tuple[str, ...] | None, keys: str, chosen: tuple[str, ...]
) -> None:
    found = lists.chosen(wanted, frozenset(keys.split()), forced=False)
    assert set(ids(found)) == set(chosen)
    assert lists.selected(ids(found)) == found, "evidence is judged without any key"


@pytest.mark.parametrize(
    ("id", "variable"), [*((i, "MXAUDIT_SPAMHAUS_DQS_KEY") for i in DQS), *((i, "MXAUDIT_ABUSIX_KEY") for i in ABUSIX)]
)
def test_a_list_whose_key_is_missing_says_where_to_put_it(lists: Blocklists, id: str, variable: str) -> None:
    with pytest.raises(CatalogError, match=f"takes a key: put it into {variable}"):
        lists.chosen((id,), frozenset(), forced=False)


def test_a_dead_zone_is_asked_when_it_must_be(lists: Blocklists) -> None:
    found = lists.chosen(("ix.dnsbl.manitu.net", "psbl"), frozenset(), forced=True)
    assert ids(found) == ("ix.dnsbl.manitu.net", "psbl")
    with pytest.raises(CatalogError, match="--force-zone"):
        lists.chosen(("ix.dnsbl.manitu.net",), frozenset(), forced=False)


def test_a_list_of_names_that_only_the_user_knows(lists: Blocklists) -> None:
    entry = lists.selected(("names:DBL.example.org",))["names:dbl.example.org"]
    assert (entry.zone, entry.names, entry.ipv4, entry.ipv6) == ("dbl.example.org", True, False, False)


def test_a_zone_that_only_the_user_knows(lists: Blocklists) -> None:
    entry = lists.selected(("bl.example.org",))["bl.example.org"]
    assert {c.kind for a in ("127.0.0.2", "127.0.0.77", "127.0.0.254") for c in entry.meanings(a)} == {"listed"}
    assert not any(entry.meanings(a) for a in ("127.0.0.1", "127.0.0.255", "127.0.1.2", "192.0.2.1", "x"))
    assert entry.refuses("127.255.255.254")
    assert (entry.weight, entry.default, entry.any_code, entry.checked) == (3, False, True, NEVER)


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (("dnsbl.sorbs.net",), "dead since 2024-06-05"),
        (("sorbs.net",), "dead since 2024-06-05"),
        (("Spam.DNSBL.Sorbs.NET.",), "dead since 2024-06-05"),
        (("psbl", "ix.dnsbl.manitu.net"), "dead since 2025-01-16"),
        (("rbl.spamhaus.org",), "it is no list"),
        (("spamhaus-zn",), "did you mean 'spamhaus-zen'"),
        (("names:dbl.sorbs.net",), "dead since 2024-06-05"),
        (("names:",), "no blocklist"),
        (("{spamhaus_dqs}.example.org",), "no blocklist"),
        (("psbl", "none"), "'none' means no blocklist"),
        (("192.0.2.1",), "no blocklist '192.0.2.1'"),
        (("2001:db8::1",), "no blocklist"),
        (("http://bl.example.org",), "no blocklist"),
        (("",), "no blocklist ''"),
        (("bl..example.org",), "no blocklist"),
        (("-bl.example.org",), "no blocklist"),
        (("bl.exämple.org",), "no blocklist"),
        (("bl.example.org\n.x",), "no blocklist"),
        ((f"{'a' * 64}.example.org",), "no blocklist"),
        ((".".join(["a" * 60] * 4),), "no blocklist"),
    ],
)
def test_what_cannot_be_selected(lists: Blocklists, wanted: tuple[str, ...], said: str) -> None:
    with pytest.raises(CatalogError) as caught:
        lists.selected(wanted)
    message = str(caught.value)
    assert said in message
    assert len(message) < 300
    assert "\n" not in message
    assert message.endswith((".", "?"))


KEY = "canary9dqs8key7canary6dqs5"


@pytest.mark.parametrize("forced", [False, True])
@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("{}.zen.dq.spamhaus.net", "blocklist spamhaus-zen-dqs takes a key"),
        (" {}.ZEN.DQ.Spamhaus.NET. ", "blocklist spamhaus-zen-dqs takes a key"),
        ("names:{}.dbl.dq.spamhaus.net", "blocklist spamhaus-dbl-dqs takes a key"),
        ("{}.sbl.dq.spamhaus.net", "blocklists there (spamhaus-zen-dqs, "),
        ("{}.combined.mail.abusix.zone", "blocklist abusix takes a key"),
        ("{}.white.mail.abusix.zone", "MXAUDIT_ABUSIX_KEY"),
        ("x.{}.zrd.dq.spamhaus.net", "blocklist spamhaus-zrd takes a key"),
        ("{}.zen.dq.spamhaus.net..", "put it into MXAUDIT_SPAMHAUS_DQS_KEY, and name the list by its id."),
        ("dns://{}.zen.dq.spamhaus.net/", "MXAUDIT_SPAMHAUS_DQS_KEY"),
        ("{}\u3002zen.dq.spamhaus.net", "MXAUDIT_SPAMHAUS_DQS_KEY"),
        ("zen.dq.spamhaus.net", "blocklist spamhaus-zen-dqs takes a key"),
    ],
)
def test_a_zone_that_holds_a_key_is_refused_and_not_repeated(
    lists: Blocklists, word: str, said: str, forced: bool
) -> None:
    with pytest.raises(CatalogError) as caught:
        lists.chosen(("psbl", word.format(KEY.upper())), frozenset({"spamhaus_dqs", "abusix"}), forced=forced)
    assert said in str(caught.value)
    assert KEY not in str(caught.value).lower()


@pytest.mark.parametrize("zone", ["zen.spamhaus.org", "dq.spamhaus.example", "bl.mail.example.zone"])
def test_a_zone_elsewhere_holds_no_key(lists: Blocklists, zone: str) -> None:
    assert [entry.zone for entry in lists.selected((zone,)).entries] == [zone]


@pytest.mark.parametrize(
    ("zone", "dead"),
    [
        ("sorbs.net", True),
        ("dul.dnsbl.sorbs.net", True),
        ("notsorbs.net", False),
        ("sorbs.net.example.org", False),
        ("cbl.abuseat.org", True),
        ("x.cbl.abuseat.org", False),
        ("abuseat.org", False),
        ("bl.spamcannibal.org", True),
        ("zen.spamhaus.org", False),
        ("", False),
    ],
)
def test_which_zone_is_dead(lists: Blocklists, zone: str, dead: bool) -> None:
    assert (lists.is_dead(zone) is not None) is dead


@pytest.mark.parametrize(
    "zone",
    [
        "dnsbl.sorbs.net",
        "ix.dnsbl.manitu.net",
        "ubl.unsubscore.com",
        "ubl.lashback.com",
        "db.wpbl.info",
        "spam.dnsbl.anonmails.de",
        "dnsbl.inps.de",
        "dnsbl.burnt-tech.com",
        "bl.emailbasura.org",
        "dnsbl.ahbl.org",
        "tor.ahbl.org",
        "dnsbl.njabl.org",
        "relays.ordb.org",
        "abuse.rfc-ignorant.org",
        "list.dsbl.org",
        "cbl.abuseat.org",
        "combined.rbl.msrbl.net",
        "virbl.bit.nl",
        "virbl.dnsbl.bit.nl",
        "dnsbl.cyberlogic.net",
        "wormrbl.imp.ch",
        "combined.abuse.ch",
        "drone.abuse.ch",
        "spam.abuse.ch",
        "exitnodes.tor.dnsbl.sectoor.de",
        "sbl.nszones.com",
        "blackholes.five-ten-sg.com",
        "bl.deadbeef.com",
        "black.dnsbl.brukalai.lt",
        "opm.tornevall.org",
        "rbl.spamhaus.org",
        "dnsbl.abusix.net",
        "bl.spamcannibal.org",
    ],
)
def test_a_list_that_ended_is_never_asked(lists: Blocklists, zone: str) -> None:
    with pytest.raises(CatalogError, match="cannot be used"):
        lists.selected((zone,))


def test_a_dead_zone_is_refused_even_in_an_empty_catalogue(lists: Blocklists) -> None:
    with pytest.raises(CatalogError):
        replace(lists, entries=()).selected(("db.wpbl.info",))


def test_an_id_that_is_not_there(lists: Blocklists) -> None:
    with pytest.raises(KeyError):
        lists["sorbs"]
