"""What a mail server offers besides plain SMTP (RFC 5321 section 2.2): the keywords of its answers to EHLO.

It may offer more within TLS than in clear, and what it says there is what counts: the first list could have been
changed on the way (RFC 3207 section 4.2). A login that is offered in clear is a fault of its own.
"""

from __future__ import annotations

from audit.model.evidence import Settings
from audit.model.fact import Fact, Known, Unknown, need
from audit.model.probe import Outcome, StageName
from audit.model.subject import Server
from audit.model.value import dataclass
from audit.protocol.inquiry import Steps, inquiry
from audit.protocol.smtp import start_tls, visited
from audit.protocol.vantage import Vantage
from audit.syntax.smtp import Capabilities, capabilities


@dataclass(frozen=True, slots=True)
class Extensions:
    """The lists in clear and within TLS; the second is None where STARTTLS is not offered, a hole where TLS or the
    second EHLO did not come about."""

    clear: Capabilities
    within: Fact[Capabilities | None]

    @property
    def counting(self) -> Capabilities:
        """The list by which the server is judged.

        Raises:
            Unestablished: it could not be had.
        """
        within = need(self.within)
        return self.clear if within is None else within

    def has(self, keyword: str) -> bool:
        """Whether an extension is offered.

        Raises:
            Unestablished: the list that counts could not be had.
        """
        return self.counting.has(keyword)


@inquiry
def extensions(server: Server, settings: Settings, vantage: Vantage) -> Steps[Extensions]:
    """Read both lists of a server that answers EHLO."""
    offer = yield from start_tls(server, settings, vantage)
    visit, session = yield from visited(server, settings, vantage)
    ehlo = session.at(StageName.EHLO)
    clear = capabilities(ehlo.reply) if ehlo and ehlo.reply else Capabilities("", ())
    if not offer.offered:
        return Extensions(clear, Known(None))
    second = session.at(StageName.EHLO_TLS)
    if second is not None and second.outcome is Outcome.OK and second.reply is not None:
        return Extensions(clear, Known(capabilities(second.reply)))
    return Extensions(clear, Unknown("smtp.no_ehlo_in_tls", (visit,)))
