"use strict";
// Names and errors come from outside: everything is put into the page as text, never as markup.
const EVERY = 1000, PATIENCE = 5000;
const page = document.getElementById("page");
let token = sessionStorage.getItem("token") || "";
let before = null, last = null, failure = "";

// The token comes behind the `#`, which a browser sends nowhere, and does not stay in the address.
if (location.hash.startsWith("#token=")) {
  token = decodeURIComponent(location.hash.slice(7));
  sessionStorage.setItem("token", token);
  history.replaceState(null, "", location.pathname);
}

// An element: name and classes, attributes or none, children. No child is markup.
function h(name, attributes, ...children) {
  const [tag, ...classes] = name.split(".");
  const node = document.createElement(tag);
  if (classes.length) node.className = classes.join(" ");
  for (const [key, value] of Object.entries(attributes || {})) if (value != null) node.setAttribute(key, value);
  node.append(...children.flat().filter((child) => child != null && child !== false).map((child) => child instanceof Node ? child : String(child)));
  return node;
}

// Makes `old` as `fresh` is and leaves alone what is the same, so that what is selected, focused or opened stays so.
function morph(old, fresh) {
  if (old.nodeType !== fresh.nodeType || old.nodeName !== fresh.nodeName || keyOf(old) !== keyOf(fresh)) return old.replaceWith(fresh);
  if (old.nodeType === Node.TEXT_NODE) {
    if (old.data !== fresh.data) old.data = fresh.data;
    return;
  }
  for (const { name, value } of [...fresh.attributes]) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  for (const { name } of [...old.attributes]) if (!fresh.hasAttribute(name) && name !== "open") old.removeAttribute(name);
  const keyed = new Map([...old.childNodes].filter(keyOf).map((child) => [keyOf(child), child]));
  let at = old.firstChild;
  for (const child of [...fresh.childNodes]) {
    const known = keyOf(child) && keyed.get(keyOf(child));
    if (known && known !== at) old.insertBefore(known, at);
    else if (!known && (!at || keyOf(at) || keyOf(child))) { old.insertBefore(child, at); continue; }
    const here = known || at;
    at = here.nextSibling;
    morph(here, child);
  }
  while (at) { const next = at.nextSibling; at.remove(); at = next; }
}
const keyOf = (node) => (node.dataset && node.dataset.id) || "";

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const count = (value) => whole.format(value).replaceAll(",", "\u202f");
const many = (value, one, more) => `${count(value)} ${value === 1 ? one : more || one + "s"}`;

function duration(ms) {
  if (ms == null) return "";
  if (ms > 0 && ms < 10 && ms % 1) return `${ms.toFixed(ms < 1 ? 2 : 1)} ms`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const s = ms / 1000;
  if (s < 10) return `${s.toFixed(1)} s`;
  if (s < 100) return `${Math.floor(s)} s`;
  if (s < 6000) return `${Math.floor(s / 60)} min ${Math.floor(s % 60)} s`;
  if (s < 172800) return `${Math.floor(s / 3600)} h ${Math.floor(s % 3600 / 60)} min`;
  return `${Math.floor(s / 86400)} d ${Math.floor(s % 86400 / 3600)} h`;
}
const ago = (ms) => ms == null ? "never" : `${duration(ms)} ago`;

function bytes(value) {
  for (const unit of ["B", "KiB", "MiB", "GiB"]) {
    if (value < 1024 || unit === "GiB") return `${unit === "B" || value >= 100 ? Math.round(value) : value.toFixed(1)} ${unit}`;
    value /= 1024;
  }
}

// How much a number has grown in a second, from one document to the next.
function rate(read) {
  if (!before) return "";
  const seconds = (Date.parse(last.at) - Date.parse(before.at)) / 1000;
  const [now, then] = [read(last), read(before)];
  if (!(seconds > 0) || now == null || then == null || now < then) return "";
  const each = (now - then) / seconds;
  return each === 0 ? "" : `${each < 10 ? each.toFixed(1) : count(each)}/s`;
}

function header(data) {
  const tone = { running: "good", "waiting to lead": "warn", starting: "warn", stopping: "bad" }[data.operator.state] || "quiet";
  return h("header", { "data-id": "header" },
    h("h1", null, data.operator.name),
    h(`span.state.${failure ? "bad" : tone}`, null, failure ? "out of reach" : data.operator.state),
    h("span.quiet.right", null, `up ${duration(data.operator.uptimeMs)}`));
}

function fact(name, value, more) {
  return h("div", null, h("dt", null, name), h("dd", null, value, more ? [" ", h("small", null, more)] : null));
}

