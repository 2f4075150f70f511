// Line icons, drawn for this kit on a 24 x 24 grid.
const ICON_PATHS = {
  right: '<path d="M5 12.5l4.5 4.5L19 7.5"/>',
  wrong: '<path d="M6.5 6.5l11 11M17.5 6.5l-11 11"/>',
  up: '<path d="M6 15l6-6 6 6"/>',
  down: '<path d="M6 9l6 6 6-6"/>',
  hint: '<path d="M9 18h6M10 21h4M8.2 14.6A6 6 0 1 1 15.8 14.6c-.6.6-.8 1-.8 1.9H9c0-.9-.2-1.3-.8-1.9z"/>',
  again: '<path d="M5 12a7 7 0 1 0 2.2-5.1M5 4.5V8h3.5"/>',
  one_choice: '<circle cx="12" cy="12" r="8"/><circle class="hs-fill" cx="12" cy="12" r="3.2"/>',
  several_choices: '<rect x="4" y="4" width="16" height="16" rx="3"/><path d="M8 12.3l3 3 5-6"/>',
  put_in_order: '<path d="M10 6h10M10 12h10M10 18h10M4 5l1.5-1v4M4 10.5h2.4L4 13.6h2.5M4 16.5h2.2L5 18.2a1.2 1.2 0 1 1-1 2"/>',
  two_piles: '<rect x="3" y="9" width="8" height="11" rx="1.5"/><rect x="13" y="9" width="8" height="11" rx="1.5"/><path d="M7 5.5V3M17 5.5V3"/>',
  phone_screen: '<rect x="7" y="2.5" width="10" height="19" rx="2"/><path d="M11 18.5h2"/>',
  chart: '<path d="M4 4v16h16M8 16v-4M12.5 16V8M17 16v-6"/>',
  number: '<path d="M9 4L7 20M17 4l-2 16M4.5 9h16M3.5 15h16"/>',
  saved: '<path d="M5 12.5l4.5 4.5L19 7.5"/>',
  failed: '<path d="M12 7.5v6M12 16.8v.2"/><circle cx="12" cy="12" r="9"/>',
};

function icon(name) {
  const holder = document.createElement("span");
  holder.className = "hs-icon";
  holder.setAttribute("aria-hidden", "true");
  holder.innerHTML = `<svg viewBox="0 0 24 24" width="24" height="24">${ICON_PATHS[name]}</svg>`;
  return holder;
}
