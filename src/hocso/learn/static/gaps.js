// A text with a select in each gap, in the frame of what it is a part of.
const LOOKS = {
  post: { name: "Bài đăng mẫu", icon: "post" },
  product: { name: "Trang bán hàng mẫu", icon: "product" },
  chat: { name: "Tin nhắn mẫu", icon: "chat" },
};

const STOPS = /^[.,;:!?)»]+/;

function gapsSheet(view, { changed }) {
  const rows = [];
  const count = view.lines.reduce((sum, { parts }) => sum + parts.filter(({ key }) => key).length, 0);
  const line = ({ item, parts }) => {
    const around = parts.map(({ key, text }) => (key ? "…" : text)).join("");
    const content = parts.map(({ key, text, options }, index) => {
      if (!key) return index ? text.replace(STOPS, "") : text;
      const nth = rows.length + 1;
      const choice = chooser({ options, label: `Chỗ trống ${nth} trên ${count}: ${around}`, changed });
      const number = h("span", { class: "hs-gap-nth", "aria-hidden": "true" }, `(${nth})`);
      rows.push({ key, chooser: choice });
      // A full stop must not begin the next line.
      const [stops] = STOPS.exec((parts[index + 1] || {}).text || "") || [""];
      return h("span", { class: "hs-gap", "data-key": key }, choice.place, number, choice.box, stops);
    });
    return h("p", { class: item ? "hs-gaps-item" : "" }, content);
  };
  const look = LOOKS[view.look];
  const paper = h(
    "div",
    { class: `hs-paper hs-paper-${view.look}` },
    look ? h("p", { class: "hs-paper-kind" }, icon(look.icon), look.name) : null,
    view.title ? h("p", { class: "hs-paper-title" }, view.title) : null,
    view.look === "product" ? h("div", { class: "hs-paper-picture", "aria-hidden": "true" }, icon("product")) : null,
    h("div", { class: "hs-paper-text" }, view.lines.map(line)),
  );
  const sheet = chooserSheet(rows, (left) => `Còn ${left} chỗ trống chưa chọn.`);
  return Object.assign(sheet, { body: paper });
}
