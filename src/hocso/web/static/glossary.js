// Narrows the glossary down to the words that hold what is typed, with or without diacritics.
"use strict";

const box = document.getElementById("tim");
const told = document.getElementById("tim-thay");
const entries = [...document.querySelectorAll(".entry")];

function fold(text) {
  return text.toLowerCase().normalize("NFD").replace(/\p{M}/gu, "").replace(/đ/g, "d").trim();
}

function find() {
  const words = fold(box.value).split(/\s+/).filter(Boolean);
  let found = 0;
  for (const entry of entries) {
    entry.hidden = !words.every((word) => entry.dataset.search.includes(word));
    found += !entry.hidden;
  }
  for (const letter of document.querySelectorAll(".letter")) {
    letter.hidden = !letter.querySelector(".entry:not([hidden])");
  }
  document.querySelector(".letters").hidden = words.length > 0;
  if (!words.length) told.textContent = "";
  else if (found) told.textContent = `Tìm thấy ${found} từ.`;
  else told.textContent = `Chưa có từ «${box.value.trim()}». Bà con thử gõ ít chữ hơn.`;
}

function showLinked() {
  // Who comes for one word must find it, whatever was typed before.
  if (!location.hash) return;
  box.value = "";
  find();
  document.getElementById(decodeURIComponent(location.hash.slice(1)))?.scrollIntoView();
}

if (box) {
  document.querySelector(".find").hidden = false;
  box.addEventListener("input", find);
  window.addEventListener("hashchange", showLinked);
  find(); // a browser that comes back keeps what was typed
  showLinked();
}
