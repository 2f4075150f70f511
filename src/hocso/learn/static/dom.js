// h("p", { class: "hs-note" }, "text", node, null): an element; text is set as text, never as HTML.
function h(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...present(children));
  return node;
}

const present = (children) => children.flat().filter((child) => child !== null && child !== undefined && child !== "");

// What replaceChildren does, for browsers that don't have it.
function refill(node, ...children) {
  node.textContent = "";
  node.append(...present(children));
}

let madeIds = 0;
const newId = (what) => `hs-${what}-${++madeIds}`;

// The word beside the colour: what an option earned.
function verdict(mark) {
  return h("span", { class: `hs-verdict hs-verdict-${mark}` }, icon(mark), h("span", {}, mark === "right" ? "Đúng" : "Chưa đúng"));
}

function setVerdict(node, place, mark) {
  node.classList.toggle("hs-is-right", mark === "right");
  node.classList.toggle("hs-is-wrong", mark === "wrong");
  refill(place, ...(mark ? [verdict(mark)] : []));
}

// Keeps answered inputs as they are, yet legible and in reach of a screen reader, which `disabled` would not.
function holder() {
  let held = false;
  return {
    click(event) {
      if (held) event.preventDefault();
    },
    set(on, inputs) {
      held = on;
      inputs.forEach((input) => (on ? input.setAttribute("aria-disabled", "true") : input.removeAttribute("aria-disabled")));
    },
  };
}

const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);
