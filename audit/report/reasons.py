"""Why something could not be tested: a sentence for each reason code, and what the reader can do about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Reason:
    sentence: str
    advice: str | None = None


_AGAIN = "Run the audit again later; if it stays so, the operator of the zone should look at its name servers."
_ELSEWHERE = "Run the audit from a host that is allowed to use port 25."
_LATER = "Run the audit again later, from an address with a good name."

REASONS: Mapping[str, Reason] = MappingProxyType(
    {
        "dns.timeout": Reason("No DNS server answered in time.", _AGAIN),
        "dns.servfail": Reason("The resolver could not get an answer (SERVFAIL).", _AGAIN),
        "dns.refused": Reason(
            "The DNS server refused the question (REFUSED).", "Use a resolver that may be asked from here."
        ),
        "dns.formerr": Reason("The DNS server did not understand the question (FORMERR).", _AGAIN),
        "dns.notimp": Reason("The DNS server does not support the question (NOTIMP).", _AGAIN),
        "dns.other_rcode": Reason("The DNS server answered with an unusual error code.", _AGAIN),
        "dns.unreachable": Reason(
            "The DNS server could not be reached.", "Check the network, and the resolver's address."
        ),
        "dns.tcp_failed": Reason(
            "The answer was too long for UDP, and TCP gave no whole answer.",
            "Let DNS pass by TCP: port 53 must be open for both.",
        ),
        "dns.bogus": Reason(
            "The resolver says that DNSSEC validation fails.",
            "The zone's signatures or its DS record are wrong; validating resolvers see nothing of this zone.",
        ),
        "dns.lame": Reason("The DNS server that was asked is not responsible for this name.", _AGAIN),
        "dns.no_authority": Reason("Which name servers hold this name could not be found out.", _AGAIN),
        "dns.not_authoritative": Reason("The name server that was asked does not answer for this zone.", _AGAIN),
        "dns.servers_disagree": Reason(
            "The resolver denies a record that a name server of the zone has: the servers disagree, or the record is "
            "new.",
            "Let all servers of the zone hold the same zone, then test again. Publish nothing before that.",
        ),
        "dns.malformed": Reason("What came back is not a proper DNS message.", _AGAIN),
        "dns.cname_chain": Reason("The name leads through too many aliases, or in a circle."),
        "vantage.rewriting": Reason(
            "The resolver invents answers for names that do not exist, so absence cannot be seen.",
            "Use another resolver, best one of your own, with --nameserver.",
        ),
        "migration.value_lacking": Reason(
            "A value is lacking that only the new provider's console shows.",
            "Give it with --set; see `mxaudit migrate plan`.",
        ),
        "vantage.no_ipv4": Reason("There is no IPv4 here.", "Run the audit from a host with IPv4."),
        "vantage.no_ipv6": Reason("There is no IPv6 here.", "Run the audit from a host with IPv6."),
        "vantage.not_validating": Reason(
            "The resolver does not validate DNSSEC.", "Use a validating resolver, such as unbound, on this machine."
        ),
        "vantage.resolver_not_local": Reason(
            "Whether the resolver validates DNSSEC cannot be believed over a network.",
            "Use a validating resolver, such as unbound, on this machine.",
        ),
        "vantage.port25_untested": Reason(
            "Whether port 25 is open from here could not be found out.", "Check the resolver and the network."
        ),
        "vantage.port25_ipv6_untested": Reason(
            "Whether port 25 is open from here by IPv6 could not be shown, so that silence there says nothing.",
            "Name hosts with IPv6 that are known to be well, with --canary.",
        ),
        "vantage.dns53_blocked": Reason(
            "No authority answers us here on port 53, by this transport and family of addresses, so that silence there "
            "says nothing.",
            "Run the audit from a network that lets DNS out to any server, by UDP and TCP.",
        ),
        "vantage.dnssec_stripped": Reason(
            "The resolver leaves out DNSSEC signatures, so nothing can be validated through it.",
            "Use a resolver that passes them on, such as unbound on this machine.",
        ),
        "vantage.trust_anchor": Reason(
            "The keys at the top of the DNS are not those that the trust anchors name: something stands between.",
            "Check --nameserver; for a DNS with a root of its own give its keys with --trust-anchor.",
        ),
        "dnssec.too_costly": Reason("The DNSSEC records of this name are more, or cost more, than is looked at."),
        "dnssec.disputed": Reason(
            "Our own DNSSEC validation refuses this, the resolver's does not, so nothing is said.", _AGAIN
        ),
        "vantage.clock_untested": Reason("The clock of this machine could not be checked."),
        "vantage.clock": Reason("The clock of this machine is wrong, so no date can be judged.", "Set the clock."),
        "budget": Reason("The number of questions, or the time, for one domain was used up before this one."),
        "net.guard_refused": Reason(
            "The address is not a public one, and was not contacted.",
            "If the range is yours, allow it with --allow-net.",
        ),
        "not_selected": Reason("This was not asked for in this run."),
        "not_judged": Reason("The run did not judge the rules that tell it, or the report is older than they are."),
        "senders.unknown": Reason(
            "No address is known that sends the domain's mail.", "Name them in the list: sending_ips=192.0.2.1."
        ),
        "no_test": Reason("This tool has no test for it."),
        "report.cut": Reason("The report shows the record in part only; the evidence holds the whole."),
        "not_gathered": Reason("The recorded evidence holds no answer to this.", "Gather the evidence again."),
        "smtp.egress_blocked": Reason("This network lets no connection out to port 25, which this needs.", _ELSEWHERE),
        "smtp.connect_timeout": Reason("The mail server did not accept the connection in time."),
        "smtp.connect_refused": Reason("The mail server refused the connection."),
        "smtp.connect_unreachable": Reason("There is no route to the mail server."),
        "smtp.no_ehlo_in_tls": Reason("TLS with the mail server did not come as far as its second list of extensions."),
        "smtp.tempfail": Reason("The mail server asked us to come back later (a 4xx reply).", _LATER),
        "smtp.client_rejected": Reason(
            "The mail server turned us away (a 5xx reply): that is about our address, not about this domain.", _LATER
        ),
        "smtp.closed": Reason("The mail server closed the connection without a word.", _LATER),
        "smtp.not_smtp": Reason("What answered on the mail port does not speak SMTP."),
        "smtp.reply_limit": Reason("The mail server sent more than the limits of a session allow."),
        "smtp.timeout": Reason("The mail server fell silent during the session."),
        "smtp.not_reached": Reason("The dialogue with the mail server did not come so far."),
        "smtp.vague": Reason("The mail server's reply does not tell this."),
        "smtp.paused": Reason("The operator of this mail server turned us away twice, so we stopped asking.", _LATER),
        "smtp.port_not_dialled": Reason(
            "The SRV record names a port of its own; none but 465, 587 and 2525 are connected to.",
            "Try it with a mail program, or with openssl s_client.",
        ),
        "https.timeout": Reason("The web server did not answer, which may be our network's doing.", _LATER),
        "https.unreachable": Reason("There is no route to the web server from here."),
        "https.closed": Reason("The connection to the web server broke off before TLS stood.", _LATER),
        "https.status": Reason("The web server answered with a status that says nothing about the file."),
        "https.port": Reason("The address of the file names a port of its own; none but that of HTTPS is asked."),
        "https.refused": Reason("The web server refused the connection."),
        "https.tls_failed": Reason("The web server did not speak TLS as it should."),
        "https.not_http": Reason("What answered does not speak HTTP."),
        "https.turned_away": Reason("The web server says that it is asked too often.", _LATER),
        "tls.io": Reason("The connection broke off, or fell silent, during the TLS handshake."),
        "tls.too_long": Reason("The server sent more than the limits of a handshake allow."),
        "tls.stapled": Reason(
            "The server staples what is no OCSP response, and the handshake ended there; senders do not ask for one.",
            "Run the audit without --revocation.",
        ),
        "tls.temp_unavailable": Reason("The mail server said that TLS is not available at the moment.", _LATER),
        "tls.not_offered": Reason("What this needs was not offered to the server, as an earlier answer was missing."),
        "tls.refused_now": Reason("The mail server offered TLS, and then refused it.", _LATER),
        "smtp.sampled": Reason("Thousands of names lead to this mail server; it was visited under another one."),
        "vantage.starttls_overwritten": Reason(
            "At servers of several operators the offer of STARTTLS was overwritten, so that is done near us.",
            "Run the audit from another network, or turn off the inspection of SMTP in this one.",
        ),
        "caa.issuer_unknown": Reason(
            "It is not known by which names the authority that issued the certificate goes in CAA records."
        ),
        "cert.none_shown": Reason("The server showed no certificate."),
        "cert.unreadable": Reason("The certificate, or an extension of it, cannot be read, so it says nothing."),
        "ocsp.none": Reason(
            "The server staples no OCSP response, as most do not, and nobody else was asked about revocation."
        ),
        "ocsp.issuer": Reason(
            "The server does not show the certificate that issued its own, so who may speak on revocation is not known."
        ),
        "ocsp.unreadable": Reason("The OCSP response that the server staples cannot be read."),
        "ocsp.no_word": Reason("The responder does not say whether the certificate is revoked."),
        "ocsp.signature": Reason(
            "The OCSP response is signed neither by the certificate's authority nor by whom it appointed."
        ),
        "ocsp.other": Reason("The OCSP response that the server staples is about another certificate."),
        "ocsp.stale": Reason("The OCSP response that the server staples does not hold at this time."),
        "spf.macro": Reason("The SPF record holds a macro, whose value depends on each mail."),
        "opinion.could_not_ask": Reason("The second opinion would need an answer that was not to be had."),
        "opinion.timeout": Reason("The second opinion took too long."),
        "opinion.crashed": Reason("The tool that gives the second opinion broke off."),
        "dnsbl.broken": Reason("This blocklist fails its health check, so it says nothing about anyone."),
        "dnsbl.refused": Reason("This blocklist refuses to answer us.", "Use a resolver of your own."),
        "dnsbl.public_resolver": Reason(
            "This blocklist does not answer public resolvers.", "Use a resolver of your own, with --nameserver."
        ),
        "dnsbl.key": Reason(
            "This blocklist lists nobody for our key: it does not know the key, or is empty.", "Check the key."
        ),
        "dnsbl.unknown_code": Reason("This blocklist answered with a code that it does not document."),
        "dnsbl.family_not_listed": Reason("This blocklist does not list things of this kind."),
        "dnsbl.rewritten": Reason("The resolver invents answers, so a listing cannot be told from an invention."),
        "history.none": Reason(
            "No earlier run that was given tells of the key or policy at this name.",
            "Give the directory of an earlier run of this domain with --history; later runs will tell.",
        ),
        "dkim.selectors_unknown": Reason(
            "The domain's DKIM selectors are not all known: they can be tried, not listed.",
            "Name the selectors beside the domain in the list: selectors=a,b.",
        ),
        "dkim.not_guessed": Reason(
            "Not all DKIM selectors were tried that could be guessed, as --dkim-guesses asked for.",
            "Name the selectors beside the domain in the list: selectors=a,b; or gather with --dkim-guesses all.",
        ),
    }
)

FAMILIES: Mapping[str, Reason] = MappingProxyType(
    {
        "internal": Reason(
            "A part of this tool failed; that says nothing about the domain.", "Please report it with this code."
        ),
        "tls": Reason("The TLS session did not come about."),
    }
)


def reason(code: str) -> Reason:
    """What a reason code means; a code without words stands for itself."""
    return REASONS.get(code) or FAMILIES.get(code.partition(".")[0]) or Reason(code)
