// The exercises of this page and their kernel: Jupyter's widget messages (protocol 2.1) over its websocket, for
// the widgets of hocso.learn alone. What stands in a lesson came with the page; it is drawn before the kernel is
// reached, and what is sent meanwhile waits.
"use strict";

const visit = JSON.parse(document.getElementById("hocso-visit").textContent);
const models = new Map();
const waiting = [];
const RETRY = [500, 1000, 2000, 4000, 8000, 15000];
let socket = null;
let failures = 0;
let opened = false;

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
  waiting.push(JSON.stringify(message));
  flush();
}

function flush() {
  while (socket?.readyState === WebSocket.OPEN && waiting.length) socket.send(waiting.shift());
}

function heard({ msg_type: type, content }) {
  const model = type === "comm_msg" && models.get(content.comm_id);
  if (!model) return;
  const { method, state } = content.data;
  if (method === "update") model.update(state);
  if (method === "custom") model.tell("msg:custom", content.data.content);
}

function connect() {
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  socket = new WebSocket(`${scheme}://${location.host}/api/kernels/${visit.kernel}/channels?session_id=${session}`);
  socket.onopen = () => {
    failures = 0;
    // What happened while the line was cut.
    if (opened) models.forEach((_model, id) => say(id, { method: "request_state" }));
    opened = true;
    document.body.dataset.kernel = "connected";
    flush();
  };
  socket.onmessage = (event) => heard(JSON.parse(event.data));
  socket.onclose = () => {
    document.body.dataset.kernel = "lost";
    if (opened) window.dispatchEvent(new CustomEvent("hocso:cut"));
    setTimeout(connect, RETRY[Math.min(failures++, RETRY.length - 1)]);
  };
}

async function begin() {
  connect();
  const answer = await fetch(visit.models);
  if (!answer.ok) throw new Error(`${visit.models}: ${answer.status}`);
  Object.entries(await answer.json()).forEach(([id, state]) => models.set(id, new Model(id, { ...state, ...visit.changed[id] })));
  document.querySelectorAll(".output[data-model]").forEach((place) => {
    place.replaceChildren();
    render(models.get(place.dataset.model), place);
  });
}

// The kernel is not needed any more; a page that may come back from the browser's memory is reloaded then.
window.addEventListener("pagehide", () => {
  const form = new FormData();
  form.append("_xsrf", document.body.dataset.xsrf);
  navigator.sendBeacon(`/voila/api/shutdown/${visit.kernel}`, form);
});
begin().catch(() => window.dispatchEvent(new CustomEvent("hocso:no-answer")));
