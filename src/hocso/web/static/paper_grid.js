// The grid of paper quizzes by keyboard: Enter goes from a name to its answers and from an answer to the next
// copy, arrows go up and down a column. Tab goes on as everywhere. Nothing is sent by Enter in a cell.
"use strict";

const table = document.querySelector(".paper-grid");

function inputOf(row, column) {
  return row?.cells[column]?.querySelector("input");
}

// The next cell of a column that can be typed in: some questions are on the screen only.
function along(row, column, next) {
  do row = row[next];
  while (row && !inputOf(row, column));
  return inputOf(row, column);
}

table.addEventListener("keydown", (event) => {
  const cell = event.target.closest("td");
  if (!cell || event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return;
  const row = cell.parentElement;
  const isName = cell.classList.contains("whose");
  let to = null;
  if (event.key === "Enter") {
    event.preventDefault();
    to = (isName ? row.querySelectorAll("input")[1] : inputOf(row.nextElementSibling, 1)) || document.getElementById("xem-lai");
  } else if (!isName && event.key === "ArrowDown") {
    to = along(row, cell.cellIndex, "nextElementSibling");
  } else if (!isName && event.key === "ArrowUp") {
    to = along(row, cell.cellIndex, "previousElementSibling");
  }
  if (!to) return;
  event.preventDefault();
  to.focus();
  to.select?.();
});
