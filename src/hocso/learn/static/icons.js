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
  match: '<circle cx="5" cy="6" r="2"/><circle cx="5" cy="18" r="2"/><circle cx="19" cy="6" r="2"/><circle cx="19" cy="18" r="2"/><path d="M7 7l10 10M7 17L17 7"/>',
  phone_task: '<rect x="7" y="2.5" width="10" height="19" rx="2"/><path d="M10 12.5l1.8 1.8 3-3.6M11 18.5h2"/>',
  inbox: '<rect x="3" y="5.5" width="18" height="13" rx="2"/><path d="M3.5 7l8.5 6 8.5-6"/>',
  password: '<circle cx="8" cy="14.5" r="4"/><path d="M11 11.5L19 4M16 7l2.5 2.5"/>',
  find_mistakes: '<circle cx="10.5" cy="10.5" r="6"/><path d="M15 15l5.5 5.5M8.5 8.5l4 4M12.5 8.5l-4 4"/>',
  fill_gaps: '<path d="M4 6h16M4 18h10"/><path d="M4 12h4M16 12h4"/><path d="M9.5 13.5h5"/>',
  chart: '<path d="M4 4v16h16M8 16v-4M12.5 16V8M17 16v-6"/>',
  number: '<path d="M9 4L7 20M17 4l-2 16M4.5 9h16M3.5 15h16"/>',
  wifi: '<path d="M3 9.5a13 13 0 0 1 18 0M6 13a8.5 8.5 0 0 1 12 0M9 16.3a4.2 4.2 0 0 1 6 0"/><circle class="hs-fill" cx="12" cy="19.5" r="1.4"/>',
  lock: '<rect x="5" y="11" width="14" height="9.5" rx="2"/><path d="M8 11V8a4 4 0 0 1 8 0v3"/>',
  unlock: '<rect x="5" y="11" width="14" height="9.5" rx="2"/><path d="M8 11V7a4 4 0 0 1 7.6-1.7"/>',
  onward: '<path d="M9 6l6 6-6 6"/>',
  back: '<path d="M15 6l-6 6 6 6"/>',
  warning: '<path d="M12 4L2.8 20h18.4z"/><path d="M12 10v4.5M12 17.3v.2"/>',
  tap: '<path d="M9 12V5.5a1.7 1.7 0 0 1 3.4 0V11l5 1a2 2 0 0 1 1.6 2.3l-.8 4.2A3 3 0 0 1 15.3 21h-3.5a4 4 0 0 1-3.2-1.6L5 14.6a1.5 1.5 0 0 1 2.3-1.9z"/>',
  add: '<path d="M12 5.5v13M5.5 12h13"/>',
  post: '<rect x="4" y="4" width="16" height="16" rx="2"/><path d="M8 9h8M8 13h8M8 17h4"/>',
  product: '<path d="M4 9h16l-1.6 10.5H5.6z"/><path d="M8 9l3-5M16 9l-3-5"/>',
  chat: '<path d="M4 5h16v11H10l-4 4v-4H4z"/>',
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
