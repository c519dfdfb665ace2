// Tables can be sorted by their headers; without this script they are read in the order given.
"use strict";
for (const table of document.querySelectorAll("table.sortable")) {
  const body = table.tBodies[0];
  const heads = [...table.tHead.rows[0].cells];
  const value = (row, at) => row.cells[at].dataset.value ?? row.cells[at].textContent.trim();
  const compare = (a, b) => {
    if (a === "" || b === "") return (a === "") - (b === "");
    const difference = Number(a) - Number(b);
    return Number.isNaN(difference) ? a.localeCompare(b, "en", { numeric: true }) : difference;
  };
  heads.forEach((head, at) => {
    if (head.classList.contains("fixed")) return;
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    // Heads that repeat on paper leave buttons out.
    const plain = document.createElement("span");
    plain.className = "on-paper";
    plain.textContent = button.textContent;
    head.replaceChildren(button, plain);
    button.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      for (const other of heads) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const rows = [...body.rows].sort((a, b) => {
        const [one, other] = [value(a, at), value(b, at)];
        const blank = one === "" || other === "";
        return down && !blank ? compare(other, one) : compare(one, other);
      });
      body.append(...rows);
    });
  });
}
