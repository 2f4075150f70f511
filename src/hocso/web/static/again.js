// What a page showed of somebody is not shown again after they have left: not by the back button, which may bring
// a page from the browser's memory, and not in another tab.
"use strict";

window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
window.addEventListener("storage", (event) => {
  if (event.key !== "hocso-ra" || event.newValue === null) return;
  sessionStorage.clear();
  location.reload();
});
