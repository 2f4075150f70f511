// A lesson on the projector: one step a screen, in letters as large as fit; a step that is too long goes over
// several screens, and an exercise that is too long is scrolled by the same keys. The notes window beside
// follows by what is kept in localStorage.
"use strict";

const page = document.body.dataset;
const stage = document.getElementById("noi-dung");
const steps = [...document.querySelectorAll("section.step")];
const notes = [...document.querySelectorAll(".trainer-note")];
const list = document.querySelector(".list");
const cut = document.querySelector(".cut");
const rest = document.querySelector(".rest");
const forward = document.getElementById("buoc-sau");
const place = document.getElementById("buoc-may");
const SIZES = [1, 1.15, 1.3, 1.5];
const UNCUT = ".hs-option, .hs-sort, .hs-letter, .hs-step, .hs-pair, .hs-form-field, .hs-note, .hs-actions, .hs-part";
const PLACE = `hocso:chieu|${page.lesson}`;
const ORDER = `hocso:chieu-lenh|${page.lesson}`;
let step = 0;
let screen = 0;
let screensOf = [];
let { started = 0, entered = Date.now() } = history.state || {}; // A page that is loaded again keeps its time.

// ---- Screens: [{ part, blocks, size }]; an exercise has no blocks ------------------------------------
const parts = steps.map((one) => {
  const found = [];
  [...one.children].forEach((child) => {
    const before = found[found.length - 1];
    if (!child.matches(".text, .output")) return;
    if (before && before.matches(".text") && child.matches(".text")) {
      before.append(...child.childNodes);
      child.remove();
    } else {
      found.push(child);
    }
  });
  return found;
});

document.querySelectorAll(".step .text").forEach((text) => {
  const pictures = [...text.querySelectorAll("p > img:only-child")];
  if (pictures.length !== 1) return;
  pictures[0].parentNode.classList.add("picture");
  text.classList.add("with-picture");
});

const beside = () => document.documentElement.classList.contains("beside");

function blocksOf(part) {
  const stays = beside() ? "h1, h2, .eyebrow, .picture" : "h1, h2, .eyebrow";
  return [...part.children].filter((one) => !one.matches(stays)).flatMap((one) => {
    if (!one.matches("ul, ol")) return [one];
    if (one.matches("ol")) [...one.children].forEach((item, i) => { item.value = i + 1; });
    return [...one.children];
  });
}

const fits = () => stage.scrollHeight <= stage.clientHeight + 1 && stage.scrollWidth <= stage.clientWidth + 1;

function only(part, blocks) {
  parts.flat().forEach((one) => { one.hidden = one !== part; });
  if (blocks) blocksOf(part).forEach((one) => { one.hidden = !blocks.includes(one); });
}

function fitsWith(part, blocks) {
  only(part, blocks);
  return fits();
}

// `most`: letters on a screen.
function divide(part, size, most) {
  part.style.fontSize = `${size}em`;
  const pages = [[]];
  let letters = 0;
  blocksOf(part).forEach((block) => {
    const here = pages[pages.length - 1];
    letters += block.textContent.length;
    if (!here.length || (letters <= most && fitsWith(part, [...here, block]))) {
      here.push(block);
    } else {
      letters = block.textContent.length;
      // What introduces a list goes with it.
      const lead = here.length > 1 && /:\s*$/.test(here[here.length - 1].textContent) ? [here.pop()] : [];
      pages.push([...lead, block]);
    }
  });
  return pages;
}

// As few screens as the smallest letters need, evenly filled, in the largest letters that need no more.
function screensOfText(part) {
  const length = (blocks) => blocks.reduce((sum, one) => sum + one.textContent.length, 0);
  const few = divide(part, SIZES[0], Infinity).length;
  const even = length(blocksOf(part)) / few;
  for (const size of [...SIZES].reverse()) {
    for (const share of few > 1 ? [1.05, 1.2, 1.4, Infinity] : [Infinity]) {
      const pages = divide(part, size, share * even);
      if (pages.length === few && pages.every((blocks) => fitsWith(part, blocks))) return pages.map((blocks) => ({ part, blocks, size }));
    }
  }
  return divide(part, SIZES[0], Infinity).map((blocks) => ({ part, blocks, size: SIZES[0] }));
}

function screensAt(index) {
  if (!screensOf[index]) {
    steps.forEach((one, i) => { one.hidden = i !== index; });
    screensOf[index] = parts[index].flatMap((part) => (part.matches(".text") ? screensOfText(part) : [{ part, size: 0 }]));
  }
  return screensOf[index];
}

