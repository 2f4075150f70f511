// The notes window: follows the projector's window of the same browser, and turns its pages.
"use strict";

const lesson = document.body.dataset.lesson;
const PLACE = `hocso:chieu|${lesson}`;
const ORDER = `hocso:chieu-lenh|${lesson}`;
const sections = [...document.querySelectorAll(".notes")];
const following = document.querySelector(".following");
let now = null;

function send(go) {
  localStorage.setItem(ORDER, JSON.stringify({ go, nonce: Math.random() }));
  localStorage.removeItem(ORDER);
}

function follow(text) {
  now = text ? JSON.parse(text) : null;
  document.getElementById("chua-thay").hidden = now !== null;
  const at = now ? sections.findIndex((one) => one.dataset.step === now.step) : -1;
  sections.forEach((one, i) => { one.hidden = at >= 0 && i !== at; });
  const next = at >= 0 ? sections[at + 1] : null;
  following.hidden = !now;
  following.querySelector("strong").textContent = next ? next.dataset.title : "hết bài";
  document.querySelectorAll(".moves button").forEach((one) => { one.disabled = !now; });
  tick();
}

function spent(since, section) {
  const seconds = since ? Math.floor((Date.now() - since) / 1000) : 0;
  const planned = Number(section && section.dataset.minutes) || 0;
  const time = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  return `${time}${planned ? ` / ${planned} phút` : ""}${planned && seconds > 60 * planned ? " (quá giờ)" : ""}`;
}

function tick() {
  const time = new Date();
  document.getElementById("dong-ho").textContent = `${time.getHours()}:${String(time.getMinutes()).padStart(2, "0")}`;
  if (!now) return;
  const here = sections.find((one) => one.dataset.step === now.step);
  const nth = now.screens > 1 ? ` (màn ${now.screen}/${now.screens})` : "";
  document.getElementById("gio-buoc").textContent = here === sections[0] ? "" : `Bước này${nth}: ${spent(now.entered, here)}`;
  document.getElementById("gio-bai").textContent = `Cả bài: ${spent(now.started, sections[0])}`;
}

const KEYS = { PageDown: "next", ArrowRight: "next", PageUp: "back", ArrowLeft: "back" };
document.addEventListener("keydown", (event) => {
  if (!KEYS[event.key] || event.ctrlKey || event.altKey || event.metaKey) return;
  event.preventDefault();
  send(KEYS[event.key]);
});
document.getElementById("buoc-truoc").addEventListener("click", () => send("back"));
document.getElementById("buoc-sau").addEventListener("click", () => send("next"));
window.addEventListener("storage", ({ key, newValue }) => { if (key === PLACE) follow(newValue); });
document.querySelector(".notes-bar").hidden = false;
follow(localStorage.getItem(PLACE));
setInterval(tick, 1000);
