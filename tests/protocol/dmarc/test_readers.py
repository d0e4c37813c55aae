"""Who was meant to read the reports on a domain, as texts without effect say."""

from __future__ import annotations

import pytest

from audit.model.evidence import DomainOptions
from audit.model.subject import Domain
from audit.protocol.dmarc.places import dmarc_strays
from audit.protocol.dmarc.readers import MAX_QUESTIONS, ReportsMeant, reports_meant
from audit.protocol.dmarc.walk import dmarc_walk
from audit.protocol.mx.hosts import mail_class
from audit.protocol.sending import sending
from tests.protocol.walking import found, value

D, OPTIONS = Domain("d.example"), DomainOptions()
SILENT = 'd.example MX 0 .\nd.example TXT "v=spf1 -all"\n'
HERE = "d.example MX 1 mx.d.example.\n"


def misspelt(*uris: str, at: str = "_dmarc.d.example") -> str:
    return f'{at} TXT "v=dmarc1; p=none; rua={",".join(uris)}"\n'


def meant(text: str) -> ReportsMeant:
    return value(reports_meant(D, OPTIONS), text)


@pytest.mark.parametrize("mail", [SILENT, HERE])
def test_beside_a_record_that_names_its_reader_nothing_is_looked_for(mail: str) -> None:
    text = mail + '_dmarc.d.example TXT "v=DMARC1; p=none; rua=mailto:a@d.example"\n'
    text += misspelt("mailto:b@d.example", at="d.example")
    assert meant(text) == meant(mail + "_dmarc.d.example TXT timeout")
    assert "dmarc.d.example TXT" not in found(reports_meant(D, OPTIONS), text)[1]


def test_of_a_domain_with_mail_no_consent_is_asked_for() -> None:
    text = HERE + misspelt("mailto:a@reader.test")
    assert meant(text).written == "mailto:a@reader.test"
    assert not [q for q in found(reports_meant(D, OPTIONS), text)[1] if "reader.test" in q]


def test_few_mailboxes_are_asked_about() -> None:
    deep = [f"mailto:r@a{n}.b{n}.c{n}.d.example" for n in range(9)]
    text = SILENT + misspelt(*deep) + misspelt(*(u.replace("@a", "@x") for u in deep), at="dmarc.d.example")
    text += "".join(f'_dmarc.b{n}.c{n}.d.example TXT "v=DMARC1; p=none; psd=n"\n' for n in range(9))
    before = {*found(sending(D, OPTIONS), text)[1], *found(mail_class(D, OPTIONS), text)[1]}
    before |= {*found(dmarc_walk(D), text)[1], *found(dmarc_strays(D), text)[1]}
    fact = meant(text)
    assert (fact.agreed, len(fact.refused)) == ("", 4)
    assert len(set(found(reports_meant(D, OPTIONS), text)[1]) - before) <= MAX_QUESTIONS
