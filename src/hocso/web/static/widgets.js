// The exercises of this page and their kernel: Jupyter's widget messages (protocol 2.1) over its websocket, for
// the widgets of hocso.learn alone. What stands in a lesson came with the page; it is drawn before the kernel is
// reached. What is said while there is no line is lost here: exercises say it again at "hocso:connected". A line
// that is cut is sought again, to the same kernel while it lives, else to a new one under the same page.
"use strict";

const visit = JSON.parse(document.getElementById("hocso-visit").textContent);
const models = new Map();
const RETRY = [500, 1000, 2000, 4000, 8000, 15000];
const SLOW_MS = 20000;
let socket = null;
let failures = 0;
let opened = false;
let timer = 0;
let seeking = false;
let gone = false;
let full = false;

function random(bytes) {
  return [...crypto.getRandomValues(new Uint8Array(bytes))].map((x) => x.toString(16).padStart(2, "0")).join("");
}

const session = random(16);

class Model {
  constructor(id, state) {
    this.id = id;
    this.state = state;
    this.listeners = new Map();
  }

  get(name) {
    return this.state[name];
  }

  on(event, callback) {
    if (!this.listeners.has(event)) this.listeners.set(event, new Set());
    this.listeners.get(event).add(callback);
  }

  off(event, callback) {
    this.listeners.get(event)?.delete(callback);
  }

  send(content) {
    say(this.id, { method: "custom", content });
  }

  // All values are there before anybody hears of the first.
  update(values) {
    const changed = Object.keys(values).filter((name) => JSON.stringify(this.state[name]) !== JSON.stringify(values[name]));
    Object.assign(this.state, values);
    changed.forEach((name) => this.tell(`change:${name}`));
  }

  tell(event, ...details) {
    [...(this.listeners.get(event) ?? [])].forEach((callback) => callback(...details));
  }
}

function say(id, data) {
  const header = { msg_id: random(16), msg_type: "comm_msg", username: "", session, date: new Date().toISOString(), version: "5.3" };
  const message = { channel: "shell", header, parent_header: {}, metadata: {}, content: { comm_id: id, data }, buffers: [] };
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
}

const announce = (name) => window.dispatchEvent(new CustomEvent(name));

function heard({ msg_type: type, content }) {
  failures = 0;
  const model = type === "comm_msg" && models.get(content.comm_id);
  if (!model) return;
  const { method, state } = content.data;
  if (method === "update") model.update(state);
  if (method === "custom") model.tell("msg:custom", content.data.content);
}

function connect() {
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  const line = new WebSocket(`${scheme}://${location.host}/api/kernels/${visit.kernel}/channels?session_id=${session}`);
  socket = line;
  line.onopen = () => {
    if (line !== socket) return;
    // What happened while the line was cut.
    if (opened) models.forEach((_model, id) => say(id, { method: "request_state" }));
    opened = true;
    document.body.dataset.kernel = "connected";
    announce("hocso:connected");
  };
  line.onmessage = (event) => { if (line === socket) heard(JSON.parse(event.data)); };
  line.onclose = () => { if (line === socket) cut(); };
}

// A line over which no answer comes is cut, whatever the browser takes it for.
function cut() {
  const line = socket;
  socket = null;
  line?.close();
  if (gone) return;
  document.body.dataset.kernel = "lost";
  if (full) announce("hocso:full");
  else if (opened) announce("hocso:cut");
  clearTimeout(timer);
  // Forty pages that lost the same server don't come back at the same moment.
  timer = setTimeout(seek, RETRY[Math.min(failures++, RETRY.length - 1)] * (1 + Math.random() / 2));
}

async function seek() {
  clearTimeout(timer);
  if (seeking || gone || socket !== null || document.hidden) return; // a page that nobody looks at needs no kernel
  seeking = true;
  const found = await reach().catch(() => false);
  seeking = false;
  if (gone || socket !== null) return;
  if (found) connect();
  else cut();
}

async function reach() {
  full = false;
  const answer = await ask(`/api/kernels/${visit.kernel}`);
  return answer.ok || ([403, 404].includes(answer.status) && renew());
}

async function ask(address) {
  const patience = new AbortController();
  const bell = setTimeout(() => patience.abort(), SLOW_MS);
  try {
    const answer = await fetch(address, { credentials: "same-origin", cache: "no-store", signal: patience.signal });
    return { ok: answer.ok, status: answer.status, text: await answer.text() };
  } finally {
    clearTimeout(bell);
  }
}

function giveUp() {
  gone = true;
  announce("hocso:gone");
}

// The kernel has ended: a new one takes its place under this page, and knows from the records what was saved.
// False where the server has none to give just now.
async function renew() {
  const answer = await ask(location.pathname + location.search);
  full = answer.status === 503;
  if (!answer.ok) return false;
  const page = new DOMParser().parseFromString(answer.text, "text/html");
  const found = page.getElementById("hocso-visit");
  const fresh = found && page.body.dataset.learner === document.body.dataset.learner ? JSON.parse(found.textContent) : null;
  const states = fresh ? JSON.parse((await ask(fresh.models)).text) : {};
  const ids = new Map(Object.entries(states).map(([id, state]) => [state.exercise_id, id]));
  const mine = [...models.values()];
  if (!fresh || !mine.every((model) => ids.has(model.get("exercise_id")))) {
    // Another learner, or another lesson: it must be opened anew by hand.
    giveUp();
    return false;
  }
  visit.kernel = fresh.kernel;
  document.body.dataset.kernelId = fresh.kernel;
  models.clear();
  mine.forEach((model) => {
    model.id = ids.get(model.get("exercise_id"));
    models.set(model.id, model);
    model.update({ ...states[model.id], ...fresh.changed[model.id] });
  });
  opened = false;
  return true;
}

async function begin() {
  connect();
  const answer = await fetch(visit.models);
  if (!answer.ok) throw new Error(`${visit.models}: ${answer.status}`);
  Object.entries(await answer.json()).forEach(([id, state]) => models.set(id, new Model(id, { ...state, ...visit.changed[id] })));
  document.querySelectorAll(".output[data-model]").forEach((place) => {
    place.textContent = "";
    render(models.get(place.dataset.model), place);
  });
}

window.addEventListener("hocso:no-answer", () => { if (socket !== null) cut(); });
window.addEventListener("hocso:retry", seek);
window.addEventListener("online", seek);
document.addEventListener("visibilitychange", seek);
// The kernel is not needed any more; a page that may come back from the browser's memory is reloaded then.
window.addEventListener("pagehide", () => {
  const form = new FormData();
  form.append("_xsrf", document.body.dataset.xsrf);
  navigator.sendBeacon(`/voila/api/shutdown/${visit.kernel}`, form);
});
begin().catch(giveUp);
