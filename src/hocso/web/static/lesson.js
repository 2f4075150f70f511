// The lesson page around the exercises: one step at a time, place kept, read aloud, and what to do when
// the connection is lost. Without this file the whole lesson still stands on the page, readable.
"use strict";

const page = document.body.dataset;
const steps = [...document.querySelectorAll("section.step")];

function uuid() {
  // crypto.randomUUID needs a secure context; a classroom laptop serves plain http.
  const b = crypto.getRandomValues(new Uint8Array(16));
  b[6] = (b[6] & 0x0f) | 0x40;
  b[8] = (b[8] & 0x3f) | 0x80;
  const hex = [...b].map((x) => x.toString(16).padStart(2, "0")).join("");
  return hex.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, "$1-$2-$3-$4-$5");
}

// ---- Steps ---------------------------------------------------------------------------------------
const bar = document.querySelector(".steps-bar");
const nav = document.querySelector(".steps-nav");
let current = 0;

function show(index, focus = true) {
  current = Math.max(0, Math.min(index, steps.length - 1));
  steps.forEach((step, i) => { step.hidden = i !== current; });
  document.querySelector(".intro").hidden = current > 0;
  document.getElementById("buoc-may").textContent = `Bước ${current + 1}/${steps.length}`;
  document.getElementById("tien-do").value = current + 1;
  document.getElementById("buoc-truoc").disabled = current === 0;
  document.getElementById("buoc-sau").hidden = current === steps.length - 1;
  stopReading();
  if (focus) {
    const heading = steps[current].querySelector("h2");
    heading.tabIndex = -1;
    window.scrollTo(0, 0);
    heading.focus({ preventScroll: true });
  }
  // Widgets that were laid out while hidden measure themselves again.
  window.dispatchEvent(new Event("resize"));
}

function go(index) {
  show(index);
  history.replaceState(null, "", `#${steps[current].id}`);
  keepPlace(steps[current].id);
}

// Places wait here, in order, until the server has answered; each counts once, whenever it is sent.
const PLACES = `hocso:unsent-places|${page.lesson}|${page.learner}`;
let sending = false;

function places(changed = null) {
  try {
    if (changed !== null) localStorage.setItem(PLACES, JSON.stringify(changed));
    return JSON.parse(localStorage.getItem(PLACES)) ?? [];
  } catch {
    return changed ?? []; // a browser that keeps nothing
  }
}

async function keepPlace(step) {
  if (page.record !== "yes") return;
  const waiting = [...places(), { id: uuid(), lesson: page.lesson, step, learner: page.learner }];
  places(waiting);
  await sendPlaces(waiting);
}

async function sendPlaces(waiting = places()) {
  if (sending) return;
  sending = true;
  try {
    while (waiting.length) {
      const answer = await fetch("/api/place", {
        method: "POST",
        credentials: "same-origin",
        headers: { "Content-Type": "application/json", "X-XSRFToken": page.xsrf },
        body: JSON.stringify(waiting[0]),
      });
      if (answer.status >= 500 || answer.status === 429) break; // busy or full: later
      const left = places().filter((one) => one.id !== waiting[0].id);
      waiting = places(left);
    }
    if (!waiting.length) localStorage.removeItem(PLACES);
  } catch {
    checkLink();
  } finally {
    sending = false;
  }
}

function stepNamed(id) {
  return steps.findIndex((step) => step.id === id);
}

// ---- Reading aloud ---------------------------------------------------------------------------------
const reader = document.getElementById("nghe-doc");
let vietnamese = null;

function findVoice() {
  vietnamese = speechSynthesis.getVoices().find((voice) => voice.lang.toLowerCase().startsWith("vi")) ?? null;
  if (reader) reader.hidden = vietnamese === null;
}

function readable(step) {
  const copy = step.cloneNode(true);
  copy.querySelectorAll("script, style, .step-end, .opening, .anchor-link, table, [hidden], [aria-hidden=true]").forEach((one) => one.remove());
  copy.querySelectorAll("img[alt]").forEach((img) => img.replaceWith(` Hình: ${img.alt}. `));
  copy.querySelectorAll("h2, h3, p, li, label, legend, button, option").forEach((one) => one.append(". "));
  return copy.textContent.replace(/\s+/g, " ").replace(/([.?!:])(\s*\.)+/g, "$1");
}

function stopReading() {
  if (!reader || !("speechSynthesis" in window)) return;
  speechSynthesis.cancel();
  reader.textContent = "Nghe đọc";
  reader.setAttribute("aria-pressed", "false");
}

function readOrStop() {
  if (speechSynthesis.speaking) return stopReading();
  // Short pieces: long ones are cut off by some browsers.
  const pieces = readable(steps[current]).match(/[^.?!]+[.?!]*/g) ?? [];
  pieces.forEach((piece, i) => {
    const saying = new SpeechSynthesisUtterance(piece);
    saying.lang = "vi-VN";
    saying.voice = vietnamese;
    saying.rate = 0.9;
    if (i === pieces.length - 1) saying.onend = stopReading;
    speechSynthesis.speak(saying);
  });
  reader.textContent = "Dừng đọc";
  reader.setAttribute("aria-pressed", "true");
}

