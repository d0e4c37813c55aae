"""Real Postfix and Exim that send, a server that refuses, and the bounces that they make of it.

The refusing server answers RCPT, or the end of the data, by the local part; the mail that nobody gets is the one that
comes back to it. Postfix gives up after the first try (`maximal_queue_lifetime = 0`), and so does Exim, which has no
rules for trying again. One domain leads to a port where nobody listens, one must be reached by TLS, one is refused by a
real Postfix.
"""

from __future__ import annotations

import shutil
import socketserver
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from smtplib import SMTP
from types import MappingProxyType

from tests.real.daemons import program
from tests.real.mail_daemons import ADDRESS, free, running

PATIENCE = 120.0  # seconds for all bounces of one server
SENDER = "author@news.test"
MAIN = """
compatibility_level = 3.6
myhostname = out.news.test
mydestination = local.test
mynetworks = 127.0.0.0/8
inet_interfaces = {address}
inet_protocols = ipv4
queue_directory = {directory}/queue
data_directory = {directory}/data
maillog_file = {directory}/mail.log
maillog_file_prefixes = {directory}
local_recipient_maps =
alias_maps =
smtpd_reject_unlisted_recipient = no
disable_dns_lookups = yes
smtp_address_preference = ipv4
relayhost = [{address}]:{refuser}
transport_maps = inline:{{ {{ tls.test = smtp:[localhost]:{refuser} }} {{ down.test = smtp:[{address}]:{closed} }}
  {{ real.test = smtp:[{address}]:{real} }} {{ elsewhere.test = smtp:[{address}]:{real} }}
  {{ closed.test = error:5.1.2 the domain closed.test is unknown here }} }}
smtp_tls_policy_maps = inline:{{ {{ [localhost]:{refuser} = encrypt }} }}
maximal_queue_lifetime = 0
bounce_queue_lifetime = 0
queue_run_delay = 1s
minimal_backoff_time = 1s
message_size_limit = 100000
"""
MASTER = """
{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
error unix - - n - - error
retry unix - - n - - error
smtp unix - - n - - smtp
tlsmgr unix - - n 1000? 1 tlsmgr
scache unix - - n - 1 scache
proxymap unix - - n - - proxymap
anvil unix - - n - 1 anvil
local unix - n n - - local
postlog unix-dgram n - n - 1 postlogd
"""
EXIM = """
primary_hostname = out.news.test
spool_directory = {directory}/spool
log_file_path = {directory}/%slog
exim_path = {program}
trusted_users = root
never_users =
keep_environment =
disable_ipv6
begin routers
local:
  driver = accept
  domains = local.test
  local_parts = ok
  transport = remote
  no_more
unknown:
  driver = redirect
  domains = closed.test
  data = :fail: the domain closed.test is unknown here
  allow_fail
known:
  driver = manualroute
  domains = ! local.test
  route_list = * {address} byname
  self = send
  transport = ${{if eq{{$domain}}{{down.test}}{{down}}{{${{if eq{{$domain}}{{tls.test}}{{tls}}\
    {{${{if match_domain{{$domain}}{{real.test:elsewhere.test}}{{real}}{{remote}}}}}}}}}}}}
begin transports
remote:
  driver = smtp
  port = {refuser}
  hosts_try_fastopen =
  allow_localhost
tls:
  driver = smtp
  port = {refuser}
  hosts_require_tls = *
  allow_localhost
down:
  driver = smtp
  port = {closed}
  allow_localhost
real:
  driver = smtp
  port = {real}
  allow_localhost
"""
# Of each local part: at which command it is refused, and how.
REFUSALS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "unknown": ("RCPT", "550 5.1.1 User unknown"),
        "nosuch": ("RCPT", "550 No such user here"),
        "vmail": ("RCPT", "550 5.1.1 Recipient address rejected: User unknown in virtual mailbox table"),
        "disabled": ("RCPT", "550 5.2.1 The email account that you tried to reach is disabled"),
        "full": ("RCPT", "552 5.2.2 Mailbox full"),
        "quota": ("RCPT", "452 4.2.2 The email account that you tried to reach is over quota"),
        "grey": ("RCPT", "450 4.2.0 Greylisted, see http://postgrey.schweikert.ch/help/far.test.html"),
        "grey2": ("RCPT", "451 4.7.1 Greylisting in action, please come back later"),
        "listed": ("RCPT", "554 5.7.1 Service unavailable; Client host [192.0.2.7] blocked using zen.spamhaus.org"),
        "listed2": ("RCPT", "550 rejected because 192.0.2.7 is in a black list at bl.spamcop.net"),
        "policy": ("RCPT", "550 5.7.1 Administrative prohibition by policy"),
        "relay": ("RCPT", "554 5.7.1 Relay access denied"),
        "relay2": ("RCPT", "550 relay not permitted"),
        "spf": ("RCPT", "550 5.7.23 SPF validation failed"),
        "ptr": ("RCPT", "450 4.7.25 Client host rejected: cannot find your hostname, [192.0.2.7]"),
        "rate": ("RCPT", "450 4.7.1 Too many messages from you, slow down"),
        "busy": ("RCPT", "451 4.3.0 Temporary internal error"),
        "sender": ("RCPT", "550 5.1.8 Sender address rejected: Domain not found"),
        "auth": ("RCPT", "530 5.7.0 Authentication required"),
        "tlsonly": ("RCPT", "530 5.7.0 Must issue a STARTTLS command first"),
        "spam": ("DATA", "554 5.7.1 Message rejected as spam by the content filter"),
        "virus": ("DATA", "554 5.6.0 Message contains a virus: Eicar-Test-Signature"),
        "large": ("DATA", "552 5.3.4 Message size exceeds fixed limit"),
        "dmarc": ("DATA", "550 5.7.26 DMARC check failed: the policy of news.test is reject"),
        "dkim": ("DATA", "550 5.7.20 No valid DKIM signature found"),
        "later": ("DATA", "451 4.3.2 Please try again later, system not accepting mail"),
        "lines": ("DATA", "550-5.7.1 This mail was\r\n550-5.7.1 taken for\r\n550 5.7.1 unsolicited bulk mail"),
    }
)


