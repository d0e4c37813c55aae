"""Postfix, Exim and Dovecot, each with as little configuration as makes them refuse: what they say is theirs.

Exim speaks on its standard input as if to a client (`-bh`); Postfix and Dovecot listen on loopback. Each has a
directory of its own, and users as their packages make them.
"""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from audit.lab.pki import Credentials, pem
from tests.real.daemons import Daemons, listens, program

ADDRESS = "127.0.0.1"
IDLE = 10.0  # seconds
CLIENT = "192.0.2.7"
DOVECOT_LMTP = Path("/usr/lib/dovecot/lmtp")  # in a package of its own

EXIM = """
primary_hostname = mx.real.test
spool_directory = {directory}/spool
log_file_path = {directory}/%slog
domainlist local_domains = real.test
acl_smtp_rcpt = rcpt
acl_smtp_data = data
message_size_limit = 10K
tls_advertise_hosts =
smtp_max_synprot_errors = 20
begin acl
rcpt:
  defer local_parts = grey
        message = Greylisted, please try again later
  deny local_parts = listed
       message = rejected because $sender_host_address is in a black list at zen.spamhaus.org
  accept domains = +local_domains
         endpass
         verify = recipient
  deny message = relay not permitted
data:
  deny message = This message scored 11.2 spam points.
begin routers
broken:
  driver = redirect
  domains = real.test
  local_parts = broken
  data = :defer: lookup failed
users:
  driver = accept
  domains = real.test
  local_parts = ok
  transport = drop
begin transports
drop:
  driver = appendfile
  file = /dev/null
"""
EXIM_MX = """
primary_hostname = {host}
spool_directory = {directory}/spool
log_file_path = {directory}/%slog
pid_file_path = {directory}/exim.pid
domainlist local_domains = {domain}
acl_smtp_rcpt = rcpt
message_size_limit = 20M
tls_advertise_hosts = *
tls_certificate = {directory}/chain.pem
tls_privatekey = {directory}/key.pem
host_lookup =
rfc1413_hosts =
queue_only
begin acl
rcpt:
  accept domains = +local_domains
  deny message = relay not permitted
begin routers
users:
  driver = accept
  transport = drop
begin transports
drop:
  driver = appendfile
  file = /dev/null
  user = nobody
"""
POSTFIX = """
compatibility_level = 3.6
myhostname = mx.real.test
mydestination = real.test
mynetworks =
inet_interfaces = {address}
inet_protocols = ipv4
queue_directory = {directory}/queue
data_directory = {directory}/data
maillog_file = /dev/stdout
maillog_file_prefixes = /dev
local_recipient_maps = inline:{{ ok=1 full=1 }}
message_size_limit = 10000
disable_dns_lookups = yes
smtpd_client_restrictions =
smtpd_helo_required = yes
smtpd_helo_restrictions = reject_non_fqdn_helo_hostname
smtpd_sender_restrictions = check_sender_access inline:{{ banned@b.example=REJECT }}
smtpd_relay_restrictions = reject_unauth_destination
smtpd_recipient_restrictions = check_recipient_access inline:{{
  {{ grey@real.test = 450 4.2.0 Greylisted, see http://postgrey.schweikert.ch/help/real.test.html }} }}
smtpd_error_sleep_time = 0
smtpd_hard_error_limit = 40
"""
MASTER = """
{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
error unix - - n - - error
proxymap unix - - n - - proxymap
anvil unix - - n - 1 anvil
local unix - n n - - local
postlog unix-dgram n - n - 1 postlogd
"""
DOVECOT = """
base_dir = {directory}/run
state_dir = {directory}/state
log_path = {directory}/dovecot.log
protocols = lmtp
ssl = no
mail_location = maildir:{directory}/mail/%n
first_valid_uid = 1
passdb {{
  driver = passwd-file
  args = {directory}/users
}}
userdb {{
  driver = passwd-file
  args = {directory}/users
}}
service lmtp {{
  inet_listener lmtp {{
    address = {address}
    port = {port}
  }}
}}
"""


def missing(*programs: str) -> list[str]:
    """Those that cannot run here: not installed, or without the user that its package makes."""
    users = {"exim4": "Debian-exim", "postfix": "postfix", "dovecot": "dovecot"}
    known = {entry.pw_name for entry in pwd.getpwall()}
    found = {name for name in programs if program(name) and users[name] in known and os.geteuid() == 0}
    return [name for name in programs if name not in found or (name == "dovecot" and not DOVECOT_LMTP.exists())]


