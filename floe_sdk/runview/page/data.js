const run = JSON.parse(document.getElementById("data").textContent);
const nodes = new Map(run.nodes.map((node) => [node.id, node]));
const isTest = (node) => node.kind === "test" || node.kind === "unit_test";
const ORDER = ["error", "fail", "interrupted", "warn", "skipped", "not run", "success"];
const WORDS = { success: "OK", warn: "warned", fail: "failed", error: "error", skipped: "skipped", interrupted: "interrupted", "not run": "not run",
  failed: "failed", aborted: "aborted", running: "running", published: "published" };
const style = (status) => `s-${status === "not run" ? "none" : status}`;
const rank = (node) => ORDER.indexOf(node.status);
const tests = new Map(), readers = new Map(), path = new Set(run.slowest_path);
for (const node of run.nodes) {
  if (isTest(node)) { if (node.tested) tests.set(node.tested, [...(tests.get(node.tested) || []), node]); continue; }
  for (const parent of node.parents) readers.set(parent, [...(readers.get(parent) || []), node.id]);
}
for (const list of tests.values()) list.sort((one, other) => rank(one) - rank(other) || one.name.localeCompare(other.name));

// Time: everything is measured from the run's own beginning, or from the first node's where that is unknown.
const at = (text) => (text ? Date.parse(text) / 1000 : null);
const times = [run.started_at, run.finished_at, ...run.nodes.flatMap((node) => [node.started_at, node.finished_at])].map(at).filter((time) => time !== null);
const begun = times.reduce((one, other) => Math.min(one, other), Infinity), ended = times.reduce((one, other) => Math.max(one, other), -Infinity);
const whole = Math.max(ended - begun, 0.001);

function duration(seconds) {
  if (seconds === null || seconds === undefined) return "";
  if (seconds < 0.0995) return `${Math.max(1, Math.round(seconds * 1000))} ms`;
  if (seconds < 9.995) return `${seconds.toFixed(2)} s`;
  if (seconds < 99.95) return `${seconds.toFixed(1)} s`;
  const minutes = Math.floor(seconds / 60), rest = Math.round(seconds - minutes * 60);
  return minutes < 60 ? `${minutes} min ${rest} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
const number = (value) => (value === null || value === undefined ? "" : value.toLocaleString("en"));
function size(bytes) {
  if (bytes === null || bytes === undefined) return "";
  for (const unit of ["B", "KB", "MB", "GB", "TB"]) {
    if (bytes < 1000 || unit === "TB") return unit === "B" ? `${bytes} B` : `${bytes.toFixed(1)} ${unit}`;
    bytes /= 1000;
  }
}
const clock = (text) => new Date(text).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" });
const counted = (count, word) => `${number(count)} ${word}${count === 1 ? "" : "s"}`;

// Elements: texts become text nodes, never markup.
function make(tag, options = {}, ...children) {
  const element = document.createElement(tag);
  for (const [key, value] of Object.entries(options)) {
    if (key === "class") element.className = value;
    else if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (key in element && key !== "role") element[key] = value;
    else element.setAttribute(key, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return element;
}
const dot = (status) => make("span", { class: `dot ${style(status)}`, title: WORDS[status] });
