"""What a command is good for, by example: each is a line to paste, under a line that says what it does."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

EXAMPLES: Mapping[str, tuple[tuple[str, str], ...]] = MappingProxyType(
    {
        "": (
            ("see the whole job on an embedded lab, offline", "mxaudit demo"),
            ("see whether this machine is a good place to audit from", "mxaudit doctor"),
            ("audit one domain, for a person", "mxaudit check example.org"),
            ("audit a list, for a pipeline", "mxaudit run domains.txt --fail-on high"),
        ),
        "run": (
            ("audit a list; the reports go to reports/<run id>/", "mxaudit run domains.txt"),
            ("ask a validating resolver of one's own", "mxaudit run --nameserver 127.0.0.1:5335"),
            ("where port 25 is closed", "mxaudit run --no-smtp"),
            ("for code scanning and for a dashboard", "mxaudit run -o sarif=mx.sarif -o prometheus=mx.prom"),
            ("fail a pipeline for what is new only", "mxaudit run --baseline mxaudit-baseline.json --fail-on-new"),
            ("go on with a run that was cut short", "mxaudit run domains.txt --resume"),
        ),
        "check": (
            ("audit two domains", "mxaudit check example.org example.net"),
            ("name the DKIM selectors that a domain uses", 'mxaudit check "example.org selectors=s1,s2"'),
            ("without mail servers and blocklists: DNS alone", "mxaudit check example.org --no-smtp --dnsbl none"),
            ("for a program", "mxaudit check example.org -o json=-"),
        ),
        "gather": (
            ("write evidence, and judge it later", "mxaudit gather domains.txt --out-dir evidence"),
            ("visit mail servers only, from where port 25 is open", "mxaudit gather domains.txt --only smtp"),
            ("the first of four parts of a list", "mxaudit gather domains.txt --shard 1/4"),
        ),
        "merge": (("put two runs over one list together", "mxaudit merge inside outside --out-dir both"),),
        "judge": (
            ("make the reports of a run again", "mxaudit judge reports/demo"),
            ("accept what a file of waivers says", "mxaudit judge reports/demo --waivers mxaudit-waivers.toml"),
            ("print one format, write none", "mxaudit judge reports/demo -o md=-"),
        ),
        "render": (("make other formats of a report", "mxaudit render report.json -o csv=mx.csv -o junit=mx.xml"),),
        "baseline": (("know what is there, to be told what is new", "mxaudit baseline reports/demo/report.json"),),
        "waive": (
            (
                "accept a finding of some hosts for a time",
                "mxaudit waive PTR-MISSING --domain '*.lab.example.org' --expires 2099-12-31 --reason 'test hosts'",
            ),
        ),
        "config": (),
        "config show": (("see which settings hold, and why", "mxaudit config show --origin"),),
        "comply": (
            ("a report, for a person", "mxaudit comply reports/demo/report.json --profile bulk-google"),
            (
                "evidence of last month, by two profiles, for print",
                "mxaudit comply reports/demo --profile pci-dss,uk-government -o html=c.html",
            ),
        ),
        "verify-report": (
            (
                "by the digest that the run printed",
                "mxaudit verify-report reports/demo --digest D",
            ),
            ("without one: do evidence and report agree", "mxaudit verify-report reports/demo"),
        ),
        "validate": (
            ("hold a report to its schema", "mxaudit validate report.json"),
            ("look for faults in the waivers", "mxaudit validate mxaudit-waivers.toml"),
        ),
        "demo": (("with every format, to look at them", "mxaudit demo --out-dir reports/demo"),),
        "doctor": (("look through one resolver", "mxaudit doctor --nameserver 127.0.0.1:5335"),),
        "logs": (
            ("tell what went wrong, and what to do first", "mxaudit logs /var/log/mail.log.1 /var/log/mail.log"),
            ("beside what an audit found", "mxaudit logs mail.log --join reports/demo/report.json"),
            ("what `journalctl -o export` printed, for a program", "mxaudit logs --json < journal.export"),
        ),
        "smtp": (
            ("compare the ports of a server, without a login", "mxaudit smtp mail.example.org"),
            ("log in by submission, and be told why not", "mxaudit smtp mail.example.org:587 --user anna@example.org"),
            (
                "hand in one test message",
                "mxaudit smtp mail.example.org:465 --user anna@example.org --send --to lee@example.net",
            ),
            ("what a server of your own does for strangers", "mxaudit smtp mx.example.org --own --probe vrfy"),
            ("for a program", "mxaudit smtp mx.example.org:25 --tls-depth standard --json"),
        ),
        "spf": (("who may send as a domain, and what it costs", "mxaudit spf tree example.org"),),
        "spf check": (
            (
                "what a receiver makes of one client",
                "mxaudit spf check --ip 192.0.2.8 --mail-from lee@example.org --helo mail.example.org",
            ),
            (
                "a bounce, which has no sender",
                "mxaudit spf check --ip 192.0.2.8 --mail-from '<>' --helo mail.example.org",
            ),
        ),
        "spf tree": (
            ("who may send as a domain, and what it costs", "mxaudit spf tree example.org"),
            ("for a program", "mxaudit spf tree example.org --json"),
        ),
        "spf plan": (
            ("ways back to ten lookups", "mxaudit spf plan example.org"),
            (
                "what one provider more and one fewer would cost",
                "mxaudit spf plan example.org --add include:new.example.net --remove include:old.example.net",
            ),
        ),
        "migrate verify": (
            ("how far the move has come, and what may be done now", "mxaudit migrate verify plan.json"),
            ("remember since when steps are done", "mxaudit migrate verify plan.json --seen seen.json"),
            (
                "wait until the switch has reached everybody who is asked",
                "mxaudit migrate verify plan.json --watch --until switch-mx",
            ),
        ),
        "propagation": (
            ("whether a new MX is everywhere, and if not, until when", "mxaudit propagation example.org MX"),
            (
                "watch until all have the new record",
                'mxaudit propagation example.org TXT --expect "v=spf1 mx -all" --watch',
            ),
            (
                "the office's resolver beside a public one",
                "mxaudit propagation example.org A --resolver 10.0.0.53 --resolver 1.1.1.1",
            ),
            ("keep what was seen, and judge it again", "mxaudit propagation example.org MX --json > seen.json"),
        ),
        "migrate": (
            ("plan the move of a domain's mail", "mxaudit migrate plan example.org --to fastmail --json > plan.json"),
            ("what the planned zone would do", "mxaudit migrate rehearse example.org --zone planned.zone --live"),
            ("how far the move has come", "mxaudit migrate verify plan.json"),
        ),
        "migrate plan": (
            ("what to do, when, and the way back", "mxaudit migrate plan example.org --to fastmail"),
            (
                "with a value that the provider's console shows",
                "mxaudit migrate plan example.org --to m365 --set mx=example-org.mail.protection.outlook.com",
            ),
            ("a list to work off", "mxaudit migrate plan example.org --to proton --format md > move.md"),
        ),
        "migrate rehearse": (
            ("what a planned zone would break", "mxaudit migrate rehearse example.org --zone planned.zone --live"),
            (
                "with a server that goes on to send, and its DKIM selector",
                "mxaudit migrate rehearse example.org --zone db.txt --source 192.0.2.25,news@example.org,s1",
            ),
            (
                "on evidence of an earlier run, without the network",
                "mxaudit migrate rehearse example.org --zone db.yaml --evidence reports/run --format html > r.html",
            ),
        ),
        "reply": (
            (
                "what a reply means, and what to do now",
                'mxaudit reply "550 5.7.26 This mail is unauthenticated" --host mx.google.com',
            ),
            ("when to try again, at what pace, when to stop", 'mxaudit reply --plan "421 4.7.28 rate limited"'),
            ("each line of a log", "mxaudit reply - --json < replies.txt"),
        ),
        "advice": (
            ("how to send through a provider, and what it asks", "mxaudit advice gmail"),
            ("for a program, with the source of each fact", "mxaudit advice m365 --json"),
        ),
        "bounce": (
            ("what to do first about the mails that came back", "mxaudit bounce ~/Maildir/.Bounces"),
            ("a table, to take addresses off a list", "mxaudit bounce bounces.mbox --format csv"),
            ("for a program, without addresses", "mxaudit bounce - --format jsonl --redact < bounce.eml"),
        ),
        "explain": (("what a finding means", "mxaudit explain SPF-LOOKUPS"),),
        "completion": (
            ("bash, for this session", 'eval "$(mxaudit completion bash)"'),
            ("zsh, in a directory of $fpath", "mxaudit completion zsh > ~/.zfunc/_mxaudit"),
            ("fish", "mxaudit completion fish > ~/.config/fish/completions/mxaudit.fish"),
        ),
        "schema": (("the contract of the report", "mxaudit schema report"),),
        "rules": (("for a program, with the texts", "mxaudit rules --json"),),
    }
)


def examples_of(path: str) -> str:
    """The examples of a command, as the end of its help; empty where there are none."""
    lines = [line for says, command in EXAMPLES.get(path, ()) for line in (f"  # {says}", f"  {command}")]
    return "\n".join(["", "Examples:", *lines]) if lines else ""
