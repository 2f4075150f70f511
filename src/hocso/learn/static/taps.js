// Buttons that stay pressed: several at a time, or one. `parts` are { key, button, place }.
function tapSheet(parts, { several, changed }) {
  const isOn = ({ button }) => button.getAttribute("aria-pressed") === "true";
  function press(part, on) {
    part.button.setAttribute("aria-pressed", String(on));
    setVerdict(part.button, part.place, null);
    if (on) refill(part.place, h("span", { class: "hs-tapped" }, icon("right"), "Đã chọn"));
  }
  function tap(part) {
    const on = several ? !isOn(part) : true;
    parts.forEach((other) => press(other, other === part ? on : several && isOn(other)));
    changed();
  }
  parts.forEach((part) => {
    part.button.addEventListener("click", () => tap(part));
    press(part, false);
  });
  return {
    get value() {
      return parts.filter(isOn).map(({ key }) => key);
    },
    set value(response) {
      parts.forEach((part) => press(part, (response || []).includes(part.key)));
    },
    mark(marks) {
      parts.forEach((part) => {
        if (marks[part.key]) setVerdict(part.button, part.place, marks[part.key]);
      });
    },
    lock(on) {
      parts.forEach(({ button }) => (button.disabled = on));
    },
    some: () => parts.some(isOn),
    focus() {
      (parts.find(isOn) || parts[0]).button.focus();
    },
  };
}
