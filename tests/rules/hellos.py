"""What a mail server says to offers of TLS that were made by hand, as short words for the tables of cases."""

from __future__ import annotations

from audit.model.hello import Offer, TlsFlight, TlsHello
from audit.model.probe import Outcome, Reply, Stage, StageName
from tests.rules import pki

S, O = StageName, Outcome
NEW = {Offer.TLS12, Offer.TLS13, Offer.POST_QUANTUM}
GOOD_SUITE = "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"


def today(hello: TlsHello) -> TlsFlight:
    """A server that is as it should be."""
    if hello.offer not in NEW:
        return refuses(rset=hello.rset)
    modern = hello.offer is not Offer.TLS12
    return takes(
        "TLSv1.3" if modern else "TLSv1.2",
        "TLS_AES_256_GCM_SHA384" if modern else GOOD_SUITE,
        group="X25519MLKEM768" if modern else "x25519",
        chain=() if modern else pki.good(hello.host),
        rset=hello.rset,
    )


def takes(
    version: str,
    cipher: str,
    *,
    group: str | None = None,
    dh_bits: int | None = None,
    chain: pki.Chain = (b"leaf",),
    compression: bool = False,
    renegotiation_info: bool = True,
    rset: bool = False,
) -> TlsFlight:
    return TlsFlight(
        stages=(*_up_to_tls(rset), Stage(stage=S.TLS, outcome=O.OK)),
        version=version,
        cipher=cipher,
        group=group,
        dh_bits=dh_bits,
        compression=compression,
        renegotiation_info=renegotiation_info,
        chain=chain,
    )


def refuses(alert: str = "handshake_failure", *, rset: bool = False) -> TlsFlight:
    ended = Stage(stage=S.TLS, outcome=O.TLS_FAILED, detail=f"alert {alert}")
    return TlsFlight(stages=(*_up_to_tls(rset), ended), alert=alert)


def ends(outcome: Outcome, detail: str | None = None) -> TlsFlight:
    """The offer is made, and something else than an answer comes."""
    return TlsFlight(stages=(*_up_to_tls(rset=False), Stage(stage=S.TLS, outcome=outcome, detail=detail)))


def before(stage: StageName, outcome: Outcome, code: int | None = None) -> TlsFlight:
    """It ends before an offer can be made."""
    passed = _up_to_tls(rset=False)
    kept = passed[: [s.stage for s in passed].index(stage)]
    reply = None if code is None else Reply(code=code, lines=("no",))
    return TlsFlight(stages=(*kept, Stage(stage=stage, outcome=outcome, reply=reply)))


def wants_tls_first(flight: TlsFlight, code: int = 530) -> TlsFlight:
    """As `flight`, from a server that answers RSET in clear so."""
    reply = Reply(code=code, lines=("5.7.0 Must issue a STARTTLS command first",))
    outcome = O.OK if code < 400 else O.DEFERRED if code < 500 else O.REJECTED
    said = Stage(stage=S.RSET, outcome=outcome, reply=reply)
    kept = tuple(s for s in flight.stages if s.stage is not S.RSET)
    return TlsFlight(stages=(*kept[:3], said, *kept[3:]), alert=flight.alert)


def _up_to_tls(rset: bool) -> tuple[Stage, ...]:
    ok = Reply(code=250, lines=("2.0.0 Ok",))
    cleared = (Stage(stage=S.RSET, outcome=O.OK, reply=ok),) if rset else ()
    return (
        Stage(stage=S.CONNECT, outcome=O.OK),
        Stage(stage=S.BANNER, outcome=O.OK, reply=Reply(code=220, lines=("mx.story.example ESMTP",))),
        Stage(stage=S.EHLO, outcome=O.OK, reply=Reply(code=250, lines=("mx.story.example", "STARTTLS"))),
        *cleared,
        Stage(stage=S.STARTTLS, outcome=O.OK, reply=Reply(code=220, lines=("go ahead",))),
    )