function facts(data) {
  const sum = (read) => data.controllers.reduce((all, one) => all + read(one), 0);
  const lease = data.lease;
  const running = sum((one) => one.queue.processing);
  return h("dl.facts", { "data-id": "facts" },
    fact("In flight", count(running), `of ${many(sum((one) => one.workers), "worker")}`),
    fact("Queued", count(sum((one) => one.queue.queued)), `${count(sum((one) => one.queue.delayed))} wait`),
    fact("Cached", many(data.caches.reduce((all, one) => all + one.objects, 0), "object"), bytes(data.caches.reduce((all, one) => all + one.bytes, 0))),
    fact("Requests", count(data.requests.total), data.requests.failed ? `${count(data.requests.failed)} failed` : rate((one) => one.requests.total)),
    lease
      ? fact("Lease", lease.leads ? "held here" : lease.holder || "free", lease.expiresInMs == null ? null : `${duration(lease.expiresInMs)} left`)
      : fact("Lease", "none", "every replica works"));
}

function stage(name, value, detail, tone) {
  return h(`li${tone ? "." + tone : ""}`, null, h("span.stage", null, name), h("span.count", null, count(value)), h("span.detail", null, detail));
}

function pipeline(one, index) {
  const flow = one.pipeline, queue = one.queue, done = one.reconciles;
  const of = (read) => rate((data) => data.controllers[index] && read(data.controllers[index]));
  const ended = (it) => it.reconciles.success + it.reconciles.requeue + it.reconciles.errors;
  const mean = done.meanUs == null ? "none yet" : `${duration(done.meanUs / 1000)} each`;
  return h("ol.pipeline", { "aria-label": "Pipeline" },
    stage("Reflector", flow.reflectors, flow.failing ? `${count(flow.failing)} failing` : flow.watching === flow.reflectors ? "watching" : `${count(flow.watching)} watching`, flow.failing ? "failing" : flow.watching < flow.reflectors ? "busy" : ""),
    stage("DeltaFIFO", flow.fifo, of((it) => it.pipeline.changes) || `${count(flow.changes)} passed`, flow.fifo ? "busy" : ""),
    stage("Indexer", flow.objects, flow.objects === 1 ? "object" : "objects", ""),
    stage("Handlers", flow.unread, `unread by ${count(flow.handlers)}`, flow.unread ? "busy" : ""),
    stage("Queue", queue.queued, `${count(queue.delayed)} wait`, queue.queued ? "busy" : ""),
    stage("Reconcile", queue.processing, of(ended) || mean, queue.processing ? "busy" : ""));
}

function keys(queue) {
  const rows = queue.keys.map((key) => h("tr", { "data-id": key.key },
    h("td.mono", null, key.key),
    h("td", null, h(`span.chip.${key.state}`, null, key.state === "held" ? "held after failure" : key.state), key.again ? h("span.quiet", null, " and again") : null,
      key.priority && key.priority !== "normal" ? h("span.quiet", null, ` ${key.priority} priority`) : null),
    h("td.number", { "data-name": "age" }, duration(key.ageMs)),
    h("td.number", { "data-name": "next" }, key.dueInMs == null ? "" : `in ${duration(key.dueInMs)}`),
    h("td.number", key.failures ? { "data-name": "failures" } : null, key.failures ? count(key.failures) : "")));
  if (!rows.length) return h("p.quiet", null, "Empty: everything is as it should be.");
  return h("table", null,
    h("thead", null, h("tr", null, h("th", null, "Key"), h("th", null, "State"), h("th.number", null, "Age"), h("th.number", null, "Next try"), h("th.number", null, "Failures"))),
    h("tbody", null, rows));
}

function failed(one, error) {
  const times = error.times > 1 ? ` ×${count(error.times)}` : "";
  return h("details", { "data-id": `${one.name} ${error.key} ${error.chain.join(" ")}` },
    h("summary", null,
      h("span.who", null, h("code", null, error.key), " ", h(`span.chip${error.class === "conflict" || error.class === "told to wait" ? "" : ".bad"}`, null, error.class), h("span.quiet", null, times)),
      h("span.quiet.number", null, ago(error.lastMsAgo)),
      h("span.what", null, error.chain.join(": "))),
    h("ol.chain", null,
      error.chain.map((cause) => h("li", null, cause)),
      error.times > 1 ? h("li.when.quiet", null, `${count(error.times)} times, first ${ago(error.firstMsAgo)}`) : null));
}

function controller(one, index) {
  const { queue, reconciles: done } = one;
  const shown = queue.keys.length < queue.total ? `${count(queue.keys.length)} of ${count(queue.total)} shown` : many(queue.total, "key");
  const parts = [[done.terminal, "terminal"], [done.panics, "panics"], [done.timeouts, "timeouts"]].filter(([value]) => value);
  return h("section", { "data-id": `controller ${one.name}` },
    h("div.head", null,
      h("h2", null, one.name),
      h("span.quiet", null, `${count(done.success)} done, ${count(done.requeue)} to come again, `,
        h(`span${done.errors ? ".bad" : ""}`, null, `${count(done.errors)} failed`),
        parts.length ? ` (${parts.map(([value, name]) => `${count(value)} ${name}`).join(", ")})` : ""),
      one.waits ? h("span.warn", null, "waiting to lead") : null,
      one.workersAlive < one.workers && !one.waits ? h("span.warn", null, `${count(one.workersAlive)} of ${many(one.workers, "worker")}`) : null),
    pipeline(one, index),
    h("h3", null, "Queue", h("small", null, shown)),
    keys(queue),
    one.errors.length ? h("h3", null, "Last errors", h("small", null, "the latest first")) : null,
    h("div", null, one.errors.map((error) => failed(one, error))));
}

