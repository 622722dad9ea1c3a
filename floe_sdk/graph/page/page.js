(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const byId = (id) => document.getElementById(id);
  const svg = byId("graph"), world = byId("world"), details = byId("details"), overview = byId("overview"), search = byId("search");
  const size = { width: Number(svg.dataset.width), height: Number(svg.dataset.height) };
  const nodes = new Map(data.nodes.map((node) => [node.id, node]));
  const shapes = new Map([...document.querySelectorAll(".node")].map((shape) => [shape.dataset.id, shape]));
  const edges = [...document.querySelectorAll(".edge")];
  const children = new Map(data.nodes.map((node) => [node.id, []]));
  for (const [parent, child] of data.edges) children.get(parent).push(child);
  const parents = (id) => nodes.get(id).parents || [];
  let chosen = null, column = null;

  // Columns: where each comes from is in the data, what is made of it is that turned round.
  const key = (node, name) => JSON.stringify([node, name.toLowerCase()]);
  const columns = new Map(), made = new Map();
  for (const node of data.nodes) {
    for (const each of node.columns || []) {
      columns.set(key(node.id, each.name), each);
      for (const use of each.from || []) {
        const origin = key(use.node, use.column);
        if (!made.has(origin)) made.set(origin, []);
        made.get(origin).push({ node: node.id, column: each.name, how: use.how });
      }
    }
  }
  const origins = (use) => (columns.get(key(use.node, use.column)) || {}).from || [];
  const uses = (use) => made.get(key(use.node, use.column)) || [];

  // --- the view: moving and zooming ---
  let view = { x: 0, y: 0, scale: 1 };
  const show = () => world.setAttribute("transform", `translate(${view.x} ${view.y}) scale(${view.scale})`);
  const READABLE = 0.45;
  function fit(least = 0) {
    const { width, height } = svg.getBoundingClientRect();
    const scale = Math.max(least, Math.min(1.25, width / size.width, height / size.height) || 1);
    const place = (room, extent) => (extent * scale > room ? 0 : (room - extent * scale) / 2);
    view = { scale, x: place(width, size.width), y: place(height, size.height) };
    show();
    if (chosen && least) centre(chosen);
  }
  function centre(id) {
    const outer = svg.getBoundingClientRect(), box = shapes.get(id).getBoundingClientRect();
    if (size.width * view.scale > outer.width) view.x += outer.left + outer.width / 2 - (box.left + box.right) / 2;
    if (size.height * view.scale > outer.height) view.y += outer.top + outer.height / 2 - (box.top + box.bottom) / 2;
    show();
  }
  function zoom(factor, x, y) {
    const box = svg.getBoundingClientRect();
    const at = { x: x === undefined ? box.width / 2 : x - box.left, y: y === undefined ? box.height / 2 : y - box.top };
    const scale = Math.min(4, Math.max(0.05, view.scale * factor)), ratio = scale / view.scale;
    view = { scale, x: at.x - (at.x - view.x) * ratio, y: at.y - (at.y - view.y) * ratio };
    show();
  }
  function reveal(id) {
    const outer = svg.getBoundingClientRect(), box = shapes.get(id).getBoundingClientRect(), edge = 24;
    const shift = (low, high, from, to) => (low < from + edge ? from + edge - low : high > to - edge ? to - edge - high : 0);
    view.x += shift(box.left, box.right, outer.left, outer.right);
    view.y += shift(box.top, box.bottom, outer.top, outer.bottom);
    show();
  }
  svg.addEventListener("wheel", (event) => { event.preventDefault(); zoom(Math.exp(-event.deltaY * 0.0015), event.clientX, event.clientY); }, { passive: false });
  let drag = null, dragged = false;  // `dragged`: the click that follows belongs to a drag
  svg.addEventListener("pointerdown", (event) => { drag = { x: event.clientX, y: event.clientY }; dragged = false; });
  window.addEventListener("pointermove", (event) => {
    if (!drag || !(event.buttons & 1)) return;
    const dx = event.clientX - drag.x, dy = event.clientY - drag.y;
    if (!dragged && Math.hypot(dx, dy) < 4) return;
    drag = { x: event.clientX, y: event.clientY };
    dragged = true;
    svg.classList.add("dragging");
    view.x += dx; view.y += dy; show();
  });
  window.addEventListener("pointerup", () => { svg.classList.remove("dragging"); drag = null; setTimeout(() => { dragged = false; }); });
  byId("larger").onclick = () => zoom(1.25);
  byId("smaller").onclick = () => zoom(0.8);
  byId("fit").onclick = () => fit();

  // --- light and dark ---
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const theme = (name) => { document.documentElement.dataset.theme = name; };
  theme(dark.matches ? "dark" : "light");
  dark.addEventListener("change", () => theme(dark.matches ? "dark" : "light"));
  byId("theme").onclick = () => theme(document.documentElement.dataset.theme === "dark" ? "light" : "dark");

  // --- elements: texts are always texts, never markup ---
  function make(tag, attributes, ...content) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      if (name === "onclick") element.onclick = value;
      else element.setAttribute(name, value);
    }
    element.append(...content.filter((each) => each !== null && each !== ""));
    return element;
  }

  // --- what is lit ---
  function reach(id, next) {
    const found = new Set(), todo = [...next(id)];
    while (todo.length) {
      const each = todo.pop();
      if (!found.has(each)) { found.add(each); todo.push(...next(each)); }
    }
    return found;
  }
  function reachColumns(start, next) {
    const found = new Map(), todo = [...next(start)];
    while (todo.length) {
      const each = todo.pop(), name = key(each.node, each.column);
      if (!found.has(name)) { found.set(name, each); todo.push(...next(each)); }
    }
    return [...found.values()];
  }
  function light() {
    const up = new Set(), down = new Set(), names = new Map();
    if (column) {
      const start = { node: chosen, column };
      const gather = (list, into) => list.forEach((each) => {
        into.add(each.node);
        if (!names.has(each.node)) names.set(each.node, new Set());
        names.get(each.node).add(each.column);
      });
      gather(reachColumns(start, origins), up);
      gather(reachColumns(start, uses), down);
      names.set(chosen, new Set([column]));
    } else if (chosen) {
      reach(chosen, parents).forEach((id) => up.add(id));
      reach(chosen, (id) => children.get(id)).forEach((id) => down.add(id));
    }
    svg.classList.toggle("focused", Boolean(chosen));
    for (const [id, shape] of shapes) {
      shape.classList.toggle("on", id === chosen || up.has(id) || down.has(id));
      shape.classList.toggle("up", up.has(id));
      shape.classList.toggle("down", down.has(id));
      shape.classList.toggle("chosen", id === chosen);
      shape.classList.toggle("with-column", names.has(id));
      shape.setAttribute("aria-pressed", String(id === chosen));
      const meta = shape.querySelector(".meta"), room = Math.floor((shape.querySelector(".box").width.baseVal.value - 28) / (names.has(id) ? 7.1 : 6.4));
      const list = names.has(id) ? [...names.get(id)] : [];
      const text = list.length ? list.join(", ") : meta.dataset.meta;
      meta.textContent = list.length > 1 && text.length > room ? `${list[0]} + ${list.length - 1}` : text.length > room ? `${text.slice(0, room - 1)}…` : text;
    }
    for (const edge of edges) {
      const { from, to } = edge.dataset, above = (id) => id === chosen || up.has(id), below = (id) => id === chosen || down.has(id);
      const isUp = Boolean(chosen) && above(from) && above(to) && linked(from, to, names), isDown = Boolean(chosen) && below(from) && below(to) && linked(from, to, names);
      edge.classList.toggle("on", isUp || isDown);
      edge.classList.toggle("up", isUp);
      edge.classList.toggle("down", isDown && !isUp);
    }
  }
  function linked(from, to, names) {
    if (!column) return true;
    return [...(names.get(to) || [])].some((name) => origins({ node: to, column: name }).some((use) => use.node === from && [...(names.get(from) || [])].some((each) => each.toLowerCase() === use.column.toLowerCase())));
  }

  // --- the panel ---
  const words = { IDENTITY: "as it is", TRANSFORMATION: "computed", AGGREGATION: "aggregated", CONDITIONAL: "decides on it", FILTER: "filter", JOIN: "join", GROUP_BY: "grouping", SORT: "order", WINDOW: "window" };
  const near = nodes.size > NEAR_FROM ? nearView(data, shapes, edges, size) : null;
  if (near) overview.querySelector(".keys").before(make("p", { class: "hint" }, "There are too many nodes to be read at once: choose one, and only what is linked to it is left."));
  function choose(id, name) {
    const moves = near && id !== chosen;
    if (id && search.value) { search.value = ""; find(); }
    chosen = id; column = name || null;
    if (moves) {
      near(id ? [id, ...reach(id, parents), ...reach(id, (each) => children.get(each))] : null);
      fit(READABLE);
    }
    overview.hidden = Boolean(id); details.hidden = !id;
    if (id) describe(nodes.get(id)); else details.replaceChildren();
    light();
  }
  function describe(node) {
    const top = make("div", {},
      make("button", { type: "button", class: "close", "aria-label": "Let go of the node", onclick: () => { choose(null); shapes.get(node.id).focus(); } }, "×"),
      make("h2", {}, node.name),
      make("p", { class: "kind" }, make("span", { class: "dot " + [...shapes.get(node.id).classList].find((each) => each.startsWith("k-")) }), [node.kind, node.tier].filter(Boolean).join(" · ")),
      node.description ? make("p", { class: "lead" }, node.description) : make("p", { class: "hint" }, "It has no description."));
    const facts = make("dl", { class: "facts-list" });
    for (const [label, value] of [["Table", node.table], ["Owner", node.owner], ["File", node.path]]) {
      if (value) facts.append(make("dt", {}, label), make("dd", {}, value));
    }
    if (node.tags) facts.append(make("dt", {}, "Tags"), make("dd", {}, ...node.tags.map((tag) => make("span", { class: "tag" }, tag))));
    details.replaceChildren(top, facts, ...links("Reads", parents(node.id)), ...links("Is read by", children.get(node.id)), ...columnList(node), ...testList(node));
    const pressed = details.querySelector('[aria-pressed="true"]');
    if (pressed) pressed.parentElement.scrollIntoView({ block: "nearest" });
    else byId("panel").scrollTop = 0;
  }
  function links(title, ids) {
    if (!ids.length) return [];
    const list = make("ul", { class: "links" });
    for (const id of ids) {
      const kind = [...shapes.get(id).classList].find((each) => each.startsWith("k-"));
      list.append(make("li", {}, make("button", { type: "button", onclick: () => { choose(id); reveal(id); shapes.get(id).focus(); } }, make("span", { class: "dot " + kind }), nodes.get(id).name)));
    }
    return [make("h3", {}, `${title} (${ids.length})`), list];
  }
  function columnList(node) {
    const own = node.columns || [];
    if (!own.length) return [make("h3", {}, "Columns"), make("p", { class: "hint" }, "None is declared or known.")];
    const list = make("ul", { class: "columns" });
    for (const each of own) {
      const tests = (node.tests || []).filter((test) => test.column && test.column.toLowerCase() === each.name.toLowerCase());
      const button = make("button", { type: "button", "data-column": each.name, "aria-pressed": String(each.name === column), onclick: () => toggle(node, each.name) },
        make("span", { class: "column" }, each.name), make("span", { class: "type" }, each.type || ""),
        each.description ? make("span", { class: "said" }, each.description) : null,
        tests.length || each.tags ? make("span", { class: "said" }, make("span", { class: "tested" }, tests.map((test) => `✓ ${told(test)}`).join("  ")), " ", ...(each.tags || []).map((tag) => make("span", { class: "tag" }, tag))) : null);
      const item = make("li", {}, button);
      if (each.name === column) item.append(origin(node, each));
      list.append(item);
    }
    const found = [make("h3", {}, `Columns (${own.length})`), list];
    if (!data.column_lineage) found.splice(1, 0, make("p", { class: "note" }, "Where columns come from is unknown: nothing compiled the SQL of the models."));
    return found;
  }
  function toggle(node, name) {
    choose(node.id, column === name ? null : name);
    [...details.querySelectorAll("[data-column]")].find((each) => each.dataset.column === name).focus({ preventScroll: true });
  }
  function origin(node, each) {
    const start = { node: node.id, column: each.name }, box = make("div", { class: "origin" });
    if (each.from && each.from.length) box.append(make("h4", {}, "Comes from"), tree(start, origins, new Set([key(node.id, each.name)])));
    else if (each.from) box.append(make("p", {}, "It is made from no other column."));
    else if (each.unknown) box.append(make("p", {}, `Where it comes from is unknown: ${each.unknown}.`));
    else if (node.kind === "source" || node.kind === "seed") box.append(make("p", {}, "It is where the data begins."));
    else box.append(make("p", {}, "Where it comes from is unknown."));
    if (uses(start).length) box.append(make("h4", {}, "Is used for"), tree(start, uses, new Set([key(node.id, each.name)])));
    return box;
  }
  function tree(start, next, seen) {
    const list = make("ul");
    for (const use of next(start)) {
      const item = make("li", {}, `${nodes.get(use.node).name}.`, make("b", {}, use.column), " ", make("span", { class: "how" }, words[use.how] || use.how.toLowerCase()));
      const name = key(use.node, use.column);
      if (!seen.has(name)) { seen.add(name); if (next(use).length) item.append(tree(use, next, seen)); }
      list.append(item);
    }
    return list;
  }
  const told = (test) => (test.severity === "error" ? test.name : `${test.name} (${test.severity})`);
  function testList(node) {
    const tests = (node.tests || []).filter((test) => !test.column);
    if (!tests.length) return [];
    return [make("h3", {}, `Tests of the whole (${tests.length})`), make("div", {}, ...tests.map((test) => make("span", { class: "tag" }, told(test))))];
  }

  // --- choosing by pointer and by keys ---
  for (const [id, shape] of shapes) {
    shape.addEventListener("click", () => { if (!dragged) choose(id); });
    shape.addEventListener("focus", () => { if (shape.matches(":focus-visible")) reveal(id); });
  }
  svg.addEventListener("click", (event) => { if (!event.target.closest(".node") && !dragged) choose(null); });
  const middle = (id) => { const box = shapes.get(id).getBoundingClientRect(); return box.top + box.height / 2; };
  function neighbour(id, arrow) {
    const seen = (ids) => ids.filter((each) => !shapes.get(each).classList.contains("away") && !shapes.get(each).classList.contains("far")), here = middle(id);
    const nearest = (ids) => seen(ids).sort((one, other) => Math.abs(middle(one) - here) - Math.abs(middle(other) - here))[0];
    if (arrow === "ArrowLeft") return nearest(parents(id));
    if (arrow === "ArrowRight") return nearest(children.get(id));
    const level = data.nodes.filter((node) => node.level === nodes.get(id).level).map((node) => node.id);
    return nearest(level.filter((each) => (arrow === "ArrowUp" ? middle(each) < here : middle(each) > here)));
  }
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = event.target === search, node = event.target.closest && event.target.closest(".node");
    if (event.key === "Escape") {
      if (typing && search.value) { search.value = ""; find(); } else if (column) { const id = chosen; choose(id); } else choose(null);
    } else if (!typing && event.key === "/") { event.preventDefault(); search.focus(); search.select(); }
    else if (!typing && (event.key === "+" || event.key === "=")) zoom(1.25);
    else if (!typing && event.key === "-") zoom(0.8);
    else if (!typing && event.key === "0") fit();
    else if (node && (event.key === "Enter" || event.key === " ")) { event.preventDefault(); choose(node.dataset.id); }
    else if (node && event.key.startsWith("Arrow")) {
      event.preventDefault();
      const next = neighbour(node.dataset.id, event.key);
      if (next) shapes.get(next).focus();
    } else if (typing && event.key === "Enter") {
      const first = document.querySelector(".node.match:not(.away)");
      if (first) { choose(first.dataset.id); reveal(first.dataset.id); first.focus(); }
    }
  });

  // --- finding and filtering ---
  const texts = new Map(data.nodes.map((node) => [node.id, [node.name, node.table, ...(node.tags || []), ...(node.columns || []).map((each) => each.name)].filter(Boolean).join("\n").toLowerCase()]));
  function find() {
    const wanted = search.value.trim().toLowerCase();
    let count = 0;
    for (const [id, shape] of shapes) {
      const match = Boolean(wanted) && texts.get(id).includes(wanted);
      shape.classList.toggle("match", match);
      if (match) count += 1;
    }
    svg.classList.toggle("searching", Boolean(wanted));
    byId("matches").textContent = wanted ? `${count} of ${shapes.size}` : "";
  }
  search.addEventListener("input", find);
  for (const chip of document.querySelectorAll(".chip")) {
    chip.onclick = () => {
      const shown = chip.getAttribute("aria-pressed") !== "true";
      chip.setAttribute("aria-pressed", String(shown));
      for (const node of data.nodes) if (node.kind === chip.dataset.kind) shapes.get(node.id).classList.toggle("away", !shown);
      const away = (id) => shapes.get(id).classList.contains("away");
      for (const edge of edges) edge.classList.toggle("away", away(edge.dataset.from) || away(edge.dataset.to));
    };
  }
  window.addEventListener("resize", () => fit(near ? READABLE : 0));
  light();
  fit(near ? READABLE : 0);
})();
