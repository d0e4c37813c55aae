"""The options of a command in the order in which somebody looks for them, under a title each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

import click as plain

OTHERS = "Options"
SECTIONS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "What comes out": ("out_dir", "output", "single_file_limit"),
        "What fails a run": (
            *("fail_on", "max_unknown", "require_vantage", "strict"),
            *("waivers", "baseline", "fail_on_new"),
        ),
        "What is judged": ("profile", "attestations", "second_opinion", "history", "now"),
        "DNS and blocklists": ("nameserver", "dnsbl", "force_zone", "trust_anchor", "dkim_guesses", "dns_timeout"),
        "Mail servers": (
            *("no_smtp", "smtp_port", "ehlo", "canary", "tls_depth", "revocation", "ca_file"),
            *("smtp_timeout", "smtp_gap"),
        ),
        "Web servers": ("no_https", "https_port", "https_timeout"),
        "Networks": ("connect_to", "allow_net"),
        "Going on with a run": ("resume", "adopt", "max_age"),
        "How much at a time": ("timeout", "concurrency", "processes", "dask", "storage", "shard", "before", "only"),
    }
)
FEWEST = 20  # options from which on they are put under titles


def sections(parameters: Iterable[plain.Parameter]) -> Iterator[tuple[str, list[plain.Option]]]:
    """Titles, and the options of a command below each; all below one where they are few."""
    options = [p for p in parameters if isinstance(p, plain.Option) and not p.hidden]
    left = dict.fromkeys(id(option) for option in options)
    for title, names in SECTIONS.items() if len(options) >= FEWEST else ():
        found = [option for name in names for option in options if option.name == name]
        for option in found:
            left.pop(id(option), None)
        if found:
            yield title, found
    rest = [option for option in options if id(option) in left]
    if rest:
        yield OTHERS, rest
