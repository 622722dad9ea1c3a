(() => {
  const byId = (id) => document.getElementById(id);
  const body = document.querySelector("#nodes tbody"), table = byId("nodes"), overview = byId("overview"), details = byId("details"), search = byId("search");
  const hidden = new Set();
  let chosen = null, linked = new Set(), linkedOnly = false, withTests = run.nodes.length > 0 && run.nodes.every(isTest);

  // --- the head ---
  byId("product").textContent = run.product;
  byId("status").textContent = WORDS[run.status] || run.status;
  byId("status").classList.add(style(run.status));
  byId("facts").textContent = [run.environment, run.started_at && clock(run.started_at), run.who && `by ${run.who}`, `run ${run.run_id}`].filter(Boolean).join(" · ");
  const answers = run.nodes.filter(isTest), data = run.nodes.filter((node) => !isTest(node));
  const failed = run.nodes.filter((node) => node.status === "fail" || node.status === "error").length;
  for (const [name, value, tone] of [
    ["took", run.known_from === "catalog" ? "" : duration(run.seconds)],
    ["failed", failed ? number(failed) : "", "bad"],
    [data.length === 1 ? "node" : "nodes", number(data.length)],
    [answers.length === 1 ? "test" : "tests", answers.length ? number(answers.length) : ""],
    ["rows published", number(run.rows)],
    ["written", run.bytes ? size(run.bytes) : ""],
  ]) if (value) byId("tiles").append(make("div", {}, make("dt", {}, name), make("dd", { class: tone || "" }, value)));

  // --- the axis ---
  const step = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400, 43200, 86400].find((each) => whole / each <= 6) || whole / 5;
  const ticks = [];
  for (let time = 0; time <= whole * 0.97; time += step) ticks.push(time);
  const label = (time) => (time === 0 ? "0" : step < 1 ? `${time.toFixed(step < 0.1 ? 2 : 1)} s` : time < 100 ? `${Math.round(time)} s` : duration(time).replace(" 0 s", ""));
  const placed = (element, time) => { element.style.left = `${(100 * time) / whole}%`; return element; };
  for (const time of ticks) byId("axis").append(placed(make("span", { class: "tick" }, label(time)), time));

  // --- the rows ---
  function verdict(list) {
    const bad = list.filter((test) => test.status === "fail" || test.status === "error").length, warned = list.filter((test) => test.status === "warn").length;
    const good = list.filter((test) => test.status === "success").length, rest = list.length - bad - warned - good;
    return [bad ? make("span", { class: "bad" }, `${bad} ✗ `) : "", warned ? make("span", { class: "warned" }, `${warned} ! `) : "",
      good ? make("span", { class: "good" }, `${good} ✓ `) : "", rest ? make("span", { class: "soft" }, `${rest} –`) : ""];
  }
  function track(node) {
    const inner = make("div", { class: "track" }, ...ticks.map((time) => placed(make("span", { class: "grid" }), time)));
    const start = at(node.started_at || node.finished_at);  // of a commit that only the catalog knows, the end
    if (start === null) return inner;
    const seconds = node.seconds === null ? (node.status === "interrupted" ? ended - start : 0) : node.seconds;
    const bar = placed(make("span", { class: "bar", title: `${WORDS[node.status]}, ${duration(node.seconds)} from ${duration(start - begun)}` }), start - begun);
    bar.style.width = `${(100 * seconds) / whole}%`;
    const after = make("span", { class: "after" }, node.attempts > 1 ? `attempt ${node.attempts}` : "");
    const end = (100 * (start - begun + seconds)) / whole;
    if (end < 88) after.style.left = `${end}%`; else after.style.right = `${100 - (100 * (start - begun)) / whole}%`;
    inner.append(bar, after, ...(tests.get(node.id) || []).map(mark).filter(Boolean));
    return inner;
  }
  function mark(test) {  // its tests, below the node's own bar
    const start = at(test.started_at);
    if (start === null || test.seconds === null) return null;
    const element = placed(make("span", { class: `mark ${style(test.status)}`, title: `${test.name}: ${WORDS[test.status]}, ${duration(test.seconds)}` }), start - begun);
    element.style.width = `${(100 * test.seconds) / whole}%`;
    return element;
  }
  const rows = new Map();
  for (const node of run.nodes) {
    const row = make("tr", { class: `${style(node.status)}${isTest(node) ? " test" : ""}${path.has(node.id) ? " on-path" : ""}`, tabIndex: -1, "data-id": node.id, "aria-selected": "false" },
      make("td", {}, make("div", { class: "name" }, dot(node.status), make("span", { title: node.name }, node.name), make("span", { class: "hidden" }, `, ${WORDS[node.status]}`))),
      make("td", { class: "soft" }, node.materialization || node.kind),
      make("td", { class: "number" }, isTest(node) && node.failures ? `${number(node.failures)} ✗` : number(node.rows)),
      make("td", { class: "number soft" }, size(node.bytes)),
      make("td", {}, ...verdict(tests.get(node.id) || [])),
      make("td", { class: "number" }, node.status === "skipped" ? "" : duration(node.seconds)),
      make("td", { class: "line" }, track(node)));
    row.addEventListener("click", () => choose(node.id));
    rows.set(node.id, row);
  }
  const COMPARE = {
    began: () => 0,
    slow: (one, other) => (other.seconds || 0) - (one.seconds || 0),
    rows: (one, other) => (other.rows || 0) - (one.rows || 0),
    name: (one, other) => one.name.localeCompare(other.name),
  };
  const texts = new Map(run.nodes.map((node) => [node.id, [node.name, node.table, node.path, node.id].filter(Boolean).join("\n").toLowerCase()]));
  let shown = [];
  function show() {
    const wanted = search.value.trim().toLowerCase();
    const visible = (node) => !hidden.has(node.status) && (!linkedOnly || chosen === null || linked.has(node.id)) && (wanted ? texts.get(node.id).includes(wanted)
      : withTests || !isTest(node) || !["success", "not run", "skipped"].includes(node.status) || node.id === chosen);
    shown = run.nodes.filter(visible);
    shown.sort(COMPARE[byId("order").value]);  // stable: the data's order is that in which they began
    body.replaceChildren(...shown.map((node) => rows.get(node.id)));
    byId("nothing").hidden = shown.length > 0;
    byId("nothing").textContent = run.nodes.length ? "No node is like that." : "No node of this run is known.";
    byId("matches").textContent = wanted ? `${shown.length} of ${run.nodes.length}` : "";
    roving();
  }
  function roving(id) {
    const target = rows.get(id) && rows.get(id).isConnected ? rows.get(id) : body.querySelector(".chosen") || body.firstElementChild;
    for (const row of body.querySelectorAll('[tabindex="0"]')) row.tabIndex = -1;
    if (target) target.tabIndex = 0;
    return target;
  }

  // --- what is chosen ---
  function reach(id, next) {
    const found = new Set(), open = [id];
    while (open.length) for (const each of next(open.pop())) if (!found.has(each)) { found.add(each); open.push(each); }
    return found;
  }
  const parents = (id) => (nodes.has(id) ? nodes.get(id).parents : []);
  function choose(id, { focus = false } = {}) {
    chosen = id;
    const up = id === null ? new Set() : reach(id, parents), down = id === null ? new Set() : reach(id, (each) => readers.get(each) || []);
    linked = new Set([id, ...up, ...down, ...run.nodes.filter((node) => id !== null && node.tested === id).map((node) => node.id)]);
    byId("linked").hidden = id === null;
    if (id !== null && !rows.get(id).isConnected) { search.value = ""; hidden.delete(nodes.get(id).status); chips(); show(); } else if (linkedOnly) show();
    table.classList.toggle("focused", id !== null);
    for (const [each, row] of rows) {
      row.classList.toggle("chosen", each === id);
      row.setAttribute("aria-selected", String(each === id));
      row.classList.toggle("up", up.has(each));
      row.classList.toggle("down", down.has(each));
      row.classList.toggle("own", id !== null && nodes.get(each).tested === id);
    }
    overview.hidden = id !== null;
    details.hidden = id === null;
    details.replaceChildren(...(id === null ? [] : described(nodes.get(id))));
    byId("panel").scrollTop = 0;
    const row = roving(id);
    if (row && id !== null) reveal(row);
    if (row && focus) row.focus({ preventScroll: true });
  }
  function reveal(row) {
    const box = row.getBoundingClientRect(), view = byId("scroll").getBoundingClientRect(), far = box.bottom < view.top || box.top > view.bottom;
    row.scrollIntoView({ block: far ? "center" : "nearest" });
  }
  const facts = (pairs) => make("dl", { class: "facts-list" }, ...pairs.filter(([, value]) => value).flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, value)]));
  function link(id, figure) {
    const node = nodes.get(id);
    if (!node) return make("li", {}, make("span", { class: "plain" }, make("span", { class: "dot s-none", title: "not in this run" }), run.names[id] || id));
    return make("li", {}, make("button", { type: "button", onclick: () => choose(id, { focus: true }) }, dot(node.status), make("span", {}, node.name),
      make("span", { class: "figure" }, figure === undefined ? duration(node.seconds) : figure)));
  }
  const section = (title, ids, figure, kind = "") => (ids.length ? [make("h3", { class: kind }, title), make("ul", { class: "links" }, ...ids.map((id) => link(id, figure && figure(nodes.get(id)))))] : []);
  const code = (text) => (text ? make("code", {}, ...text.split(/(?<=[/.])/).flatMap((each) => [each, make("wbr")])) : "");  // broken where a path may be
  function described(node) {
    const list = tests.get(node.id) || [], start = at(node.started_at);
    const found = (test) => (test.failures ? `${counted(test.failures, "row")}` : duration(test.seconds));
    return [
      make("button", { type: "button", class: "close", "aria-label": "Close", onclick: () => choose(null, { focus: true }) }, "×"),
      make("h2", {}, node.name),
      make("p", { class: "kind" }, dot(node.status), `${node.materialization || node.kind} · ${WORDS[node.status]}${node.seconds === null ? "" : ` · ${duration(node.seconds)}`}`),
      node.message ? make("div", { class: `message ${style(node.status)}`, tabIndex: 0, role: "region", "aria-label": "Message" }, node.message) : "",
      facts([
        ["Failing rows", node.failures ? number(node.failures) : ""], ["Column", node.column],
        ["Began", start === null ? "" : `${duration(start - begun)} after the run`],
        ["Attempts", node.attempts > 1 ? number(node.attempts) : ""],
        ["Writes", code(node.table)], ["Snapshot", code(node.snapshot_id)], ["Commit", node.operation],
        ["Rows", node.rows === null ? "" : `${number(node.rows)} written${node.total_rows !== null && node.total_rows !== node.rows ? `, ${number(node.total_rows)} in the table` : ""}`],
        ["Size", node.bytes === null ? "" : `${size(node.bytes)}${node.files ? ` in ${counted(node.files, "file")}` : ""}`],
        ["File", code(node.path)], ["Compiled SQL", code(node.compiled_path)], ["Id", code(node.id)],
      ]),
      ...section("Reads", node.parents.filter((id) => id !== node.tested), undefined, "reads"),
      ...section("Is read by", readers.get(node.id) || [], undefined, "read-by"),
      ...(node.tested ? section("Tests this", [node.tested]) : []),
      ...section("Tests", list.map((test) => test.id), found),
    ].filter(Boolean);
  }

  // --- the run as a whole ---
  const bad = run.nodes.filter((node) => ["error", "fail", "interrupted", "warn"].includes(node.status)).sort((one, other) => rank(one) - rank(other));
  const slow = data.filter((node) => node.seconds).sort((one, other) => other.seconds - one.seconds).slice(0, 5);
  const someone = (who) => (who ? `${who.namespace}/${who.name}, run ${who.runId}` : "");
  const chosenBy = (words) => (words && words.length ? words.join(" ") : "");
  overview.append(...[
    run.message ? make("div", { class: `message ${style(run.status)}` }, run.message) : "",
    ...run.warnings.map((warning) => make("div", { class: "message s-warn" }, warning)),
    run.known_from === "catalog" ? make("p", { class: "hint" }, "It ran on another machine, or this one has forgotten it: what it committed to the catalog is all that is known here.") : "",
    facts([
      ["Run", code(run.run_id)], ["Environment", run.environment], ["Version", run.details.version], ["Began", run.started_at && clock(run.started_at)],
      ["Ended", run.finished_at && clock(run.finished_at)], ["By", run.who && `${run.who}${run.pid ? `, process ${run.pid}` : ""}`], ["Command", code(run.command)],
      ["For", run.parent ? code(someone(run.parent)) : ""], ["Root", run.root ? code(someone(run.root)) : ""], ["Rest of", code(run.retry_of)],
      ["Selected", code(chosenBy(run.details.select) || run.details.selector)], ["Excluded", code(chosenBy(run.details.exclude))], ["Full refresh", run.details.full_refresh ? "yes" : ""],
      ["Left out", run.left_out_as_current ? `${counted(run.left_out_as_current, "node")}, as nothing had changed` : ""],
      ["Engine", run.details.engine], ["floe", run.details.floe],
    ]),
    ...section("Went wrong", bad.map((node) => node.id), (node) => (node.failures ? counted(node.failures, "row") : WORDS[node.status])),
    ...section("Slowest", slow.map((node) => node.id)),
    ...(run.slowest_path.length ? [make("h3", {}, "What the end waited for ◆"), make("ul", { class: "links" }, ...run.slowest_path.map((id) => link(id)))] : []),
    make("h3", {}, "Keys"),
    make("dl", { class: "keys" }, ...[[["/"], "find"], [["↑", "↓"], "the row before, the next"], [["Enter"], "choose"], [["←", "→"], "what it reads, what reads it"], [["t"], "tests"], [["l"], "only what is linked to the chosen one"], [["Esc"], "let go"]]
      .flatMap(([keys, what]) => [make("dt", {}, ...keys.map((key) => make("kbd", {}, key)).flatMap((key) => [key, " "])), make("dd", {}, what)])),
  ].filter(Boolean));

  // --- filters, keys, light and dark ---
  function chips() {
    const counts = new Map();
    for (const node of run.nodes) counts.set(node.status, (counts.get(node.status) || 0) + 1);
    byId("statuses").replaceChildren(...ORDER.filter((status) => counts.has(status)).map((status) => make("button", {
      type: "button", class: `chip ${style(status)}`, "aria-pressed": String(!hidden.has(status)), "data-status": status,
      onclick: () => { if (!hidden.delete(status)) hidden.add(status); chips(); show(); byId("statuses").querySelector(`[data-status="${status}"]`).focus(); },
    }, dot(status), `${WORDS[status]} `, make("b", {}, number(counts.get(status))))));
    byId("tests").setAttribute("aria-pressed", String(withTests));
    byId("tests").replaceChildren("Tests ", make("b", {}, number(answers.length)));
    byId("tests").hidden = answers.length === 0;
  }
  const toggleTests = () => { withTests = !withTests; chips(); show(); };
  byId("tests").onclick = toggleTests;
  function toggleLinked() {
    if (chosen === null) return;
    linkedOnly = !linkedOnly;
    byId("linked").setAttribute("aria-pressed", String(linkedOnly));
    show();
    reveal(rows.get(chosen));
  }
  byId("linked").onclick = toggleLinked;
  byId("order").onchange = show;
  search.addEventListener("input", show);
  function move(to) {
    const row = document.activeElement.closest && document.activeElement.closest("tbody tr");
    const place = shown.findIndex((node) => row && node.id === row.dataset.id);
    const target = shown[Math.max(0, Math.min(shown.length - 1, place < 0 ? 0 : to(place)))];
    if (!target) return;
    roving(target.id).focus({ preventScroll: true });
    rows.get(target.id).scrollIntoView({ block: "nearest" });
  }
  const KEYS = {
    ArrowDown: () => move((place) => place + 1), ArrowUp: () => move((place) => place - 1), Home: () => move(() => 0), End: () => move(() => shown.length - 1),
    PageDown: () => move((place) => place + 15), PageUp: () => move((place) => place - 15),
    t: toggleTests, l: toggleLinked,
    "/": () => search.focus(),
  };
  const around = { ArrowLeft: (id) => parents(id), ArrowRight: (id) => readers.get(id) || [] };
  window.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const row = event.target.closest && event.target.closest("tbody tr");
    if (event.key === "Escape") { if (event.target === search && search.value) { search.value = ""; show(); } else choose(null, { focus: true }); return; }
    if (event.target === search) {
      if ((event.key === "Enter" || event.key === "ArrowDown") && shown.length) { event.preventDefault(); choose(shown[0].id, { focus: true }); }
      return;
    }
    if (event.target.tagName === "SELECT") return;
    if (row && (event.key === "Enter" || event.key === " ")) { event.preventDefault(); choose(row.dataset.id, { focus: true }); return; }
    if (row && around[event.key]) {
      const next = around[event.key](row.dataset.id).find((id) => nodes.has(id));
      if (next) { event.preventDefault(); choose(next, { focus: true }); }
      return;
    }
    if (KEYS[event.key] && (row || !["ArrowDown", "ArrowUp", "Home", "End", "PageDown", "PageUp"].includes(event.key) || event.target === document.body)) { event.preventDefault(); KEYS[event.key](); }
  });
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const theme = (name) => { document.documentElement.dataset.theme = name; };
  theme(dark.matches ? "dark" : "light");
  dark.addEventListener("change", () => theme(dark.matches ? "dark" : "light"));
  byId("theme").onclick = () => theme(document.documentElement.dataset.theme === "dark" ? "light" : "dark");
  chips();
  show();
})();