function cache(one) {
  const place = [one.namespace, one.selector].filter(Boolean).join(" · ");
  const state = one.failures ? h("span.chip.bad", null, `failing ×${count(one.failures)}`) : h(`span.chip${one.synced ? "" : ".queued"}`, null, one.synced ? one.phase : "not synced");
  return h("tr", { "data-id": `${one.kind} ${one.group} ${place}` },
    h("td", null, h("strong", null, one.kind), " ", h("span.quiet", null, [one.group, one.version].filter(Boolean).join("/"), place ? ` · ${place}` : "")),
    h("td", null, state),
    h("td.number", { "data-name": "objects" }, count(one.objects)),
    h("td.number", { "data-name": "size" }, bytes(one.bytes)),
    h("td.number", { "data-name": "changes" }, count(one.changes)),
    h("td.number", { "data-name": "listed" }, ago(one.listedMsAgo)),
    h("td.number", { "data-name": "watch failures", title: one.lastError }, one.failed ? `${count(one.failed)}, ${ago(one.failedMsAgo)}` : "0"));
}

function caches(all) {
  const failing = all.filter((one) => one.failures && one.lastError);
  return h("section", { "data-id": "caches" },
    h("div.head", null, h("h2", null, "Caches")),
    failing.map((one) => h("p.notice", null, `${one.kind}: ${one.lastError}`)),
    h("table", null,
      h("thead", null, h("tr", null, h("th", null, "Kind"), h("th", null, "State"), ...["Objects", "Size", "Changes", "Listed", "Watch failures"].map((name) => h("th.number", null, name)))),
      h("tbody", null, all.map(cache))));
}

function lease(one) {
  const rows = [["Lease", one.lease], ["This process", one.identity], ["Holder", one.holder || "nobody"],
    [one.leads ? "Leads since" : null, one.since && `${one.since.slice(0, 19)}Z`], [one.leads ? "Term ends, unless renewed, in" : "Expires in", one.expiresInMs == null ? null : duration(one.expiresInMs)],
    ["Transitions", one.transitions], ["Last error", one.lastError]];
  return h("section", { "data-id": "lease" },
    h("div.head", null, h("h2", null, "Lease"), h(`span.${one.leads ? "good" : "warn"}`, null, one.leads ? "held by this process" : "held elsewhere, or free")),
    h("table.pairs", null, h("tbody", null, rows.filter(([name, value]) => name && value != null).map(([name, value]) => h("tr", null, h("td.quiet", null, name), h("td.mono", null, value))))));
}

function draw() {
  const fresh = h("main", { id: "page" });
  if (failure) fresh.append(h("p.notice", { "data-id": "notice" }, failure));
  if (last) {
    document.title = `${last.operator.name} · ${last.operator.state}`;
    fresh.prepend(header(last));
    fresh.append(facts(last), ...last.controllers.map(controller));
    if (last.caches.length) fresh.append(caches(last.caches));
    if (last.lease) fresh.append(lease(last.lease));
    fresh.append(h("footer", { "data-id": "footer" }, `kube-runtime ${last.operator.runtime} · as of ${last.at.slice(0, 19)}Z · read-only`, token ? null : h("a", { href: "admin.json" }, "admin.json")));
  }
  morph(page, fresh);
}

function askForToken() {
  const field = h("input", { type: "password", autocomplete: "off", "aria-label": "Token", placeholder: "Token" });
  const form = h("form.ask", null, h("h1", null, "This page needs a token"),
    h("p.quiet", null, "The operator has printed it at its start, or it is in the file of --admin-token-file."), field, h("button", null, "Show"));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    token = field.value.trim();
    sessionStorage.setItem("token", token);
    page.replaceChildren();
    look();
  });
  page.replaceChildren(form);
  field.focus();
}

async function look() {
  let asked = null;
  try {
    const headers = token ? { authorization: `Bearer ${token}` } : {};
    asked = await fetch("admin.json", { headers, cache: "no-store", signal: AbortSignal.timeout(PATIENCE) });
    if (asked.status === 401) return askForToken();
    if (!asked.ok) throw new Error((await asked.text()).trim());
    const data = await asked.json();
    if (data.version !== 1) throw new Error("The operator was replaced by one of another version: load the page again.");
    [before, last, failure] = [last, data, ""];
  } catch (error) {
    failure = asked ? String(error.message || error) : "The operator does not answer. It may have ended, or be restarted; this page goes on asking.";
  }
  draw();
  setTimeout(next, EVERY);
}

// A page that nobody sees asks for nothing.
function next() {
  if (!document.hidden) return look();
  document.addEventListener("visibilitychange", next, { once: true });
}

look();