// An exercise may come later than its screen.
function fitExercise() {
  const here = screensAt(step)[screen];
  if (here.blocks || here.size || !here.part.querySelector(".hs-card")) return;
  here.size = [...SIZES].reverse().find((size) => {
    here.part.style.fontSize = `${size}em`;
    // Large letters only where they leave room for the answer.
    return here.part.offsetHeight <= 0.7 * stage.clientHeight;
  }) || SIZES[0];
}

const below = () => stage.scrollHeight - stage.clientHeight - stage.scrollTop;

function showRest() {
  rest.hidden = below() < 12;
  forward.classList.toggle("down", !rest.hidden);
  forward.setAttribute("aria-label", rest.hidden ? "Tiếp" : "Xem phần bên dưới");
  forward.disabled = rest.hidden && step === steps.length - 1 && screen === screensAt(step).length - 1;
}

function show(index, nth, focus = true) {
  if (index !== step) entered = Date.now();
  if (index === 0) started = 0;
  else if (!started) started = Date.now();
  step = index;
  const screens = screensAt(step);
  screen = Math.max(0, Math.min(nth, screens.length - 1));
  steps.forEach((one, i) => { one.hidden = i !== step; });
  const here = screens[screen];
  only(here.part, here.blocks);
  here.part.style.fontSize = `${here.size || 1}em`;
  fitExercise();
  stage.scrollTop = 0;
  place.textContent = step ? `Bước ${step}/${steps.length - 1}` : "Mở đầu";
  stage.setAttribute("aria-label", `${place.textContent}: ${list.querySelectorAll("button")[step].textContent}`);
  document.querySelector(".bar progress").value = step;
  document.getElementById("buoc-truoc").disabled = step === 0 && screen === 0;
  openList(false);
  openNotes(notesOpen);
  showRest();
  tick();
  history.replaceState({ started, entered }, "", `#${steps[step].id}`);
  publish();
  if (focus) stage.focus({ preventScroll: true });
}

// What the lower edge cut comes to the top.
function scrollOn() {
  const { top, bottom, height } = stage.getBoundingClientRect();
  const scale = height / stage.clientHeight;
  const cut = [...stage.querySelectorAll(UNCUT)].map((one) => one.getBoundingClientRect()).find((box) => box.height && box.bottom > bottom && box.top > top + 40);
  stage.scrollTop += cut ? (cut.top - top) / scale - 16 : stage.clientHeight * 0.8;
}

function next() {
  if (below() >= 12) scrollOn();
  else if (screen + 1 < screensAt(step).length) show(step, screen + 1);
  else if (step + 1 < steps.length) show(step + 1, 0);
}

function back() {
  if (stage.scrollTop >= 12) stage.scrollTop -= stage.clientHeight * 0.8;
  else if (screen > 0) show(step, screen - 1);
  else if (step > 0) show(step - 1, Infinity);
}

// ---- The size of the room: everything is drawn for 720 lines, and enlarged -----------------------------
function measure() {
  const scale = Math.max(1, Math.min(innerHeight / 720, innerWidth / 960));
  document.documentElement.style.setProperty("--scale", scale);
  // A picture stands beside its text where both have room.
  document.documentElement.classList.toggle("beside", innerWidth / scale >= 1180);
  screensOf = [];
  show(step, screen, false);
}

// ---- Notes and the list of steps ------------------------------------------------------------------------
let notesOpen = false;

function openNotes(open) {
  notesOpen = open;
  notes.forEach((one, i) => { one.hidden = !open || i !== step; });
  document.getElementById("nut-ghi-chu").setAttribute("aria-expanded", String(open));
}

function openList(open) {
  const was = !list.hidden;
  list.hidden = !open;
  document.getElementById("nut-buoc").setAttribute("aria-expanded", String(open));
  if (open) {
    const buttons = [...list.querySelectorAll("button")];
    buttons.forEach((one, i) => one.setAttribute("aria-current", i === step ? "step" : "false"));
    buttons[step].focus();
  } else if (was) {
    stage.focus({ preventScroll: true });
  }
}

function fullScreen() {
  const root = document.documentElement;
  if (document.fullscreenElement || document.webkitFullscreenElement) (document.exitFullscreen || document.webkitExitFullscreen).call(document);
  else (root.requestFullscreen || root.webkitRequestFullscreen || (() => {})).call(root);
}

