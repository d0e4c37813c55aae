"""A real submission server: Postfix on 25, 465 and 587, whose logins Dovecot checks (RFC 6409, RFC 4954).

Postfix listens on loopback addresses of a place of its own: on one with a good certificate, on one with an expired one,
on one without TLS. It takes mail and throws it away. Dovecot knows one user; it keeps the password in the clear, as
CRAM-MD5 needs it, and does not slow down those who get it wrong.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives import serialization

from audit.lab.pki import CertificateFault, credentials, pem, root
from tests.real.daemons import Daemons, listens, program
from tests.real.place import Place

HOST = "smtp.real.test"
USER, PASSWORD = "probe@real.test", "s3cret-of-the-probe"
MECHANISMS = ("PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256")
MASTER_PROGRAM = "/usr/lib/postfix/sbin/master"
GOOD, EXPIRED, PLAIN = 21, 22, 23  # numbers of addresses
MAIN = """
compatibility_level = 3.6
myhostname = {host}
mydestination = real.test
mynetworks =
inet_protocols = ipv4
queue_directory = {directory}/queue
data_directory = {directory}/data
maillog_file = {directory}/postfix.log
maillog_file_prefixes = {directory}
local_recipient_maps =
default_transport = discard:
local_transport = discard:
disable_dns_lookups = yes
smtpd_peername_lookup = no
smtpd_tls_security_level = may
smtpd_tls_chain_files = {directory}/good.pem
smtpd_sasl_type = dovecot
smtpd_sasl_path = {directory}/run/auth-submission
smtpd_relay_restrictions = permit_sasl_authenticated, reject_unauth_destination
smtpd_error_sleep_time = 0
"""
SUBMISSION = "-o smtpd_sasl_auth_enable=yes -o smtpd_client_restrictions=permit_sasl_authenticated,reject"
MASTER = """
{good}:25 inet n - n - - smtpd
{good}:587 inet n - n - - smtpd
  -o smtpd_tls_security_level=encrypt -o smtpd_tls_auth_only=yes {submission}
{good}:465 inet n - n - - smtpd
  -o smtpd_tls_wrappermode=yes {submission}
{expired}:587 inet n - n - - smtpd
  -o smtpd_tls_chain_files={directory}/expired.pem -o smtpd_tls_auth_only=yes {submission}
{plain}:587 inet n - n - - smtpd
  -o smtpd_tls_security_level=none {submission}
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
discard unix - - n - - discard
error unix - - n - - error
proxymap unix - - n - - proxymap
anvil unix - - n - 1 anvil
tlsmgr unix - - n 1000? 1 tlsmgr
postlog unix-dgram n - n - 1 postlogd
"""
DOVECOT = """
base_dir = {directory}/run
state_dir = {directory}/state
log_path = {directory}/dovecot.log
protocols =
ssl = no
disable_plaintext_auth = no
auth_mechanisms = {mechanisms}
auth_failure_delay = 0
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {directory}/users
}}
userdb {{
  driver = static
  args = uid=nobody gid=nogroup home=/nonexistent
}}
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service auth {{
  unix_listener auth-submission {{
    mode = 0660
    user = postfix
    group = postfix
  }}
}}
"""


@dataclass(frozen=True, slots=True)
class SubmissionHost:
    """Where it listens: on 25, 465 and 587 of `good`, on 587 of the others."""

    good: str
    expired: str
    plain: str
    ca_file: Path
    log: Path


def missing() -> list[str]:
    """What is needed and not here: programs, the users that their packages make, and the rights of root."""
    known = {entry.pw_name for entry in pwd.getpwall()}
    found = [name for name in ("postfix", "dovecot") if program(name) is None or name not in known]
    return found if os.geteuid() == 0 else [*found, "root"]


@contextmanager
def submission_host(directory: Path, place: Place) -> Iterator[SubmissionHost]:
    """Both servers, ended with all that they started. The directory must be one that others may enter."""
    now = datetime.now(UTC).replace(microsecond=0)
    host = SubmissionHost(
        place.mail(GOOD), place.mail(EXPIRED), place.mail(PLAIN), directory / "root.pem", directory / "postfix.log"
    )
    host.ca_file.write_bytes(pem(root(now)))
    for name, fault in (("good", CertificateFault.NONE), ("expired", CertificateFault.EXPIRED)):
        _write(directory / f"{name}.pem", fault, now)
    for name in ("queue", "data", "run", "state"):
        (directory / name).mkdir()
    shutil.chown(directory / "data", "postfix")
    put = {"directory": directory, "host": HOST, "submission": SUBMISSION, "mechanisms": " ".join(MECHANISMS).lower()}
    put |= {"good": host.good, "expired": host.expired, "plain": host.plain}
    (directory / "main.cf").write_text(MAIN.format(**put))
    (directory / "master.cf").write_text(MASTER.format(**put))
    for name in ("postfix-files", "dynamicmaps.cf"):
        (directory / name).write_text("")
    (directory / "users").write_text(f"{USER}:{{PLAIN}}{PASSWORD}\n")
    (directory / "dovecot.conf").write_text(DOVECOT.format(**put))
    postfix = program("postfix") or "postfix"
    subprocess.run((postfix, "-c", str(directory), "check"), capture_output=True, timeout=30, check=True)
    daemons = Daemons(directory)
    try:
        socket = directory / "run" / "auth-submission"
        dovecot = (program("dovecot") or "dovecot", "-F", "-c", str(directory / "dovecot.conf"))
        daemons.start("dovecot-start", dovecot, socket.exists)
        # its script `start-fg` would leave the master running when it is ended itself
        daemons.start("master", (MASTER_PROGRAM, "-c", str(directory), "-d"), listens(host.plain, 587))
        yield host
    finally:
        daemons.stop()


def _write(path: Path, fault: CertificateFault, now: datetime) -> None:
    """Key and chain in one file, the key first, as Postfix wants them."""
    shown = credentials(HOST, fault, now)
    key = shown.key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(key + b"".join(map(pem, shown.chain)))
    path.chmod(0o600)
