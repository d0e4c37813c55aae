"""What is written for people is true: links lead somewhere, code that is quoted is in the code, nothing is left out."""

from __future__ import annotations

import re
import runpy
import tomllib
from pathlib import Path

from audit.catalog.blocklists import key_variable, load_blocklists
from audit.cli.group import cli
from audit.report.compliance.measures import MEASURES
from audit.rules.registry import RULES
from tests.together import of_each

CHECKOUT = Path(__file__).parents[1]
DOCUMENTS = sorted((*CHECKOUT.glob("*.md"), *(CHECKOUT / "docs").rglob("*.md")))
each = of_each(DOCUMENTS, lambda path: path.stem)


def text_of(name: str) -> str:
    return (CHECKOUT / name).read_text()


def sources(folder: str) -> str:
    return "\n".join(path.read_text() for path in sorted((CHECKOUT / "audit" / folder).rglob("*.py")))


@each
def test_every_link_leads_somewhere(document: Path) -> None:
    links = re.findall(r"\]\((?!https?://)([^)#]+)(?:#[^)]*)?\)", document.read_text())
    assert [link for link in links if not (document.parent / link).exists()] == []


@each
def test_every_anchor_is_a_heading(document: Path) -> None:
    for target, anchor in re.findall(r"\]\(([^)#:]*)#([^)]+)\)", document.read_text()):
        text = (document.parent / target).read_text() if target else document.read_text()
        headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
        assert anchor in [re.sub(r"[^\w -]", "", h.lower()).replace(" ", "-") for h in headings]


@each
def test_every_path_that_is_named_is_there(document: Path) -> None:
    named = re.findall(r"`((?:audit|tests|docs|schemas|reports/example|\.github|\.ci)/[\w./-]*)`", document.read_text())
    assert [path for path in named if not (CHECKOUT / path).exists()] == []


def test_the_readme_names_every_command() -> None:
    assert [name for name in cli.commands if f"`mxaudit {name}" not in text_of("README.md")] == []


def test_the_readme_opens_with_two_commands_that_make_knows() -> None:
    block = re.search(r"```sh\n(.*?)```", text_of("README.md"), re.DOTALL)
    assert block is not None
    commands = re.findall(r"^make (\w+)", block[1], re.MULTILINE)
    assert commands == ["demo", "test"]
    assert all(re.search(rf"^{name}:.*## ", text_of("Makefile"), re.MULTILINE) for name in commands)


def test_the_changelog_names_every_rule() -> None:
    named = set(re.findall(r"\b[A-Z0-9]+(?:-[A-Z0-9]+)+\b", text_of("CHANGELOG.md")))
    assert {rule.id for rule in RULES} <= named


def test_the_pages_of_the_rules_are_as_the_rules_say() -> None:
    made = runpy.run_path(str(CHECKOUT / "docs" / "rule_pages.py"))
    wanted = made["pages"]()
    assert set(wanted) == {"README.md", *(f"{rule.id}.md" for rule in RULES)}
    assert made["stale"](wanted) == [], "run `make pages` and look at the difference"


def test_the_tables_of_blocklists_are_as_the_catalogue_says() -> None:
    made = runpy.run_path(str(CHECKOUT / "docs" / "blocklist_tables.py"))
    text = text_of("docs/blocklists.md")
    assert made["page"](text) == text, "run `make pages` and look at the difference"
    tables = "".join(found[0] for found in made["TABLE"].finditer(text))
    lists = load_blocklists()
    assert [e.id for e in lists.entries if tables.count(f"| `{e.id}` |") != 1] == []
    assert [e.zone for e in lists.dead if f"| `{e.zone}` |" not in tables] == []
    assert [v for v in map(key_variable, lists.keys) if f"| `{v}` |" not in text] == []


def test_the_page_of_compliance_profiles_is_as_the_catalogue_says() -> None:
    made = runpy.run_path(str(CHECKOUT / "docs" / "compliance_pages.py"))
    assert made["page"]() == text_of("docs/compliance-profiles.md"), "run `make pages` and look at the difference"


def test_the_page_on_compliance_has_every_measure() -> None:
    table = text_of("docs/compliance.md").split("| measure | what it is | values |")[1].split("\n\n")[0]
    assert re.findall(r"^\| `([\w.]+)` \|", table, re.MULTILINE) == list(MEASURES)


def test_the_layers_of_the_architecture_are_those_that_are_held() -> None:
    contract = tomllib.loads(text_of("pyproject.toml"))["tool"]["importlinter"]["contracts"][0]
    held = [name.strip() for level in contract["layers"] for name in level.split("|")]
    table = text_of("docs/architecture.md").split("| layer | holds |")[1].split("\n\n")[0]
    assert re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE) == held


def test_the_code_of_the_guide_is_the_code() -> None:
    blocks = re.findall(r"```python\n(.*?)```", text_of("docs/adding-a-rule.md"), re.DOTALL)
    quoted = [block for block in blocks if "def " in block]
    code = sources("rules") + sources("protocol")
    assert len(quoted) == 2
    assert [block for block in quoted if block not in code] == []