def needed(name: str) -> None:
    """Skip where a server cannot run, unless it must."""
    if not missing(name):
        return
    reason = f"{name} is not installed, lacks a user of its own, or this is not root"
    if os.environ.get("REQUIRE_REAL") == "1":
        pytest.fail(f"REQUIRE_REAL is set, but {reason}", pytrace=False)
    pytest.skip(reason)


def exim(directory: Path, commands: tuple[str, ...]) -> str:
    """What Exim answers to commands of a client."""
    config = directory / "exim.conf"
    config.write_text(EXIM.format(directory=directory))
    done = subprocess.run(
        (program("exim4") or "exim4", "-C", str(config), "-bh", CLIENT),
        input="".join(f"{c}\r\n" for c in commands),
        capture_output=True,
        text=True,
        timeout=IDLE,
        check=False,
    )
    return done.stdout


@contextmanager
def exim_mx(directory: Path, host: str, credentials: Credentials) -> Iterator[int]:
    """Exim as a domain's mail host with STARTTLS, on a port of loopback. Its TLS is GnuTLS."""
    port = free()
    (directory / "chain.pem").write_bytes(b"".join(map(pem, credentials.chain)))
    (directory / "key.pem").write_bytes(
        credentials.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    (directory / "spool").mkdir()
    for name in (".", "spool", "key.pem"):
        shutil.chown(directory / name, "Debian-exim", "Debian-exim")
    config = directory / "exim.conf"
    config.write_text(EXIM_MX.format(directory=directory, host=host, domain=host.split(".", 1)[1]))
    command = (program("exim4") or "exim4", "-C", str(config), "-bdf", "-oX", f"<; [{ADDRESS}]:{port}")
    with running(directory, "exim4", command, port):
        yield port


@contextmanager
def postfix(directory: Path) -> Iterator[int]:
    """Postfix on a port of loopback, ended with all its processes."""
    port = free()
    for name in ("queue", "data"):
        (directory / name).mkdir()
    shutil.chown(directory / "data", "postfix")
    (directory / "main.cf").write_text(POSTFIX.format(directory=directory, address=ADDRESS))
    (directory / "master.cf").write_text(MASTER.format(port=f"{ADDRESS}:{port}"))
    for name in ("postfix-files", "dynamicmaps.cf"):
        (directory / name).write_text("")
    command = (program("postfix") or "postfix", "-c", str(directory))
    with running(directory, "postfix", (*command, "start-fg"), port):
        try:
            yield port
        finally:  # the program in front goes, and leaves the master to itself
            subprocess.run((*command, "stop"), capture_output=True, timeout=IDLE, check=True)


@contextmanager
def dovecot(directory: Path) -> Iterator[int]:
    """Dovecot's LMTP on a port of loopback."""
    port = free()
    (directory / "users").write_text("ok@real.test:{PLAIN}x:8:8::/tmp::\n")
    config = directory / "dovecot.conf"
    config.write_text(DOVECOT.format(directory=directory, address=ADDRESS, port=port))
    with running(directory, "dovecot", (program("dovecot") or "dovecot", "-F", "-c", str(config)), port):
        yield port


@contextmanager
def running(directory: Path, name: str, command: tuple[str, ...], port: int) -> Iterator[None]:
    """A server that listens on a port, ended at the end."""
    daemons = Daemons(directory)
    try:
        daemons.start(name, command, listens(ADDRESS, port))
        yield
    finally:
        daemons.stop()


def free() -> int:
    """A port of loopback where nobody listens."""
    with socket.create_server((ADDRESS, 0)) as probe:
        return int(probe.getsockname()[1])


def said(port: int, commands: tuple[str, ...]) -> list[str]:
    """The reply to the greeting and to each command, said one after the other."""
    with socket.create_connection((ADDRESS, port), timeout=IDLE) as connection, connection.makefile("rb") as lines:
        found = [_reply(lines)]
        for command in commands:
            connection.sendall(f"{command}\r\n".encode())
            found.append(_reply(lines))
    return found


def _reply(lines: IO[bytes]) -> str:
    """One reply, all its lines."""
    found = ""
    while line := lines.readline().decode("ascii", "replace"):
        found += line.replace("\r\n", "\n")
        if line[3:4] != "-":
            break
    return textwrap.dedent(found).strip("\n")
