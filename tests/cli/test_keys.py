"""Keys of blocklists come from the environment, go over the wire, and are nowhere in what a run leaves behind."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import dns.edns
import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset
import pytest

from audit.model.probe import Question
from audit.network.dns.resolver import Resolver
from tests.cli.command import Done, beside, mxaudit

DQS, ABUSIX = "canary9DQS8key7canary6DQS5", "canary4abusix3key2canary1abusix0"
VARIABLES = {"MXAUDIT_SPAMHAUS_DQS_KEY": DQS, "MXAUDIT_ABUSIX_KEY": ABUSIX}
ZONES = {
    f"{DQS}.zen.dq.spamhaus.net.": "127.0.0.2",
    f"{DQS}.dbl.dq.spamhaus.net.": "127.0.1.2",
    f"{ABUSIX}.combined.mail.abusix.zone.": "127.0.0.2",
    f"{ABUSIX}.dblack.mail.abusix.zone.": "127.0.1.1",
}
PLAIN = {
    "listed.example. MX": "10 mx.listed.example.",
    "mx.listed.example. A": "192.0.2.66",
    "listed.example. TXT": '"v=spf1 mx -all"',
    "listed.example. SOA": "ns.listed.example. h.listed.example. 1 2 3 4 5",
    ". SOA": "a. b. 1 2 3 4 5",
}
ON_THE_LIST = ("2.0.0.127.", "66.2.0.192.", "listed.example.", "dbltest.com.", "test.", "2.0.0.0.f.7.f.f.f.f.")


@dataclass
class Parrot(asyncio.DatagramProtocol):
    """A resolver that answers for everybody, and repeats the name that it was asked wherever a message has room."""

    heard: list[str] = field(default_factory=list)
    transport: Any = None

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:
        self.transport.sendto(self.reply(dns.message.from_wire(data)).to_wire(), addr)

    def reply(self, asked: dns.message.Message) -> dns.message.Message:
        name, kind = asked.question[0].name.to_text().lower(), dns.rdatatype.to_text(asked.question[0].rdtype)
        self.heard.append(name)
        message = dns.message.make_response(asked, recursion_available=True)
        zone = next((z for z in ZONES if name.endswith(f".{z}".lower())), None)
        if zone is None:
            told = PLAIN.get(f"{name} {kind}")
            if told:
                message.answer.append(dns.rrset.from_text(name, 60, "IN", kind, told))
            else:
                message.set_rcode(dns.rcode.NXDOMAIN)
            return message
        message.use_edns(0, options=[dns.edns.EDEOption(dns.edns.EDECode.OTHER, f"about {name}")])
        if name.startswith("66.2.0.192.") and "abusix" in zone:
            message.set_rcode(dns.rcode.SERVFAIL)
        elif not name.startswith(ON_THE_LIST):
            message.set_rcode(dns.rcode.NXDOMAIN)
            message.authority.append(dns.rrset.from_text(zone, 60, "IN", "SOA", f"ns.{zone} h.{zone} 1 2 3 4 5"))
        elif kind == "TXT":
            key = zone.partition(".")[0]
            message.answer.append(
                dns.rrset.from_text(
                    name, 60, "IN", "TXT", f'"https://check.example/?key={key.upper()}"', f'"key {key[:7]}" "{key[7:]}"'
                )
            )
        else:
            alias = f"alias.{zone}"
            message.answer.append(dns.rrset.from_text(name, 60, "IN", "CNAME", alias))
            message.answer.append(dns.rrset.from_text(alias, 60, "IN", "A", ZONES[zone]))
        return message


@asynccontextmanager
async def parrot() -> AsyncIterator[tuple[Parrot, int]]:
    transport, served = await asyncio.get_running_loop().create_datagram_endpoint(Parrot, local_addr=("127.0.0.1", 0))
    try:
        yield served, transport.get_extra_info("sockname")[1]
    finally:
        transport.close()


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable, key in VARIABLES.items():
        monkeypatch.setenv(variable, key)


def everything(done: Done, directory: Path) -> dict[str, str]:
    """All that a run says and writes, in lower case."""
    said = {"standard output": done.out.decode(), "standard error": done.err}
    files = {str(p): p.read_text("utf-8") for p in directory.rglob("*") if p.is_file()}
    return {place: text.lower() for place, text in {**said, **files}.items()}


@pytest.mark.usefixtures("keys")
def test_a_key_is_in_nothing_that_a_run_leaves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    listed = tmp_path / "domains.txt"
    listed.write_text("listed.example\n")
    whole = Resolver.ask

    def faulty(self: Resolver, question: Question, done: Any, failed: Any) -> None:
        if question.name.startswith("nobody-"):
            raise ValueError(question.name)  # a fault of ours that has the key in its hands
        whole(self, question, done, failed)

    monkeypatch.setattr(Resolver, "ask", faulty)
    with beside(parrot()) as (served, port):
        options = ("--nameserver", f"127.0.0.1:{port}", "--allow-net", "192.0.2.0/24", "--no-smtp", "-v")
        lists = "spamhaus-zen-dqs,spamhaus-dbl-dqs,abusix,abusix-dblack"
        out = tmp_path / "out"
        more = ("-o", f"text={tmp_path / 'report.txt'}", "-o", f"md={tmp_path / 'report.md'}")
        done = mxaudit("run", listed, "--out-dir", out, "--dnsbl", lists, "--fail-on", "never", *more, *options)
        again = mxaudit("judge", out, "--out-dir", tmp_path / "again", "--fail-on", "never")
        doctor = mxaudit("doctor", *options)
    assert "ValueError" in done.err
    for key in (DQS, ABUSIX):
        assert any(f".{key.lower()}." in name for name in served.heard), "the list itself is told"
        for result in (done, again, doctor):
            assert [place for place, text in everything(result, tmp_path).items() if key.lower() in text] == []
    evidence = (out / "evidence.jsonl").read_text()
    assert "66.2.0.192.{spamhaus_dqs}.zen.dq.spamhaus.net" in evidence
    assert "alias.{spamhaus_dqs}.zen.dq.spamhaus.net" in evidence
    report = (out / "report.json").read_text()
    assert "192.0.2.66 is on the blocklist spamhaus-zen-dqs" in report
    assert "https://check.example/?key={spamhaus_dqs}" in report


def test_a_list_that_takes_a_key_says_where_to_put_it() -> None:
    done = mxaudit("check", "story.example", "--dnsbl", "spamhaus-zrd", "--nameserver", "127.0.0.1:9")
    assert (done.code, done.out) == (2, b"")
    assert done.sentences == ["mxaudit: The blocklist spamhaus-zrd takes a key: put it into MXAUDIT_SPAMHAUS_DQS_KEY."]


def test_what_is_no_key_is_refused_and_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MXAUDIT_ABUSIX_KEY", "secret key")
    done = mxaudit("check", "story.example", "--nameserver", "127.0.0.1:9")
    assert done.code == 2
    assert done.sentences == ["mxaudit: MXAUDIT_ABUSIX_KEY holds no key: a key is 16 letters and digits, or more."]


@pytest.mark.usefixtures("keys")
@pytest.mark.parametrize("command", ["run", "gather", "check", "doctor"])
@pytest.mark.parametrize("zone", [f"{DQS}.zen.dq.spamhaus.net", f"psbl,names:{DQS.upper()}.DBL.dq.spamhaus.net."])
def test_a_key_in_the_name_of_a_zone_is_refused_and_written_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str, zone: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("domains.txt").write_text("story.example\n")
    words = ("story.example",) if command == "check" else ()
    done = mxaudit(command, *words, "--dnsbl", zone, "--force-zone", "-v", "--nameserver", "127.0.0.1:9")
    assert (done.code, len(done.sentences)) == (2, 1)
    assert "put it into MXAUDIT_SPAMHAUS_DQS_KEY, and name the list by its id." in done.err
    assert [place for place, text in everything(done, tmp_path).items() if DQS.lower() in text] == []
    assert [p.name for p in tmp_path.iterdir()] == ["domains.txt"]


def test_doctor_tells_of_lists_that_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MXAUDIT_ABUSIX_KEY", ABUSIX)
    with beside(parrot()) as (_, port):
        done = mxaudit("doctor", "--nameserver", f"127.0.0.1:{port}", "--no-smtp", "--dnsbl", "none")
    text = done.out.decode()
    assert "Blocklists left out, since they take a key: spamhaus-zen-dqs, " in text
    assert "Put the key into MXAUDIT_SPAMHAUS_DQS_KEY to ask them." in text
    assert "MXAUDIT_ABUSIX_KEY" not in text


def test_a_dead_list_is_asked_only_by_force() -> None:
    options = ("--nameserver", "127.0.0.1:9", "--dns-timeout", "0.2", "--no-smtp", "--timeout", "2")
    refused = mxaudit("check", "story.example", "--dnsbl", "ix.dnsbl.manitu.net", *options)
    assert (refused.code, refused.out) == (2, b"")
    (sentence,) = refused.sentences
    assert sentence.startswith("mxaudit: The blocklist ix.dnsbl.manitu.net cannot be used: it is dead since 2025-01-16")
    assert sentence.endswith("--force-zone asks it all the same.")
    forced = mxaudit("check", "story.example", "--dnsbl", "ix.dnsbl.manitu.net", "--force-zone", *options)
    assert forced.code == 3
