// A drawn phone. Whatever is tapped on it stays on it: no link leads anywhere, no field takes text.
function phoneFrame() {
  const bar = h("div", { class: "hs-phone-title" });
  const screen = h("div", { class: "hs-phone-screen" });
  const frame = h(
    "div",
    { class: "hs-phone", role: "group" },
    h(
      "div",
      { class: "hs-phone-top", "aria-hidden": "true" },
      h("span", { class: "hs-phone-sample" }, "Mô phỏng"),
      h("span", { class: "hs-phone-signs" }, icon("wifi"), h("span", { class: "hs-battery" })),
    ),
    bar,
    screen,
    h("div", { class: "hs-phone-foot", "aria-hidden": "true" }),
  );
  function show(title, ...content) {
    frame.setAttribute("aria-label", `Màn hình mô phỏng: ${title}`);
    bar.textContent = title;
    refill(screen, ...content);
  }
  return { frame, screen, show };
}

// Parts of these kinds stand together where one follows the other.
const PART_GROUPS = { app: "apps", tab: "tabs", item: "list", wifi: "list", "wifi-open": "list", toggle: "list", avatar: "list" };

// Draws the parts of a screen from top to bottom; `tappable(part, face)` makes a button of those that have a key.
function drawParts(options, { tappable, empty = "" }) {
  const drawn = [];
  let group = null;
  for (const part of options) {
    const look = `hs-part hs-part-${part.kind}`;
    const face = partFace(part, part.key ? empty : "");
    const node = part.key ? tappable(part, face, `${look} hs-tap`) : h("div", { class: look }, face);
    const row = h("div", { class: `hs-tap-row hs-tap-row-${part.kind}${part.note ? " hs-tap-row-noted" : ""}` }, node);
    const kind = PART_GROUPS[part.kind];
    if (!kind) {
      group = null;
      drawn.push(row);
      continue;
    }
    if (!group || group.kind !== kind) {
      group = { kind, node: h("div", { class: `hs-parts hs-parts-${kind}` }) };
      drawn.push(group.node);
    }
    group.node.append(row);
  }
  return drawn;
}

function partFace({ kind, text, note, fill }, empty) {
  const words = (...more) =>
    h("span", { class: "hs-part-words" }, h("span", { class: "hs-part-main" }, text), present(more).map((one) => h("span", { class: "hs-part-note" }, one)));
  switch (kind) {
    case "app":
      return [tile(text, "app"), words(note)];
    case "avatar":
      return [tile(text, "avatar"), words(note)];
    case "item":
      return [words(note), icon("onward")];
    case "wifi":
      return [icon("wifi"), words(note || "Có khóa"), icon("lock")];
    case "wifi-open":
      return [icon("wifi"), words(note || "Không có khóa"), icon("unlock")];
    case "toggle": {
      const state = fill || note || "Tắt";
      const on = state.toLowerCase() === "bật";
      return [words(state), h("span", { class: `hs-switch${on ? " hs-switch-on" : ""}`, "aria-hidden": "true" })];
    }
    case "field":
      return fill || empty
        ? [words(note), h("span", { class: `hs-part-value${fill ? "" : " hs-part-empty"}` }, fill || empty)]
        : [words(note)];
    case "qr":
      return [sampleCode(text), words(note)];
    case "warning":
      return [icon("warning"), words(note)];
    default:
      return [words(note)];
  }
}

const TINTS = 6;

function tile(text, kind) {
  const tint = [...text].reduce((sum, letter) => sum + letter.codePointAt(0), 0) % TINTS;
  return h("span", { class: `hs-tile hs-tile-${kind} hs-tint-${tint}`, "aria-hidden": "true" }, [...text][0]);
}

// Looks like a QR code and is none: the squares follow from the text by no standard, and «MẪU» lies over them.
function sampleCode(text) {
  const size = 21;
  let seed = [...text].reduce((sum, letter) => (sum * 31 + letter.codePointAt(0)) % 65521, 7);
  let squares = "";
  for (let y = 0; y < size; y += 1) {
    for (let x = 0; x < size; x += 1) {
      seed = (seed * 17364 + 1) % 65521;
      const corner = (x < 8 && y < 8) || (x > 12 && y < 8) || (x < 8 && y > 12);
      if (!corner && seed % 2) squares += `M${x} ${y}h1v1h-1z`;
    }
  }
  const eyes = [[0, 0], [14, 0], [0, 14]]
    .map(([x, y]) => `M${x} ${y}h7v7h-7zM${x + 1} ${y + 1}v5h5v-5zM${x + 2} ${y + 2}h3v3h-3z`)
    .join("");
  const holder = h("span", { class: "hs-qr", "aria-hidden": "true" });
  holder.innerHTML = `<svg viewBox="-1 -1 23 23" width="160" height="160"><path d="${squares}${eyes}"/></svg>`;
  holder.append(h("span", { class: "hs-qr-band" }, "MẪU"));
  return holder;
}

function phoneSheet(view, { changed }) {
  const parts = [];
  const phone = phoneFrame();
  const drawn = drawParts(view.options, {
    tappable({ key }, face, look) {
      const place = h("span", { class: "hs-part-verdict" });
      const button = h("button", { type: "button", class: look, "data-key": key }, face, place);
      parts.push({ key, place, button });
      return button;
    },
  });
  phone.show(view.title, drawn);
  const taps = tapSheet(parts, { several: view.several, changed });
  return Object.assign(taps, {
    body: h("div", {}, view.say ? h("p", { class: "hs-say" }, view.say) : null, phone.frame),
    missing: () => (taps.some() ? "" : "Hãy chạm vào một chỗ trên màn hình mô phỏng."),
  });
}
