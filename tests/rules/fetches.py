"""Fetches over HTTPS as evidence holds them: with a policy, or with what came instead."""

from __future__ import annotations

from audit.model.probe import FetchOutcome, Header, HttpsFetch, TlsShown
from tests.rules import pki

HOST = "mta-sts.story.example"
URL = f"https://{HOST}/.well-known/mta-sts.txt"
ANNOUNCED = f'_mta-sts.story.example. TXT "v=STSv1; id=1"\n{HOST}. A 192.0.2.80\n'  # beside the records of MX


def policy(
    mode: str | None = "enforce",
    *mx: str,
    max_age: object = 604800,
    version: str | None = "STSv1",
    more: bytes = b"",
    end: str = "\r\n",
) -> bytes:
    """The text of a policy; for the domain's own host unless others are named."""
    lines = (
        *((f"version: {version}",) if version is not None else ()),
        *((f"mode: {mode}",) if mode is not None else ()),
        *(f"mx: {host}" for host in mx or ("mx.story.example",)),
        *((f"max_age: {max_age}",) if max_age is not None else ()),
    )
    return "".join(line + end for line in lines).encode() + more


def got(
    body: bytes = b"",
    status: int = 200,
    kind: str | None = "text/plain",
    chain: pki.Chain | None = None,
    **fields: str,
) -> HttpsFetch:
    """A whole reply. Without a body and with status 200 it is a good policy."""
    headers = {"content-type": kind, **{name.replace("_", "-"): value for name, value in fields.items()}}
    return HttpsFetch(
        outcome=FetchOutcome.OK,
        status=status,
        headers=tuple(Header(name=n, value=v) for n, v in headers.items() if v is not None),
        body=(body or policy()) if status == 200 else b"",
        tls=shown(chain),
    )


def ended(outcome: FetchOutcome, detail: str | None = None, *, tls: bool = False) -> HttpsFetch:
    """No whole reply; with `tls` hands were shaken before."""
    return HttpsFetch(outcome=outcome, detail=detail, tls=shown() if tls else None)


def shown(chain: pki.Chain | None = None) -> TlsShown:
    sent = pki.good(HOST) if chain is None else chain
    return TlsShown(version="TLSv1.3", cipher="TLS_AES_256_GCM_SHA384", bits=256, group="x25519", chain=sent)