// ---- Time against what the notes plan -------------------------------------------------------------------
function clock(since, note) {
  const seconds = since ? Math.floor((Date.now() - since) / 1000) : 0;
  const planned = Number(note ? note.dataset.minutes : 0) || 0;
  const time = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  return [planned ? `${time} / ${planned} phút` : time, planned > 0 && seconds > 60 * planned];
}

function tick() {
  [["gio-buoc", "", entered, notes[step]], ["gio-bai", "Cả bài ", started, notes[0]]].forEach(([id, name, since, note]) => {
    const [text, over] = clock(since, note);
    const timer = document.getElementById(id);
    timer.textContent = `${over ? "▲ " : ""}${name}${text}`;
    timer.classList.toggle("over", over);
    timer.hidden = step === 0;
  });
}

// ---- The notes window -------------------------------------------------------------------------------------
function publish() {
  const now = { step: steps[step].id, screen: screen + 1, screens: screensAt(step).length, started, entered, nonce: Math.random() };
  try {
    localStorage.setItem(PLACE, JSON.stringify(now));
  } catch {
    // A browser that keeps nothing: the panel (N) is still there.
  }
}

window.addEventListener("storage", ({ key, newValue }) => {
  if (key !== ORDER || !newValue) return;
  const { go } = JSON.parse(newValue);
  if (go === "next") next();
  else if (go === "back") back();
  else publish();
});
window.addEventListener("pagehide", () => {
  try {
    localStorage.removeItem(PLACE);
  } catch {
    // See publish.
  }
});
window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

// ---- Keys ---------------------------------------------------------------------------------------------------
const KEYS = {
  PageDown: next,
  PageUp: back,
  ArrowRight: next,
  ArrowLeft: back,
  " ": next,
  Home: () => show(0, 0),
  End: () => show(steps.length - 1, Infinity),
  g: () => openList(list.hidden),
  n: () => openNotes(!notesOpen),
  f: fullScreen,
  Escape: () => {
    if (!list.hidden) openList(false);
    else openNotes(false);
  },
};

// What the focused control does with a key itself; a clicker's keys always turn the page.
function keeps(control, key) {
  if (key === "Escape" || key.startsWith("Page")) return false;
  if (control.matches("select, textarea, input:not([type=radio]):not([type=checkbox])")) return true;
  if (key === " ") return control.matches("button, a, summary, input");
  return key.startsWith("Arrow") && control.matches("[type=radio]:focus-visible");
}

document.addEventListener("keydown", (event) => {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (!KEYS[key] || event.ctrlKey || event.altKey || event.metaKey || keeps(event.target, key)) return;
  event.preventDefault();
  KEYS[key]();
});

// ---- Start --------------------------------------------------------------------------------------------------
document.documentElement.classList.add("live");
document.querySelector(".bar").hidden = false;
document.getElementById("buoc-truoc").addEventListener("click", back);
forward.addEventListener("click", next);
document.getElementById("nut-buoc").addEventListener("click", () => openList(list.hidden));
document.getElementById("nut-ghi-chu").addEventListener("click", () => openNotes(!notesOpen));
document.getElementById("nut-day").addEventListener("click", fullScreen);
list.querySelectorAll("button").forEach((button, i) => button.addEventListener("click", () => show(i, 0)));
document.querySelectorAll(".step .text a").forEach((one) => { one.target = "_blank"; });
notes.forEach((one) => {
  const away = document.createElement("a");
  Object.assign(away, { className: "button second", href: `${location.pathname}/ghi-chu`, target: "_blank", textContent: "Mở ghi chú ở cửa sổ riêng" });
  one.append(away);
});
cut.querySelector("button").addEventListener("click", () => location.reload());
["hocso:cut", "hocso:no-answer", "hocso:gone"].forEach((name) => window.addEventListener(name, () => { cut.hidden = false; }));
new MutationObserver(() => { if (page.kernel === "connected") cut.hidden = true; }).observe(document.body, { attributeFilter: ["data-kernel"] });
new MutationObserver(() => {
  fitExercise();
  showRest();
}).observe(stage, { childList: true, subtree: true });
stage.addEventListener("scroll", showRest);
window.addEventListener("resize", measure);
// All pictures come now, before their step; what fitted without one may not fit with it.
steps.forEach((one, i) => {
  one.querySelectorAll("img").forEach((picture) => {
    picture.addEventListener("load", () => {
      screensOf[i] = undefined;
      if (i === step) show(step, screen, false);
    });
    picture.loading = "eager";
  });
});
step = Math.max(0, steps.findIndex((one) => one.id === location.hash.slice(1)));
measure();
setInterval(tick, 1000);
