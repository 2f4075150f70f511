// Refreshes the live table of a class; says so when the server can't be reached.
const board = document.querySelector("[data-board]");

async function refresh() {
  try {
    const answer = await fetch(board.dataset.board, { credentials: "same-origin" });
    if (!answer.ok) throw new Error(answer.status);
    board.innerHTML = await answer.text();
    board.removeAttribute("data-stale");
  } catch {
    board.dataset.stale = "Mất kết nối với máy chủ. Bảng dưới đây là lần cập nhật cuối.";
  }
}

setInterval(refresh, 5000);
