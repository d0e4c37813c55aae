"""What parsers cost: in proportion to the text, not to its square, whatever it is made of."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from audit.model.probe import Reply
from audit.syntax import (
    bimi,
    caa,
    dane,
    dkim,
    dmarc,
    escape,
    greeting,
    labels,
    mta_sts,
    names,
    smtp,
    spf,
    spf_macro,
    spf_mend,
    srv,
    svg_tiny,
    tls_rpt,
    txt,
    x509,
    zonefile,
)
from tests.timing import in_proportion

TOKENS = ("a", "a ", "a=b;", "a,", "a.", "\\", '"', "%{i}", "/", ":", "\r\n", "\xe9", "mailto:a@b.example,", "<a>")
PARSERS: dict[str, Callable[[str], object]] = {
    "bimi": lambda text: bimi.parse(f"v=BIMI1; l={text}"),
    "caa": lambda text: caa.parse(f'0 issue "{text}"'),
    "caa, bare": caa.parse,
    "dane": lambda text: dane.read(f"3 1 1 {text}"),
    "dkim": lambda text: dkim.parse(f"v=DKIM1; p={text}"),
    "dmarc": lambda text: dmarc.parse(f"v=DMARC1; p=none; rua={text}"),
    "escape": lambda text: (escape.visible(text, 100_000), escape.octet_text(text, 100_000)),
    "greeting": greeting.software_in,
    "labels": lambda text: labels.presented(labels.labels(text)),
    "mta_sts": lambda text: mta_sts.parse_record(f"v=STSv1; id={text}"),
    "mta_sts, policy": lambda text: mta_sts.parse_policy(f"version: STSv1\n{text}".encode()),
    "names": lambda text: (names.canonical(text), names.host_fault(text), names.as_address(text)),
    "smtp": lambda text: smtp.capabilities(Reply(code=250, lines=tuple(text.splitlines()))),
    "spf": lambda text: spf.parse(f"v=spf1 {text}"),
    "spf_mend": lambda text: spf_mend.nearly(f"v=spf1{text}"),
    "srv": srv.parse,
    "svg_tiny": lambda text: svg_tiny.problems(f"<svg>{text}</svg>".encode()),
    "tls_rpt": lambda text: tls_rpt.parse(f"v=TLSRPTv1; rua={text}"),
    "txt": txt.joined,
    "x509": lambda text: x509.parse(text.encode()),
    "zonefile": lambda text: zonefile.txt("a.example", text),
}


@pytest.mark.parametrize("token", TOKENS)
@pytest.mark.parametrize("parser", PARSERS)
def test_a_long_text_costs_in_proportion(parser: str, token: str) -> None:
    assert in_proportion(_uncached(PARSERS[parser]), lambda length: (token * length)[:length])


def _uncached(parser: Callable[[str], object]) -> Callable[[str], object]:
    def work(text: str) -> object:
        txt.strings.cache_clear()
        spf_macro.pieces.cache_clear()
        return parser(text)

    return work
