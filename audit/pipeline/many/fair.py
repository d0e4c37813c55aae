"""What each of several workers may do at a time, so that together they do no more than one process would."""

from __future__ import annotations

from dataclasses import replace

from audit.pipeline.config import RunConfig


def shared_out(config: RunConfig, hands: int) -> RunConfig:
    """Of DNS questions: all that one of so many workers may ask."""
    network = config.network
    fair = replace(
        network,
        dns_concurrency=max(network.questions_in_flight // hands, 1),
        dns_at_first=max(network.dns_at_first // hands, 1),
        server_concurrency=max(network.server_concurrency // hands, 1),
        list_qps=network.list_qps / hands,
    )
    return replace(config, network=fair)


def in_turns(config: RunConfig, parts: int) -> RunConfig:
    """Of connections to mail servers: what holds for all of them together. No other limit spans two parts."""
    network = config.network
    fair = replace(
        network,
        smtp_concurrency=max(network.smtp_concurrency // parts, 1),
        smtp_rate=network.smtp_rate / parts,
    )
    return replace(config, network=fair)
