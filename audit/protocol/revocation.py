"""What a mail server itself brings forward on the revocation of its certificate: a stapled OCSP response (RFC 6066
section 8), or none.

Nobody else is asked: to fetch a list or ask a responder would tell a third party what is audited. Many authorities have
no OCSP any more, so that silence is common and means nothing, unless the certificate says that a response must come
with it (RFC 7633).
"""

from __future__ import annotations

from audit.model.evidence import Settings
from audit.model.fact import Fact, Known, Unestablished, Unknown
from audit.model.probe import SmtpVisit
from audit.model.subject import Server
from audit.model.value import dataclass
from audit.protocol.circumstances import Circumstances
from audit.protocol.inquiry import Steps, inquiry
from audit.protocol.smtp import handshake
from audit.protocol.vantage import Vantage
from audit.syntax import ocsp


@dataclass(frozen=True, slots=True)
class Revocation:
    """What a server's handshake tells of revocation; `word` is null where there was no TLS."""

    owed: bool  # the certificate binds the server to staple a response, and none came
    word: Fact[ocsp.Word | None]


@inquiry
def revocation(server: Server, settings: Settings, vantage: Vantage, circumstances: Circumstances) -> Steps[Revocation]:
    """Read the response that a server staples."""
    ended = yield from handshake(server, settings, vantage)
    if ended.shown is None:
        return Revocation(False, Known(None))
    visit = SmtpVisit(host=server.host, address=server.address, port=settings.smtp_port)
    if not ended.shown.chain:
        raise Unestablished(Unknown("cert.none_shown", (visit,)))
    if ended.shown.stapled is None:
        return Revocation(ocsp.demanded(ended.shown.chain[0]), Unknown("ocsp.none", (visit,)))
    word = ocsp.judge(ended.shown.stapled, ended.shown.chain, circumstances.observed_at)
    return Revocation(False, Unknown(f"ocsp.{word.silence}", (visit,)) if word.silence else Known(word))
