"""`mxaudit demo`: the whole job on the embedded lab, offline."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

import rich_click as click

from audit.catalog.blocklists import load_blocklists
from audit.catalog.profiles import load_profile
from audit.cli.continuing import alone_in
from audit.cli.gating import deciding, decisions_of
from audit.cli.job import Telling
from audit.cli.messages import unwritable
from audit.cli.options import telling
from audit.cli.settings import absent_name, instant, outputs_of
from audit.lab.lab import Lab
from audit.lab.lists import DEAD_LIST, GOOD_LIST
from audit.lab.stories import STORIES
from audit.lab.story import Story
from audit.model.evidence import Settings
from audit.network.options import NetworkOptions, SmtpLimits
from audit.pipeline import constants
from audit.pipeline.config import RunConfig
from audit.pipeline.exits import Exit
from audit.pipeline.flow import PAGE, REPORT, Output, gather_into, publish
from audit.pipeline.gathering import Ended, Watcher
from audit.pipeline.listed import Listed
from audit.protocol.drive import FaultHook
from audit.report.html import SINGLE_FILE

FILES: Mapping[str, str] = MappingProxyType(
    {
        "json": REPORT,
        "html": PAGE,
        "jsonl": "report.jsonl",
        "csv": "report.csv",
        "md": "report.md",
        "sarif": "report.sarif",
        "junit": "report.junit.xml",
        "prometheus": "report.prom",
        "text": "report.txt",
        "github": "report.github.txt",
    }
)
EHLO = "audit.lab.example"
# short for the servers that never answer, long enough for a machine that is busy and for a third attempt without EDNS
QUESTION_SECONDS, FIRST_SECONDS = 2.0, 0.3
LIMITS = SmtpLimits(connect=3, banner=3, ehlo=3, tls=3, quit=1, session=6, gap_between_visits=0)


@click.command(
    help=f"Audit the embedded lab: {len(STORIES)} domains, each with one story. Nothing leaves this machine."
)
@click.option(
    "--out-dir", type=click.Path(file_okay=False, path_type=Path), default=Path("reports/demo"), show_default=True
)
@click.option("--now", metavar="RFC3339", help="Pretend that it is this time; the same time gives the same report.")
@click.option(
    *("-o", "--output", "output"), multiple=True, metavar="FORMAT=PATH", help="Only these renderings; default: each."
)
@deciding
@telling
def demo(out_dir: Path, now: str | None, output: tuple[str, ...], **options: Any) -> None:
    """Audit the embedded lab."""
    moment = instant(now) if now else datetime.now(UTC).replace(microsecond=0)
    told, decided = Telling.of(options), decisions_of(options)
    outputs = outputs_of(output, SINGLE_FILE) or tuple(Output(name, out_dir / file) for name, file in FILES.items())
    with alone_in(out_dir):
        try:
            with told.progress() as watch:
                ended = asyncio.run(gather_lab(moment, out_dir, watch, told.fault))
            report, printed = publish(out_dir, outputs, told.fault, decisions=decided, told=out_dir)
        except OSError as error:
            raise unwritable(error, out_dir) from None
    sys.stdout.buffer.writelines(printed)
    sys.stdout.buffer.flush()
    told.summary(report)
    told.say(
        f"\nThe report: {out_dir / PAGE}{'' if output else ', and beside it each other format'}\n"
        "That was the embedded lab. With your own domains: write them into domains.txt, a domain a line, and run\n"
        "  mxaudit doctor    # what can be seen from this machine\n"
        "  mxaudit run domains.txt"
    )
    sys.exit(Exit.INTERRUPTED if ended.interrupted else Exit.OK)


async def gather_lab(
    moment: datetime, out_dir: Path, watch: Watcher, fault: FaultHook, stories: tuple[Story, ...] = STORIES
) -> Ended:
    """Start the lab, gather it, stop it."""
    async with Lab(moment, stories) as lab:
        rows = Listed.of(lab.list_text.encode(), "lab.txt")
        config = lab_configuration(lab, moment)
        return await gather_into(
            rows,
            config,
            out_dir,
            total=len(rows),
            list_name="lab.txt",
            digests=constants.digests(rows.digest, config.extra_ca),
            watch=watch,
            fault=fault,
        )


def lab_configuration(lab: Lab, moment: datetime) -> RunConfig:
    """How the lab is audited: only what it maps is dialled, and nobody is waited for long."""
    blocklists = load_blocklists().selected((GOOD_LIST, DEAD_LIST))
    settings = Settings(
        profile="baseline",
        smtp=True,
        smtp_port=25,
        smtp_off_because=None,
        https=True,
        https_port=443,
        https_off_because=None,
        ehlo=EHLO,
        blocklists=tuple(b.id for b in blocklists.entries),
        allow_net=lab.allow_net,
        canaries=lab.canaries,
        absent_name=absent_name(moment),
        resolver_kind="loopback",
        second_opinion=True,
        trust_anchors=lab.trust_anchors,
    )
    network = NetworkOptions(
        nameservers=(lab.nameserver,),
        connect_to=lab.connect_to,
        allow_net=lab.allow_net,
        ehlo=EHLO,
        question_timeout=QUESTION_SECONDS,
        first_timeout=FIRST_SECONDS,
        limits=LIMITS,
        only_mapped=True,
        dns_concurrency=16,  # client and servers share one thread: more in flight would only wait longer
        smtp_concurrency=8,
        network_concurrency=8,  # the lab has one network for all
        smtp_rate=500,
    )
    return RunConfig(
        settings=settings,
        network=network,
        blocklists=blocklists,
        profile=load_profile("baseline"),
        extra_ca=(lab.ca_der,),
        now=moment,
        concurrency=50,
        domain_seconds=60,
        run_seconds=30,
    )
