"""What each finding on a change means, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from audit.desk.propagation.verdict import CopyState, Doubt, Note, ServerState, Spread
from audit.model.probe import DnsStatus

HEADLINES: Mapping[Spread, str] = MappingProxyType(
    {
        Spread.EVERYWHERE: "everywhere.",
        Spread.NOT_YET: "not yet everywhere.",
        Spread.UNKNOWN: "whether it is everywhere cannot be told.",
    }
)
SERVERS: Mapping[ServerState, str] = MappingProxyType(
    {
        ServerState.CURRENT: "current",
        ServerState.BEHIND: "behind, with an older serial",
        ServerState.DIFFERS: "differs from the others, and no serial tells which is newer",
        ServerState.UNPUBLISHED: "not what is expected",
        ServerState.VARIES: "varies, by place or in turn",
        ServerState.UNKNOWN: "unknown",
    }
)
NOTHING: Mapping[DnsStatus, str] = MappingProxyType(
    {
        DnsStatus.NODATA: "no such record",
        DnsStatus.NXDOMAIN: "that the name does not exist",
        DnsStatus.REFUSED: "a refusal",
        DnsStatus.SERVFAIL: "a failure",
        DnsStatus.LAME: "a denial in the name of another zone",
    }
)
UNTIL = frozenset({CopyState.LAG, CopyState.NEGATIVE_CACHE})
STATES: Mapping[CopyState, str] = MappingProxyType(
    {
        CopyState.LAG: "Older records, which it may keep {end}.",
        CopyState.NEGATIVE_CACHE: "It asked before the records were there, and may keep the denial {end}.",
        CopyState.STALE: "Older than its end: it gives out what it had before, as it could not or did not ask anew "
        "(RFC 8767). When that ends, it does not tell.",
        CopyState.INCONSISTENT_ZONE: "{server} still says the same. It may keep that {end}, and fetch it from there "
        "again.",
        CopyState.SPLIT: "Another view of the zone: answers go by place or network, or this resolver holds a zone of "
        "its own. Whether that is up to date cannot be told from here.",
        CopyState.FILTERED: "It withholds the name on purpose.",
        CopyState.REWRITTEN: "It puts answers of its own where a name or a type does not exist.",
    }
)
NOTES: Mapping[Note, str] = MappingProxyType(
    {
        Note.SEVERAL_CACHES: "Behind its address are {caches} caches or more, each with an end of its own.",
        Note.TTL_RAISED: "It keeps this longer than the zone says, or the TTL was lowered after it asked.",
        Note.TTL_FIXED: "Its TTL does not count down, so its end is not to be believed.",
        Note.OTHER_RECORDS: "Beside what is expected it has other records than the servers.",
        Note.SILENT_ONCE: "It did not answer each time that it was asked.",
        Note.INVENTS: "It answers for names that do not exist.",
    }
)
DOUBTS: Mapping[Doubt, str] = MappingProxyType(
    {
        Doubt.UNPUBLISHED: "The zone itself does not have what is expected.",
        Doubt.INCONSISTENT: "The zone's servers disagree: a resolver may fetch the old records again.",
        Doubt.SERVERS_UNHEARD: "Not every server of the zone was heard, and one may still have something else.",
        Doubt.RESOLVERS_UNHEARD: "Not every resolver could be judged.",
        Doubt.STALE: "A resolver gives out records beyond their end.",
        Doubt.NO_END: "A copy does not tell its end.",
        Doubt.SEVERAL_CACHES: "A resolver has several caches, and some may end later than those that were met.",
    }
)
SERVERS_MENDED: Mapping[ServerState, str] = MappingProxyType(
    {
        ServerState.BEHIND: "Find out why the zone transfer does not reach the server that is behind: the serial must "
        "grow, NOTIFY must get there (RFC 1996), and the primary must let it fetch the zone.",
        ServerState.DIFFERS: "Let all servers of the zone hold the same: with two DNS providers, make each change at "
        "both; with one primary, raise the serial and look at the transfer.",
        ServerState.UNPUBLISHED: "Publish what is expected at the zone's servers, or correct what you expect; waiting "
        "alone changes nothing.",
        ServerState.UNKNOWN: "See why a server of the zone does not answer, or take it out of the delegation.",
    }
)
COPIES_MENDED: Mapping[CopyState, str] = MappingProxyType(
    {
        CopyState.LAG: "wait, and keep what the old records lead to working until then. Before the next change lower "
        "the TTL, as long ahead as the old TTL lasts.",
        CopyState.NEGATIVE_CACHE: "wait; and next time look a new name up only after it is published.",
        CopyState.STALE: "see that the resolver reaches the zone's servers; its operator can drop the name from its "
        "cache (Google and Cloudflare have a page for that).",
        CopyState.SPLIT: "ask from the network that matters, or with --expect what that view should hold.",
        CopyState.FILTERED: "waiting does not mend that. Ask the resolver's operator why the name is withheld.",
        CopyState.REWRITTEN: "waiting does not mend that. Judge by other resolvers: through this one absence "
        "cannot be seen.",
    }
)