// ---- The connection --------------------------------------------------------------------------------
// A ready lesson (widgets.js) seeks its line by itself; one of Voilà's is opened again by hand.
const lost = document.querySelector(".link-lost");
const ready = document.getElementById("hocso-visit") !== null;
const EVERY = 15000;
let wasLost = false;
let mustReopen = null; // what a line that is back does not mend, and has to be said again
let again = reopen;

function say(text, button, action = reopen) {
  document.getElementById("mat-noi").textContent = text;
  document.getElementById("noi-lai").textContent = button;
  again = action;
  lost.hidden = false;
  document.body.classList.add("cut");
  // One goes on reading: the buttons that turn pages stand above the message.
  document.body.style.setProperty("--cut", `${lost.offsetHeight}px`);
}

function isCut() {
  wasLost = true;
  if (ready) {
    say("Mất kết nối. Cứ đọc và làm tiếp: máy giữ câu trả lời, có mạng thì tự gửi.", "Thử lại ngay", () => window.dispatchEvent(new CustomEvent("hocso:retry")));
  } else {
    say("Mất kết nối. Mời kiểm tra Wi-Fi. Những gì đã lưu vẫn còn, đừng lo.", "Thử lại");
  }
}

function isFull() {
  wasLost = true;
  say("Lớp đang rất đông. Bà con cứ đọc tiếp: có chỗ thì máy tự nối lại.", "Thử lại ngay", () => window.dispatchEvent(new CustomEvent("hocso:retry")));
}

function isBack() {
  wasLost = false;
  if (mustReopen) {
    mustReopen();
  } else {
    lost.hidden = true;
    document.body.classList.remove("cut");
  }
  sendPlaces();
}

async function checkLink() {
  if (!page.kernelId) return;
  try {
    const answer = await fetch(`/api/kernels/${page.kernelId}`, { credentials: "same-origin", cache: "no-store" });
    if (ready && !answer.ok) {
      window.dispatchEvent(new CustomEvent("hocso:no-answer"));
    } else if (!answer.ok) {
      say("Bài học đã tạm nghỉ vì để lâu. Những gì đã làm vẫn được giữ.", "Mở lại bài");
    } else if (!ready && wasLost) {
      say("Đã có mạng trở lại. Những gì đã làm vẫn được giữ.", "Học tiếp");
    }
  } catch {
    if (ready) window.dispatchEvent(new CustomEvent("hocso:no-answer"));
    isCut();
  }
}

function isGone() {
  mustReopen = isGone;
  say("Bài học này cần mở lại. Những gì đã làm vẫn được giữ.", "Mở lại bài");
}

function expired() {
  mustReopen = expired;
  say("Phiên học đã hết hạn vì mở lâu. Những gì đã lưu vẫn còn.", "Mở lại bài");
}

function reopen() {
  if (steps.length) history.replaceState(null, "", `#${steps[current].id}`);
  location.reload();
}

// ---- Start -----------------------------------------------------------------------------------------
if (steps.length && nav) {
  bar.hidden = false;
  nav.hidden = false;
  document.getElementById("buoc-truoc").addEventListener("click", () => go(current - 1));
  document.getElementById("buoc-sau").addEventListener("click", () => go(current + 1));
  window.addEventListener("hashchange", () => {
    const named = stepNamed(location.hash.slice(1));
    if (named >= 0) show(named);
  });
  const asked = stepNamed(location.hash.slice(1));
  const kept = stepNamed(page.place ?? "");
  show(asked >= 0 ? asked : Math.max(kept, 0), false);
  if (reader && "speechSynthesis" in window) {
    findVoice();
    speechSynthesis.addEventListener?.("voiceschanged", findVoice);
    reader.addEventListener("click", readOrStop);
    window.addEventListener("pagehide", stopReading);
  }
}
document.getElementById("noi-lai").addEventListener("click", () => again());
document.querySelector("form.who")?.addEventListener("submit", (event) => {
  const unsent = Object.keys(localStorage).some((key) => key.startsWith("hocso:unsent") && key.endsWith(`|${page.learner}`));
  if (unsent && !confirm("Còn câu trả lời chưa gửi được. Đổi người học bây giờ thì mất những câu đó. Vẫn đổi?")) event.preventDefault();
});
window.addEventListener("offline", checkLink);
window.addEventListener("online", checkLink);
if (ready) {
  window.addEventListener("hocso:cut", isCut);
  window.addEventListener("hocso:full", isFull);
  window.addEventListener("hocso:connected", isBack);
  window.addEventListener("hocso:gone", isGone);
} else {
  window.addEventListener("hocso:no-answer", checkLink);
}
window.addEventListener("hocso:expired", expired);
document.addEventListener("visibilitychange", () => { if (!document.hidden) checkLink(); });
setInterval(checkLink, EVERY);