class _Handler(socketserver.StreamRequestHandler):
    """One session of the server that refuses."""

    server: Refuser
    timeout = 60

    def handle(self) -> None:
        self._say("220 mx.far.test ESMTP")
        sender, refusal = "", ""
        while line := self.rfile.readline(4096).decode("ascii", "replace").rstrip():
            command = line[:4].upper()
            if command == "EHLO":
                self._say("250-mx.far.test\r\n250-8BITMIME\r\n250 ENHANCEDSTATUSCODES")
            elif command == "MAIL":
                sender, refusal = line, ""
                self._say("250 2.1.0 Ok")
            elif command == "RCPT":
                stage, reply = REFUSALS.get(line.partition("<")[2].partition("@")[0], ("", ""))
                refusal = reply if stage == "DATA" else refusal
                self._say(reply if stage == "RCPT" else "250 2.1.5 Ok")
            elif command == "DATA":
                self._say("354 Go on")
                mail = self._data()
                if "<>" in sender and not refusal:
                    self.server.bounces.append(mail)
                self._say(refusal or "250 2.0.0 Ok")
            else:
                self._say("221 2.0.0 Bye" if command == "QUIT" else "250 2.0.0 Ok")
                if command == "QUIT":
                    return

    def _data(self) -> bytes:
        lines = []
        while (line := self.rfile.readline(100_000)) not in {b".\r\n", b""}:
            lines.append(line[1:] if line.startswith(b".") else line)
        return b"".join(lines)

    def _say(self, reply: str) -> None:
        self.wfile.write(f"{reply}\r\n".encode())


class Refuser(socketserver.ThreadingTCPServer):
    """The server that refuses; `bounces` are the mails from nobody that it took."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        self.bounces: list[bytes] = []
        super().__init__((ADDRESS, 0), _Handler)

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def wait_for(self, count: int) -> list[bytes]:
        """So many bounces, or as many as came in time."""
        until = time.monotonic() + PATIENCE
        while len(self.bounces) < count and time.monotonic() < until:
            time.sleep(0.1)
        return list(self.bounces)


@contextmanager
def refusing() -> Iterator[Refuser]:
    with Refuser() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join(timeout=10)


def mail(recipient: str, size: int = 0) -> bytes:
    """A mail to a recipient, whose Message-ID tells it."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = SENDER, recipient, "The news of November"
    message["Message-ID"] = f"<{recipient.replace('@', '.at.')}@news.test>"
    message.set_content("Good morning.\n" + "All of this is padding.\n" * (size // 24))
    return message.as_bytes()


@dataclass(frozen=True)
class Sent:
    """What came of mails that were sent: the bounces, and the sending server's own log."""

    bounces: tuple[bytes, ...]
    log: bytes


def from_postfix(directory: Path, refuser: Refuser, real: int, recipients: Mapping[str, int]) -> Sent:
    """What Postfix makes of mails to recipients, each of a size."""
    port = free()
    for name in ("queue", "data"):
        (directory / name).mkdir()
    shutil.chown(directory / "data", "postfix")
    places = {"address": ADDRESS, "directory": directory, "refuser": refuser.port, "closed": free(), "real": real}
    (directory / "main.cf").write_text(MAIN.format(**places))
    (directory / "master.cf").write_text(MASTER.format(port=f"{ADDRESS}:{port}"))
    for name in ("postfix-files", "dynamicmaps.cf"):
        (directory / name).write_text("")
    command = (program("postfix") or "postfix", "-c", str(directory))
    with running(directory, "postfix", (*command, "start-fg"), port):
        try:
            with SMTP(ADDRESS, port, timeout=60) as client:
                for recipient, size in recipients.items():
                    client.sendmail(SENDER, [recipient], mail(recipient, size))
            bounces = tuple(refuser.wait_for(len(recipients)))
        finally:  # the program in front goes, and leaves the master to itself
            subprocess.run((*command, "stop"), capture_output=True, timeout=60, check=True)
    return Sent(bounces, (directory / "mail.log").read_bytes())


def from_exim(directory: Path, refuser: Refuser, real: int, recipients: Mapping[str, int]) -> Sent:
    """What Exim makes of mails to recipients, each of a size."""
    (directory / "spool").mkdir()
    for name in (".", "spool"):
        shutil.chown(directory / name, "Debian-exim", "Debian-exim")
    config = directory / "exim.conf"
    places = {"address": ADDRESS, "directory": directory, "refuser": refuser.port, "closed": free(), "real": real}
    exim = program("exim4") or "exim4"
    config.write_text(EXIM.format(program=exim, **places))
    for recipient, size in recipients.items():
        subprocess.run(
            (exim, "-C", str(config), "-odi", "-f", SENDER, recipient),
            input=mail(recipient, size),
            capture_output=True,
            timeout=60,
            check=False,
        )
    return Sent(tuple(refuser.wait_for(len(recipients))), (directory / "mainlog").read_bytes())
