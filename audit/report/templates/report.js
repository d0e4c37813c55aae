"use strict";
(() => {
  const all = (query, within = document) => [...within.querySelectorAll(query)];
  const one = (query, within = document) => within.querySelector(query);
  const table = one("#table"), tools = one("#tools"), count = one("#count"), none = one("#none"), keys = one("#keys");

  // Records to paste get a button each, when they come into sight.
  const copying = (pre) => {
    if (pre.dataset.copy) return;
    pre.dataset.copy = "yes";
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = "Copy";
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(all("code", pre).map((line) => line.textContent).join("\n"));
        button.textContent = "Copied";
      } catch {
        getSelection().selectAllChildren(pre);
        button.textContent = "Selected: press Ctrl+C";
      }
      setTimeout(() => { button.textContent = "Copy"; }, 3000);
    });
    pre.append(button);
  };
  const ready = (within) => all("pre.publish", within).forEach((pre) => {
    const fold = pre.closest("details");
    if (!fold || fold.open) copying(pre);
  });
  ready(document);
  document.addEventListener("toggle", (event) => { if (event.target.open) ready(event.target); }, true);

  // On paper nothing is folded, in any browser.
  let unfolded = [];
  addEventListener("beforeprint", () => {
    unfolded = all("details:not([open])");
    unfolded.forEach((fold) => { fold.open = true; });
  });
  addEventListener("afterprint", () => unfolded.forEach((fold) => { fold.open = false; }));

  const domains = all("details.domain");
  if (domains.length > 1) {
    const button = document.createElement("button");
    button.type = "button";
    const say = () => { button.textContent = domains.every((d) => d.open) ? "Fold all" : "Unfold all"; };
    button.addEventListener("click", () => {
      const open = !domains.every((d) => d.open);
      domains.forEach((d) => { d.open = open; });
      say();
    });
    say();
    one("#h-details").append(" ", button);
  }
  if (!table) return;

  // The rows, with what they are sorted and filtered by.
  const LETTERS = { good: "g", warning: "w", bad: "b", unknown: "u", not_applicable: "n" };
  const WORST = "bwung-";
  const SEVERITIES = ["critical", "high", "medium", "low", "info"];
  const columns = table.dataset.columns.split(" ");
  const bodies = [...table.tBodies];
  const rows = [];
  for (const body of bodies) {
    for (const row of body.rows) {
      const head = row.cells[0], data = row.dataset;
      const small = head.lastElementChild.localName === "small" ? head.lastElementChild : null;
      rows.push({
        row, body, at: rows.length, shown: true, verdicts: data.v,
        name: head.firstElementChild.textContent.toLowerCase(),
        text: null, head,
        operators: small ? [...small.children].map((each) => each.textContent) : [],
        counts: data.s ? data.s.split(",").map(Number) : [],
        topics: data.t,
        decided: data.d ?? "",
      });
    }
  }
  const textOf = (entry) => (entry.text ??= `${entry.row.textContent} ${entry.head.firstElementChild.title}`.toLowerCase());

  const operators = new Map();
  for (const entry of rows) for (const name of entry.operators) operators.set(name, (operators.get(name) ?? 0) + 1);
  const chooser = tools.elements.operator;
  for (const [name, many] of [...operators].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).slice(0, 300)) {
    chooser.add(new Option(`${name} (${many})`, name));
  }

  // What is wanted: the form, and its copy behind the # of the address.
  const FIELDS = ["q", "result", "severity", "topic", "operator", "decision", "sort"].filter((field) => tools.elements[field]);
  const wanted = () => Object.fromEntries(FIELDS.map((field) => [field, tools.elements[field].value.trim()]));
  const matching = (want) => {
    const words = want.q.toLowerCase().split(/\s+/).filter(Boolean);
    const [question, state] = want.result.split(".");
    const letter = LETTERS[state], place = columns.indexOf(question);
    const severity = SEVERITIES.indexOf(want.severity), topic = String(tools.elements.topic.selectedIndex - 1);
    const answered = (v) => {
      if (!want.result) return true;
      if (question !== "any") return v[place] === letter;
      return state === "none" ? !v : state === "warning" ? /[wb]/.test(v) : v.includes(letter);
    };
    return (entry) => answered(entry.verdicts)
      && (severity < 0 || entry.counts[severity] > 0)
      && (!want.topic || entry.topics.split(",").includes(topic))
      && (!want.decision || entry.decided.includes(want.decision[0]))
      && (!want.operator || entry.operators.includes(want.operator))
      && words.every((word) => textOf(entry).includes(word));
  };
  const byText = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
  const ordering = (sort) => {
    const back = sort.startsWith("-") ? -1 : 1, key = sort.replace(/^-/, ""), place = columns.indexOf(key);
    const compare = key === "domain" ? (a, b) => byText(a.name, b.name)
      : key === "findings" ? (a, b) => {
        for (let i = 0; i < SEVERITIES.length; i++) {
          const less = (b.counts[i] ?? 0) - (a.counts[i] ?? 0);
          if (less) return less;
        }
        return 0;
      }
      : place >= 0 ? (a, b) => WORST.indexOf(a.verdicts[place] ?? "-") - WORST.indexOf(b.verdicts[place] ?? "-")
      : () => 0;
    return (a, b) => back * compare(a, b) || a.at - b.at;
  };

  let sorted = "";
  const IN_A_BODY = bodies.length ? bodies[0].rows.length : 50;
  const arrange = (sort) => {
    if (sort === sorted) return;
    sorted = sort;
    const order = [...rows].sort(ordering(sort));
    bodies.forEach((body, i) => {
      const mine = order.slice(i * IN_A_BODY, (i + 1) * IN_A_BODY);
      mine.forEach((entry) => { entry.body = body; });
      body.replaceChildren(...mine.map((entry) => entry.row));
    });
  };
  const apply = () => {
    const want = wanted(), fits = matching(want);
    arrange(want.sort);
    const left = new Map(bodies.map((body) => [body, 0]));
    let many = 0;
    for (const entry of rows) {
      const shown = fits(entry);
      if (shown !== entry.shown) entry.row.hidden = !(entry.shown = shown);
      if (shown) { many++; left.set(entry.body, left.get(entry.body) + 1); }
    }
    const full = many === rows.length;
    for (const [body, rest] of left) {
      body.hidden = !rest;
      body.style.containIntrinsicBlockSize = full ? "" : `${rest * 3.4}rem`;
    }
    none.hidden = many > 0;
    count.value = `${many.toLocaleString("en")} of ${rows.length.toLocaleString("en")} domains`;
    for (const { cell, key } of heads) {
      const now = want.sort.replace(/^-/, "") === key;
      cell.ariaSort = now ? (want.sort.startsWith("-") ? "descending" : "ascending") : null;
      if (!now) cell.removeAttribute("aria-sort");
    }
    return want;
  };
  const remember = (want) => {
    const set = FIELDS.filter((field) => want[field]).map((field) => `${field}=${encodeURIComponent(want[field])}`);
    const hash = set.length ? `#${set.join("&")}` : "#domains";
    try { history.replaceState(null, "", hash); } catch { location.replace(hash); }
  };
  const recall = () => {
    const hash = location.hash.slice(1);
    if (!hash.includes("=")) return false;
    const given = new URLSearchParams(hash);
    for (const field of FIELDS) {
      const box = tools.elements[field], value = (given.get(field) ?? "").slice(0, 200);
      if (field === "sort" && value.startsWith("-")) reversed(value);
      box.value = value;
      if (box.value !== value) box.value = "";
    }
    apply();
    one("#domains").scrollIntoView({ behavior: "instant" });
    return true;
  };
  const reversed = (value) => {
    const box = tools.elements.sort, known = [...box.options].find((o) => o.value === value.slice(1));
    if (known && value.length > 1 && ![...box.options].some((o) => o.value === value)) {
      box.add(new Option(`${known.text}, reversed`, value));
    }
  };

  const heads = [...table.tHead.rows[0].cells].map((cell, i) => {
    const key = ["domain", ...columns, "findings"][i], button = document.createElement("button");
    button.type = "button";
    button.append(...cell.childNodes);
    cell.append(button);
    button.addEventListener("click", () => {
      const box = tools.elements.sort, next = box.value === key ? `-${key}` : box.value === `-${key}` ? "" : key;
      reversed(next);
      box.value = next;
      remember(apply());
    });
    return { cell, key };
  });

  for (const link of all("a[data-filter]")) link.href = `#${link.dataset.filter}`;
  tools.hidden = false;
  tools.addEventListener("submit", (event) => event.preventDefault());
  tools.addEventListener("input", (event) => { if (event.target.name) remember(apply()); });
  tools.addEventListener("reset", () => setTimeout(() => remember(apply())));
  addEventListener("hashchange", recall);
  if (!recall()) apply();

  // Keys. Arrows work in the table alone; those that are letters or signs can be switched off (WCAG 2.2, 2.1.4).
  const links = () => rows.length ? all("tbody:not([hidden]) tr:not([hidden]) th a", table) : [];
  const along = (step) => {
    const shown = links(), here = shown.indexOf(document.activeElement);
    shown[Math.max(0, Math.min(shown.length - 1, here + step))]?.focus();
  };
  const search = tools.elements.q;
  const inDetails = (step) => {
    const here = domains.findIndex((d) => d.contains(document.activeElement));
    const next = domains[here < 0 ? 0 : Math.max(0, Math.min(domains.length - 1, here + step))];
    next?.firstElementChild.focus();
    next?.scrollIntoView({ block: "start" });
  };
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const at = event.target, typing = at.matches?.("input, select, textarea");
    if (event.key === "Escape" && at === search && search.value) {
      search.value = "";
      remember(apply());
    } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && (table.contains(at) || at === search)) {
      along(event.key === "ArrowDown" ? 1 : -1);
    } else if (!typing && keys.checked && event.key === "/") {
      search.focus();
    } else if (!typing && keys.checked && (event.key === "j" || event.key === "k")) {
      inDetails(event.key === "j" ? 1 : -1);
      return;
    } else {
      return;
    }
    event.preventDefault();
  });
})();
