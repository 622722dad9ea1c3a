"use strict";
// A graph that is too big to be read at once: what is not linked to the chosen node is hidden, and the rest moves together.
const NEAR_FROM = 80, NEAR_GAP = 92, NEAR_STEP = 72, NEAR_MARGIN = 28;
function nearView(data, shapes, edges, size) {
  const whole = { ...size }, levels = new Map(data.nodes.map((node) => [node.id, node.level]));
  const places = new Map([...shapes].map(([id, shape]) => {
    const [x, y] = shape.getAttribute("transform").match(/-?[\d.]+/g).map(Number), box = shape.querySelector(".box");
    return [id, { x, y, width: box.width.baseVal.value, height: box.height.baseVal.value }];
  }));
  const curves = new Map(edges.map((edge) => [edge, edge.getAttribute("d")]));
  function together(ids) {
    const columns = new Map();
    for (const id of ids) {
      if (!columns.has(levels.get(id))) columns.set(levels.get(id), []);
      columns.get(levels.get(id)).push(id);
    }
    const most = Math.max(...[...columns.values()].map((each) => each.length)), found = new Map();
    let x = NEAR_MARGIN;
    for (const level of [...columns.keys()].sort((one, other) => one - other)) {
      const column = columns.get(level).sort((one, other) => places.get(one).y - places.get(other).y);
      column.forEach((id, index) => found.set(id, { ...places.get(id), x, y: NEAR_MARGIN + ((most - column.length) / 2 + index) * NEAR_STEP }));
      x += Math.max(...column.map((id) => places.get(id).width)) + NEAR_GAP;
    }
    size.width = x - NEAR_GAP + NEAR_MARGIN;
    size.height = 2 * NEAR_MARGIN + most * NEAR_STEP;
    return found;
  }
  function curve(from, to) {
    const x = from.x + from.width, y = from.y + from.height / 2, end = to.y + to.height / 2, middle = (x + to.x) / 2;
    return `M${x} ${y}C${middle} ${y} ${middle} ${end} ${to.x} ${end}`;
  }
  return function (ids) {
    const at = ids ? together(ids) : places;
    if (!ids) Object.assign(size, whole);
    for (const [id, shape] of shapes) {
      shape.classList.toggle("far", !at.has(id));
      if (at.has(id)) shape.setAttribute("transform", `translate(${at.get(id).x} ${at.get(id).y})`);
    }
    for (const edge of edges) {
      const from = at.get(edge.dataset.from), to = at.get(edge.dataset.to);
      edge.classList.toggle("far", !from || !to);
      if (from && to) edge.setAttribute("d", ids ? curve(from, to) : curves.get(edge));
    }
  };
}
